#!/usr/bin/env bash
# Installs the Debian packages that Postseal needs and that are missing; asks nothing, and does nothing if none is.
#
# usage: install-deps.sh [build|run|test|bench]...
#                                                 build (the default): what building and running needs;
#                                                 run: what the demo tells people to type;
#                                                 test: also the programs that the integration scenarios talk to;
#                                                 bench: also what the benchmarks' thresholds are measured with
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'install-deps: %s\n' "$*" >&2; exit 1; }

# The C libraries: libidn2 (internationalised names), libcrypto (RSA), libunbound with libevent (DNS), zlib (reports),
# libsqlite3 and libpq (where reports are kept).
build=(libidn2-dev libssl-dev libpq-dev libsqlite3-dev libunbound-dev libevent-dev zlib1g-dev pkg-config)
# What the Swift toolchain links with on Debian 12, and what it fetches packages with.
build+=(binutils libc6-dev libgcc-12-dev libstdc++-12-dev libcurl4 libxml2 libedit2 libncurses6 libsqlite3-0
        ca-certificates git tzdata make)
run=(curl)
test=(postgresql python3 tar xz-utils)
bench=(valgrind python3)

wanted=()
for part in "${@:-build}"; do
    case $part in
        build) wanted+=("${build[@]}") ;;
        run) wanted+=("${run[@]}") ;;
        test)
            wanted+=("${build[@]}" "${test[@]}")
            # Each scenario names the packages of its peers, one a line, in a file of its own.
            for file in Integration/*/packages; do
                [[ -f $file ]] || continue
                while read -r name _; do [[ -z $name || $name == \#* ]] || wanted+=("$name"); done <"$file"
            done ;;
        bench) wanted+=("${build[@]}" "${bench[@]}") ;;
        *) fail "unknown part '$part'; give build, run, test or bench" ;;
    esac
done

# Packages that would drive others out are not installed, but unpacked below .build/unpacked, a folder for each.
unpacked=()
if [[ " $* " == *" test "* ]]; then
    for file in Integration/*/unpacked; do
        while read -r name _; do [[ -z $name || $name == \#* ]] || unpacked+=("$name"); done <"$file"
    done
fi
unpack() {
    local name=$1 folder=.build/unpacked/$1 own
    [[ ! -d $folder ]] || return 0
    own=$(mktemp -d)
    # As in the installation below: the lists may be old or absent.
    (cd "$own" && { apt-get download "$name" || { "${as_root[@]}" apt-get update && apt-get download "$name"; }; }) \
        >"$own/log" 2>&1 || { tail -n 20 "$own/log" >&2; fail "apt-get could not download $name; its last words are above"; }
    mkdir -p .build/unpacked
    dpkg-deb -x "$own"/*.deb "$own/tree" && mv "$own/tree" "$folder"
    rm -rf "$own"
}

command -v swift >/dev/null || fail "there is no swift in PATH: install Swift 6.3 from https://www.swift.org/install/linux"

if ! command -v dpkg-query >/dev/null; then
    pkg-config --exists libidn2 libcrypto libunbound libevent zlib sqlite3 libpq 2>/dev/null && exit 0
    fail "this is no Debian: install the libraries libidn2, libcrypto (OpenSSL 3), libunbound, libevent, zlib, sqlite3 and libpq yourself"
fi

missing=()
for name in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
done
((${#missing[@]} + ${#unpacked[@]})) || exit 0

as_root=()
if ((EUID != 0 && ${#missing[@]})); then
    command -v sudo >/dev/null || fail "install these packages as root: ${missing[*]}"
    as_root=(sudo)
fi
for name in "${unpacked[@]}"; do unpack "$name"; done
((${#missing[@]})) || exit 0

printf 'install-deps: installing %s\n' "${missing[*]}"
log=$(mktemp)
# The servers among the packages are started by the scenarios that need them, not as services of this machine.
policy=/usr/sbin/policy-rc.d
clean() { rm -f "$log"; [[ -z ${own_policy:-} ]] || "${as_root[@]}" rm -f "$policy"; }
trap clean EXIT
if [[ ! -e $policy ]]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}
# The lists may be old or absent: fetch them only if the installation does not work without.
if ! install >"$log" 2>&1; then
    if ! { "${as_root[@]}" apt-get update && install; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install ${missing[*]}; its last words are above"
    fi
fi
