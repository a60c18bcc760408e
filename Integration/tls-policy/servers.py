"""The mail servers of the world: what each has in the DNS, which certificate it shows, who sits in between.

A TLSA record is written as `USAGE SELECTOR MATCHING [OF]`. OF is what it is made from: `leaf` (the server's
certificate, the default), `root` or `issuer` (the private authority; `root` is the default of usages 0 and 2), `other`
or `other-root` (which match nothing), `short` (a digest cut short), `crossed` (the other selector's digest), `six` (the
certificate shown at the server's IPv6 address, where that is another).
"""

import dataclasses

#: Signed, and where nearly all of them are; unsigned; and zones whose servers fail on questions for TLSA.
HOSTS, BARE, TROUBLE, OPEN_TROUBLE = "hosts.example", "bare.example", "trouble.example", "opentrouble.example"
#: The DS in the parent is of another key; the signatures ended yesterday.
FORGED, EXPIRED = "forged.example", "stale.example"

NETWORK = "10.25"
SERVERS, POLICY_HOSTS, ATTACKERS = f"{NETWORK}.1", f"{NETWORK}.2", f"{NETWORK}.3"
#: The servers' IPv6 addresses, and those where packets are lost.
NETWORK6, LOST6 = "fd25::/64", "fd27::/64"
#: A network that policies must not be fetched from: the sender was told of the other alone.
UNTRUSTED_HOSTS = "192.168.7"


@dataclasses.dataclass
class Server:
    name: str
    #: TLSA records at port 25.
    tlsa: list = dataclasses.field(default_factory=list)
    zone: str = HOSTS
    #: Who issued the certificate, the names in it if not the host's, how many certificates above it are shown.
    issuer: str = "self"
    names: list = None
    common_name: str = None
    expired: bool = False
    shown: int = 9
    #: `tls`, `clear` (no STARTTLS) or `closed` (nobody listens).
    offers: str = "tls"
    #: Who sits in between: `strip` takes STARTTLS away, `swap` answers it with a certificate of its own,
    #: `break` takes STARTTLS and hangs up, `refuse` says 454 to it. `demand` is none: the server itself, as one that
    #: knows REQUIRETLS.
    attacker: str = None
    #: Shows its certificate only to who asks for its name by SNI, and another to the rest.
    by_name: bool = False
    #: This name is an alias (CNAME) of that one, and has no server of its own.
    alias: str = None
    #: The owner of the TLSA records below the host: another port, or a wildcard.
    tlsa_label: str = "_25._tcp"
    #: The name that the TLSA name is an alias of; the records are there.
    tlsa_alias: str = None
    #: The DNSSEC mode of a zone of its own that the TLSA records are in.
    tlsa_zone: str = None
    #: Whether it has an IPv4 address; and an IPv6 address: None, `same`, `other` (where it has another certificate),
    #: `closed` (nobody listens there), `lost` (nothing comes back from there).
    four: bool = True
    six: str = None
    #: Filled in when the world is made.
    number: int = 0
    identity: object = None
    identity6: object = None

    @property
    def host(self):
        return f"{self.name}.{self.zone}"

    @property
    def own_address(self):
        return f"{SERVERS}.{self.number}"

    @property
    def address6(self):
        return f"{(LOST6 if self.six == 'lost' else NETWORK6).removesuffix('/64')}1:{self.number:x}" if self.six else None

    @property
    def listeners(self):
        """(address, identity) of each place where it listens."""
        if self.four:
            yield self.own_address, self.identity
        if self.six in ("same", "other"):
            yield f"[{self.address6}]", self.identity6 if self.six == "other" else self.identity

    @property
    def records(self):
        """(type, address) of its records."""
        return [each for each in (("A", self.four and self.address), ("AAAA", self.address6)) if each[1]]

    @property
    def address(self):
        """What the DNS says: an attacker in between sits at the server's address, as far as senders can tell."""
        return f"{ATTACKERS}.{self.number}" if self.attacker else self.own_address


def dane(name, *tlsa, **more):
    return Server(name, list(tlsa), **more)


def ta(name, *tlsa, issuer="private", **more):
    return Server(name, list(tlsa), issuer=issuer, **more)


def web(name, *tlsa, **more):
    return Server(name, list(tlsa), **{"issuer": "web", "shown": 1, **more})


