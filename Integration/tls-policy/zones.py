"""The zones: servers with their TLSA records, and the domains of the cases with MX and MTA-STS records."""

import servers
from case import CASES, EXPIRED, FORGED, HASHED, OPEN, SAFE
from certificates import association

MODES = {SAFE: "signed", HASHED: "nsec3", OPEN: "unsigned", FORGED: "bogus", EXPIRED: "expired",
         servers.HOSTS: "signed", servers.BARE: "unsigned", servers.TROUBLE: "signed",
         servers.OPEN_TROUBLE: "unsigned"}
#: Whose servers fail on questions for TLSA.
SPOILED = (servers.TROUBLE, servers.OPEN_TROUBLE)
#: Where TXT records and policy hosts are that others are aliases of.
PROVIDER = servers.BARE
TTL = 60


def association_text(record, server, authorities):
    """The content of a TLSA record that is written as in servers.py."""
    usage, selector, matching, *rest = record.split()
    of = rest[0] if rest else "root" if usage in "02" else "leaf"
    leaf = servers.final(server).identity
    six = servers.final(server).identity6
    certificate = {"root": authorities.private_root.certificate, "issuer": authorities.private_issuer.certificate,
                   "other": authorities.other.certificate, "other-root": authorities.other_root.certificate,
                   "six": six and six.certificate,
                   }.get(of, leaf.certificate)
    # What is made in no known way has the octets of one that is.
    known_selector = int(selector) if selector in "01" else 1
    known_matching = int(matching) if matching in "012" else 1
    data = association(certificate, 1 - known_selector if of == "crossed" else known_selector, known_matching)
    return f"{usage} {selector} {matching} {data[:-2] if of == 'short' else data}"


class Zones:
    def __init__(self, authorities):
        self.authorities = authorities
        self.lines = {zone: [] for zone in MODES}
        self.modes = dict(MODES)

    def add(self, name, kind, content):
        zone = max((each for each in self.lines if name == each or name.endswith("." + each)), key=len)
        self.lines[zone].append(f"{name}. {TTL} IN {kind} {content}")

    def own_zone(self, name, mode):
        self.lines.setdefault(name, [])
        self.modes[name] = mode

    def add_server(self, server):
        if server.alias:
            self.add(server.host, "CNAME", servers.host_name(server.alias) + ".")
        else:
            for kind, address in server.records:
                self.add(server.host, kind, address)
        if not server.tlsa:
            return
        owner = f"{server.tlsa_label}.{server.host}"
        if server.tlsa_zone:
            self.own_zone(f"_tcp.{server.host}", server.tlsa_zone)
        if server.tlsa_alias:
            self.add(owner, "CNAME", server.tlsa_alias + ".")
            owner = server.tlsa_alias
        for record in server.tlsa:
            self.add(owner, "TLSA", association_text(record, server, self.authorities))

    def add_case(self, case):
        domain = case.domain
        if case.alias:
            self.add(domain, "CNAME", case.alias + ".")
            return
        if case.mx == "null":
            self.add(domain, "MX", "0 .")
        for preference, name in case.hosts:
            self.add(domain, "MX", f"{preference} {servers.host_name(name)}.")
        if case.address:
            for kind, address in servers.find(case.address).records:
                self.add(domain, kind, address)
        for line in case.records.replace("{domain}", domain + ".").splitlines():
            name, _, _, kind, content = line.split(" ", 4)
            self.add(name.rstrip("."), kind, content)
        if case.sts:
            self.add_policy(case)

    def add_policy(self, case):
        name = f"_mta-sts.{case.domain}"
        if case.sts.txt_zone:
            self.own_zone(name, case.sts.txt_zone)
        if case.sts.txt_alias:
            self.add(name, "CNAME", f"{case.name}._mta-sts.{PROVIDER}.")
            name = f"{case.name}._mta-sts.{PROVIDER}"
        for strings in case.sts.txt:
            self.add(name, "TXT", " ".join(f'"{text}"' for text in strings))
        host = f"mta-sts.{case.domain}"
        if case.sts.host_alias:
            self.add(host, "CNAME", f"{case.name}.policies.{PROVIDER}.")
            host = f"{case.name}.policies.{PROVIDER}"
        self.add(host, "A", case.policy_address)

    def all(self, zone_type, front):
        """Zones for dns_zones.py."""
        for server in servers.SERVER_LIST:
            self.add_server(server)
        for case in CASES:
            self.add_case(case)
        return [zone_type(name, self.modes[name], "\n".join(lines), front=front if name in SPOILED else None)
                for name, lines in self.lines.items()]
