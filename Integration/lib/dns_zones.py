"""Zones of a signed DNS world of its own: root, top-level domains, and zones of every DNSSEC state.

A zone is a name, a text in zone file format (without SOA and NS of the apex, which are added), and a mode:

signed     signed with NSEC, DS in the parent
nsec3      signed with NSEC3, DS in the parent
unsigned   not signed, no DS in the parent
bogus      signed, but the parent's DS is of another key
stripped   not signed, although the parent has a DS
expired    signed, but the signatures ended yesterday
tampered   signed, then every 192.0.2.1 was made 192.0.2.66
"""

import glob
import os
import re
import subprocess
import time

MODES = ("signed", "nsec3", "unsigned", "bogus", "stripped", "expired", "tampered")
ALGORITHM = "ECDSAP256SHA256"
DAY = 86400
WORLD_SERVER = "ns.world."


class Zone:
    def __init__(self, name, mode, text="", server=None, front=None):
        if mode not in MODES:
            raise SystemExit(f"zone {name}: no such mode: {mode}")
        self.name = name if name.endswith(".") else name + "."
        self.mode = mode
        self.text = text
        # The address of the zone's server, where that is not the world's NSD.
        self.server = server
        # The address of a server that passes questions on to the world's NSD, which has the zone, and spoils some.
        self.front = front
        self.ds = ""

    @property
    def host(self):
        """The name of the zone's server."""
        return f"ns.{self.name}" if self.server or self.front else WORLD_SERVER

    @property
    def stem(self):
        return "root" if self.name == "." else self.name.rstrip(".")

    def parent(self, names):
        rest = self.name
        while rest != ".":
            rest = rest.split(".", 1)[1] or "."
            if rest in names:
                return rest
        return None


def run(*arguments, cwd):
    return subprocess.run(arguments, cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


def make_key(zone, directory, is_ksk):
    flags = ["-k"] if is_ksk else []
    return run("ldns-keygen", "-a", ALGORITHM, *flags, "-r", "/dev/urandom", zone.name, cwd=directory)


def ds_record(key, directory):
    return run("ldns-key2ds", "-n", "-f", "-2", key + ".key", cwd=directory)


def stamp(when):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(when))


def write_zone(zone, children, directory, address):
    """Writes and signs the zone; afterwards zone.ds is what the parent publishes."""
    server = zone.server or address
    lines = [
        f"$ORIGIN {zone.name}",
        "$TTL 300",
        f"@ 300 IN SOA ns.world. admin.world. 1 3600 600 86400 60",
        f"@ 300 IN NS {zone.host}",
    ]
    if zone.name == ".":
        lines.append(f"ns.world. 300 IN A {address}")
    if zone.front:
        lines.append(f"{zone.host} 300 IN A {zone.front}")
    lines.append(zone.text)
    for child in children:
        lines.append(f"{child.name} 300 IN NS {child.host}")
        if child.host != WORLD_SERVER:
            lines.append(f"{child.host} 300 IN A {child.server or child.front}")
        if child.ds:
            lines.append(child.ds)
    path = os.path.join(directory, zone.stem + ".zone")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    served = path
    if zone.mode != "unsigned":
        ksk = make_key(zone, directory, True)
        zsk = make_key(zone, directory, False)
        zone.ds = ds_record(make_key(zone, directory, True) if zone.mode == "bogus" else ksk, directory)
        if zone.mode != "stripped":
            now = time.time()
            end = now - DAY if zone.mode == "expired" else now + 30 * DAY
            start = now - 20 * DAY if zone.mode == "expired" else now - DAY
            extra = ["-n"] if zone.mode == "nsec3" else []
            run("ldns-signzone", *extra, "-i", stamp(start), "-e", stamp(end), "-o", zone.name,
                os.path.basename(path), ksk, zsk, cwd=directory)
            served = path + ".signed"
        if zone.mode == "tampered":
            with open(served, encoding="ascii") as file:
                text = file.read()
            with open(served, "w", encoding="ascii") as file:
                file.write(text.replace("192.0.2.1\n", "192.0.2.66\n"))
        if zone.name == ".":
            with open(os.path.join(directory, ksk + ".key"), encoding="ascii") as file:
                anchor = file.read()
            with open(os.path.join(directory, "root.key"), "w", encoding="ascii") as file:
                file.write(anchor)
    return served


def zones_in(directory):
    """Zones from files NAME.MODE: `example.net.signed`, …"""
    for path in sorted(glob.glob(os.path.join(directory, "*"))):
        match = re.fullmatch(r"(.+)\.(%s)" % "|".join(MODES), os.path.basename(path))
        if match:
            with open(path, encoding="ascii") as file:
                yield Zone(match.group(1), match.group(2), file.read())


def with_parents(zones):
    """The zones, with signed ones above them where there are none."""
    by_name = {zone.name: zone for zone in zones}
    for zone in zones:
        rest = zone.name
        while rest != ".":
            rest = rest.split(".", 1)[1] or "."
            # Only the top-level domain and the root: the rest need not be a zone.
            if rest.count(".") <= 1 and rest not in by_name:
                by_name[rest] = Zone(rest, "signed")
    return by_name


def write_world(zones, directory, address):
    """Writes all zones, children before parents; a list of (name, file) for NSD."""
    by_name = with_parents(zones)
    names = set(by_name)
    served = []
    depth = lambda name: 0 if name == "." else name.count(".")
    for name in sorted(names, key=depth, reverse=True):
        zone = by_name[name]
        if zone.server is not None:
            continue
        children = [other for other in by_name.values() if other.parent(names) == name]
        served.append((name, write_zone(zone, sorted(children, key=lambda z: z.name), directory, address)))
    return served
