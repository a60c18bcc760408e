#!/usr/bin/python3
"""Starts and stops a DNS world on loopback addresses: a signed root of its own, served by NSD.

    dns_world.py start DIR [ZONES]   ZONES is a directory of files NAME.MODE (see dns_zones.py)
    dns_world.py stop DIR

`start` makes DIR/world.json, with everything a test has to know, and DIR/root.key, the trust anchor. A resolver
may use the world in two ways: with the address of "resolver" as the server to ask (an authoritative server that has
every zone), or, where port 53 could be had, from the root downwards with "hints". Exit status 77: something that is
needed is not installed.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import importlib.util

NEEDED = ["nsd", "ldns-keygen", "ldns-signzone", "ldns-key2ds"]
PORT = 5300
#: The last octets of the world's addresses: NSD; and those of dns_misbehaving.py.
OCTETS = (1, 20, 21, 22, 23)

LARGE = "\n".join(f'large 300 IN TXT "{number:05}{"y" * 67}"' for number in range(49))
CHAIN = "\n".join(f"chain{number} 300 IN CNAME chain{number + 1}" for number in range(8)) + "\nchain8 300 IN A 192.0.2.1"

#: Zones that are always there.
STANDARD = [
    ("example.org", "signed", f"""
@ 300 IN A 192.0.2.1
@ 300 IN AAAA 2001:db8::1
@ 300 IN MX 10 mail
@ 300 IN MX 20 mail.unsigned.org.
@ 300 IN TXT "v=spf1 mx " "-all"
mail 300 IN A 192.0.2.2
_25._tcp.mail 300 IN TLSA 3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
www 300 IN CNAME example.org.
away 300 IN CNAME www.unsigned.org.
toforged 300 IN CNAME www.bogus.org.
*.wild 300 IN TXT "wild"
srv 300 IN SRV 1 2 25 mail
{CHAIN}
{LARGE}
"""),
    ("hashed.org", "nsec3", '@ 300 IN TXT "v=spf1 -all"\nwww 300 IN A 192.0.2.1'),
    ("unsigned.org", "unsigned",
     '@ 300 IN TXT "v=spf1 -all"\nwww 300 IN A 192.0.2.3\nmail 300 IN A 192.0.2.4\nback 300 IN CNAME example.org.'),
    ("bogus.org", "bogus", 'www 300 IN A 192.0.2.1\n@ 300 IN TXT "forged"'),
    ("stripped.org", "stripped", "www 300 IN A 192.0.2.1"),
    ("expired.org", "expired", "www 300 IN A 192.0.2.1"),
    ("tampered.org", "tampered", "www 300 IN A 192.0.2.1"),
    ("example.test", "signed", "@ 300 IN A 192.0.2.5"),
    ("2.0.192.in-addr.arpa", "signed", "1 300 IN PTR example.org.\n2 300 IN PTR mail.example.org."),
    ("10.in-addr.arpa", "unsigned", "1.0.0 300 IN PTR inside.unsigned.org."),
]


def missing():
    found = [name for name in NEEDED if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None]
    if importlib.util.find_spec("dns") is None:
        found.append("python3-dnspython")
    return found


def can_bind(address, port):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as test:
            try:
                test.bind((address, port))
            except OSError:
                return False
    return True


def free_network():
    """Three octets of a loopback network that no other world uses."""
    for third in range(53, 120):
        network = f"127.0.{third}"
        if all(can_bind(f"{network}.{last}", PORT) for last in OCTETS):
            return network
    raise SystemExit("no free loopback network for a DNS world")


def nsd_configuration(directory, address, ports, served):
    lines = ["server:"]
    lines += [f"  ip-address: {address}@{port}" for port in ports]
    lines += [
        '  username: ""', '  chroot: ""', '  database: ""', '  xfrdfile: ""', '  zonelistfile: ""',
        f'  zonesdir: "{directory}"', f'  pidfile: "{directory}/nsd.pid"', f'  logfile: "{directory}/nsd.log"',
        "  server-count: 1", "  rrl-ratelimit: 0", "  rrl-whitelist-ratelimit: 0", "  hide-version: yes",
        "remote-control:", "  control-enable: no",
    ]
    for name, path in served:
        lines += ["zone:", f'  name: "{name}"', f'  zonefile: "{path}"']
    return "\n".join(lines) + "\n"


def start(directory, zones_directory):
    lacking = missing()
    if lacking:
        print("not installed: " + " ".join(lacking))
        sys.exit(77)
    import dns_misbehaving
    import dns_zones

    directory = os.path.abspath(directory)
    os.makedirs(directory, exist_ok=True)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    network = free_network()
    address, odd, odd_without_tcp = f"{network}.1", f"{network}.20", f"{network}.21"
    ports = [PORT] + ([53] if all(can_bind(f"{network}.{last}", 53) for last in OCTETS) else [])
    zones = [dns_zones.Zone(name, mode, text) for name, mode, text in STANDARD]
    if zones_directory:
        own = {zone.name: zone for zone in dns_zones.zones_in(zones_directory)}
        zones = [zone for zone in zones if zone.name not in own] + list(own.values())
    without_tcp = dns_misbehaving.WITHOUT_TCP
    odd_zones = {name: odd_without_tcp if name in without_tcp else odd for name in dns_misbehaving.BEHAVIOUR}
    zones += [dns_zones.Zone(name, "unsigned", server=server) for name, server in odd_zones.items()]
    served = dns_zones.write_world(zones, directory, address)

    with open(f"{directory}/nsd.conf", "w", encoding="ascii") as file:
        file.write(nsd_configuration(directory, address, ports, served))
    with open(f"{directory}/root.hints", "w", encoding="ascii") as file:
        file.write(f". 3600000 IN NS ns.world.\nns.world. 3600000 IN A {address}\n")
    processes = [
        subprocess.Popen(["nsd", "-d", "-c", f"{directory}/nsd.conf"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, start_new_session=True),
        subprocess.Popen([sys.executable, dns_misbehaving.__file__, directory, address, network, *map(str, ports)],
                         stdout=subprocess.DEVNULL, stderr=open(f"{directory}/misbehaving.log", "w"),
                         start_new_session=True),
    ]
    world = {
        "resolver": f"{address}:{PORT}",
        "anchor": f"{directory}/root.key",
        "hints": f"{directory}/root.hints" if 53 in ports else None,
        "zoneServers": {name.rstrip("."): f"{server}:{PORT}" for name, server in odd_zones.items()},
        "questions": f"{directory}/questions.log",
        "outage": f"{directory}/outage",
        "stripping": f"{network}.22:{PORT}",
        "silent": f"{network}.23:{PORT}",
        "processes": [process.pid for process in processes],
    }
    with open(f"{directory}/world.json", "w", encoding="ascii") as file:
        json.dump(world, file, indent=2)
    for server, name in ((address, "."), (odd, "counted.org.")):
        wait_for(server, name, directory)


def wait_for(address, name, directory):
    import dns.message
    import dns.query
    end = time.time() + 10
    while True:
        try:
            dns.query.udp(dns.message.make_query(name, "SOA"), address, port=PORT, timeout=0.5)
            return
        except Exception:
            if time.time() > end:
                stop(directory)
                raise SystemExit(f"the server at {address} does not answer; see {directory}")
            time.sleep(0.05)


def stop(directory):
    try:
        with open(f"{directory}/world.json", encoding="ascii") as file:
            world = json.load(file)
    except FileNotFoundError:
        return
    for process in world["processes"]:
        try:
            os.killpg(process, signal.SIGTERM)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    if len(sys.argv) >= 3 and sys.argv[1] == "start":
        start(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    elif len(sys.argv) == 3 and sys.argv[1] == "stop":
        stop(sys.argv[2])
    else:
        print(__doc__)
        sys.exit(2)