def six(name, *tlsa, **more):
    return Server(name, list(tlsa), **{"four": False, "six": "same", **more})


SERVER_LIST = [
    # DANE-EE: certificates that nobody issued.
    dane("ee-311", "3 1 1"), dane("ee-301", "3 0 1"), dane("ee-312", "3 1 2"), dane("ee-302", "3 0 2"),
    dane("ee-310", "3 1 0"), dane("ee-300", "3 0 0"),
    dane("ee-expired", "3 1 1", expired=True), dane("ee-name", "3 1 1", names=["elsewhere.invalid"]),
    dane("ee-wild", "3 1 1", tlsa_label="*._tcp"), dane("ee-second", "3 1 1"),
    dane("mismatch", "3 1 1 other"), dane("mismatch-301", "3 0 1 other"), dane("crossed", "3 1 1 crossed"),
    dane("clear-311", "3 1 1", offers="clear"), dane("closed-311", "3 1 1", offers="closed"),
    dane("strip-311", "3 1 1", attacker="strip"), dane("swap-311", "3 1 1", attacker="swap"),
    dane("break-311", "3 1 1", attacker="break"), dane("refuse-311", "3 1 1", attacker="refuse"),
    dane("sni-311", "3 1 1", by_name=True), dane("port-465", "3 1 1 other", tlsa_label="_465._tcp"),
    # Roll-over, and records side by side.
    dane("roll-before", "3 1 1", "3 1 1 other"), dane("roll-after", "3 1 1 other", "3 1 1"),
    ta("roll-issuer", "2 0 1 other-root", "2 0 1"), ta("roll-kind", "3 1 1 other", "2 0 1"),
    dane("agile-weak", "3 1 1", "3 1 2 other"), dane("agile-strong", "3 1 1 other", "3 1 2"),
    dane("agile-full", "3 1 0", "3 1 2 other"), dane("agile-malformed", "3 1 1", "3 1 2 short"),
    dane("agile-selector", "3 1 1", "3 0 2 other"),
    # DANE-TA.
    ta("ta-211", "2 1 1"), ta("ta-201", "2 0 1"), ta("ta-212", "2 1 2"),
    ta("ta-issuer", "2 0 1 issuer", issuer="private-issuer", shown=1),
    ta("ta-rootless", "2 0 1 root", issuer="private-issuer", shown=1),
    ta("ta-other", "2 0 1 other-root"), ta("ta-expired", "2 0 1", expired=True),
    ta("ta-name", "2 0 1", names=["elsewhere.invalid"]), ta("ta-wild", "2 0 1", names=["*.hosts.example"]),
    ta("ta-deep", "2 0 1", names=["*.example"]),
    ta("ta-next-hop", "2 0 1", names=["ta-next-hop.safe.example", "ta-next-hop.open.example"]),
    ta("ta-expanded", "2 0 1", names=["alias-target.safe.example"]),
    ta("ta-initial", "2 0 1", names=["alias-initial.safe.example"]),
    ta("ta-common", "2 0 1", names=[]), ta("ta-common-ignored", "2 0 1", names=["elsewhere.invalid"],
                                           common_name="ta-common-ignored.hosts.example"),
    ta("ta-shared", "2 0 1", tlsa_alias="shared-ta._dane.hosts.example"),
    ta("ta-shared-open", "2 0 1 other-root", tlsa_alias="shared-ta._dane.bare.example"),
    # Records that cannot be used.
    dane("unusable-pkix", "1 1 1", "0 0 1 root"), dane("unusable-short", "3 1 1 short"),
    dane("unusable-matching", "3 1 9"), dane("unusable-selector", "3 7 1"),
    dane("unusable-clear", "1 1 1", offers="clear"), dane("unusable-strip", "3 1 1 short", attacker="strip"),
    dane("half-good", "1 1 1 other", "3 1 1"), dane("half-bad", "1 1 1", "3 1 1 other"),
    # No records.
    web("tls"), web("clear", offers="clear"), dane("self-signed"), web("strip", attacker="strip"),
    web("swap", attacker="swap"), web("break", attacker="break"), web("refuse", attacker="refuse"),
    web("closed", offers="closed"),
    web("bare-tls", zone=BARE), web("bare-clear", zone=BARE, offers="clear"),
    dane("bare-tlsa", "3 1 1 other", zone=BARE),
    # Certificates as MTA-STS sees them.
    web("expired", expired=True), web("wrong-name", names=["elsewhere.invalid"]),
    web("common", names=[], common_name="common.hosts.example"), web("wild", names=["*.hosts.example"]),
    web("next-hop-name", names=["sts-next-hop-name.safe.example"]), web("deep.below"),
    web("issuerless", shown=0),
    web("unlisted", names=["unlisted.hosts.example", "tls.hosts.example"]), web("spare"),
    web("sni-web", by_name=True), ta("private-chain"), web("web-mismatch", "3 1 1 other"), web("web-match", "3 1 1"),
    web("unusable-web", "1 1 1"),
    # DNS that fails.
    dane("tlsa-servfail", "3 1 1", zone=TROUBLE), dane("tlsa-silent", "3 1 1", zone=TROUBLE),
    dane("tlsa-notimp", "3 1 1", zone=TROUBLE), dane("tlsa-refused", "3 1 1", zone=TROUBLE),
    dane("tlsa-servfail", zone=OPEN_TROUBLE), dane("tlsa-silent", zone=OPEN_TROUBLE),
    dane("tlsa-bogus", "3 1 1", tlsa_zone="bogus"), dane("forged", "3 1 1", zone=FORGED),
    # Aliases.
    dane("target", "3 1 1"), dane("target-mismatch", "3 1 1 other"), dane("bare-target", zone=BARE),
    dane("plain-target"),
    Server("alias-good", alias="target"), Server("alias-bad", ["3 1 1"], alias="target-mismatch"),
    Server("alias-own", ["3 1 1"], alias="plain-target"),
    Server("alias-out", ["3 1 1"], alias="bare-target.bare.example"),
    Server("alias-out-bad", ["3 1 1 other"], alias="bare-target.bare.example"),
    Server("alias-in", alias="target-mismatch", zone=BARE),
    Server("alias-first", alias="alias-middle"), Server("alias-middle", ["3 1 1 other"], alias="plain-target"),
    Server("alias-nowhere", alias="absent"),
    # IPv6.
    six("six-311", "3 1 1"), six("six-mismatch", "3 1 1 other"), six("six-clear", "3 1 1", offers="clear"),
    six("six-201", "2 0 1", issuer="private"), six("six-name", "2 0 1", issuer="private", names=["elsewhere.invalid"]),
    six("six-tls"), six("six-web", issuer="web", shown=1), six("six-bare", "3 1 1 other", zone=BARE),
    six("six-forged", "3 1 1", zone=FORGED), Server("alias-six", alias="six-311"),
    dane("dual-311", "3 1 1", six="same"), dane("dual-two", "3 1 1", "3 1 1 six", six="other"),
    dane("dual-second", "3 1 1", six="other"), dane("dual-mismatch", "3 1 1 other", six="other"),
    dane("dual-closed", "3 1 1", six="closed"), dane("dual-lost", "3 1 1", six="lost"),
    dane("dual-lost-mismatch", "3 1 1 other", six="lost"), web("dual-web", six="closed"), dane("dual-tls", six="lost"),
    dane("aaaa-servfail", "3 1 1", zone=TROUBLE), six("a-servfail", "3 1 1", zone=TROUBLE),
    # REQUIRETLS.
    dane("demand-311", "3 1 1", attacker="demand"), dane("demand-mismatch", "3 1 1 other", attacker="demand"),
]

SERVERS_BY_HOST = {}
for place, each in enumerate(SERVER_LIST, 1):
    each.number = place
    SERVERS_BY_HOST[each.host] = each
assert len(SERVERS_BY_HOST) == len(SERVER_LIST) < 250


def host_name(name):
    """The host with this short name: in the zone of hosts, unless it is written out."""
    return name.rstrip(".") if name.lower().endswith((".example", ".")) else f"{name}.{HOSTS}"


def find(name):
    return SERVERS_BY_HOST[host_name(name)]


def final(server):
    """The server that an alias leads to at last; none where it leads nowhere."""
    while server is not None and server.alias:
        server = SERVERS_BY_HOST.get(host_name(server.alias))
    return server


def pattern(text):
    """A pattern of a policy, in full."""
    return text if text.startswith("*") else host_name(text)
