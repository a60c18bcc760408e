# For scenarios that need DNS: a world of signed zones on loopback addresses. Source it.
#
#   start_world DIR [ZONES]  starts the world and keeps its files in DIR. Zones of the scenario's own are files
#                            NAME.MODE in the directory ZONES, in zone file format without SOA and NS: example.net.signed,
#                            shop.example.unsigned. MODE is signed, nsec3, unsigned, bogus, stripped, expired or tampered
#                            (lib/dns_zones.py says what each is); a name of the world's own is replaced. Sets
#                              world_resolver  the server to ask, for `postseal --resolver`
#                              world_anchor    the trust anchor, for `postseal --trust-anchor`
#                              world_file      everything else, as JSON
#                            Ends the scenario with status 77 if something that is needed is not installed.
#   stop_world DIR           ends its servers. Call it in a trap.
#
# NSD's addresses are 127.0.N.1, the misbehaving servers' 127.0.N.20 and on, with the first N from 53 that is free.

world_library=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# Debian's python3-dnspython is for Debian's python3, whatever else comes first in PATH.
world_python=/usr/bin/python3

start_world() {
    local status=0
    [[ -x $world_python ]] || { echo "not installed: python3"; exit 77; }
    "$world_python" "$world_library/dns_world.py" start "$@" || status=$?
    ((status == 0)) || exit "$status"
    world_file=$1/world.json
    world_resolver=$(world_value resolver)
    world_anchor=$(world_value anchor)
}

world_value() { "$world_python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$world_file" "$1"; }

stop_world() { "$world_python" "$world_library/dns_world.py" stop "$1"; }
