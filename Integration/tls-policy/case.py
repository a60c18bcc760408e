"""What a row of the tables says.

Outcomes are written `HOST tls`, `HOST clear` (delivered there, encrypted or not), `later` and `never`; several that are
right, because the standards leave it to the sender, are separated by `|`. Hosts are short names, see servers.py.
"""

import dataclasses

import servers

#: Where domains are: signed with NSEC or NSEC3, unsigned, and the broken ones.
SAFE, HASHED, OPEN = "safe.example", "hashed.example", "open.example"
FORGED, EXPIRED = servers.FORGED, servers.EXPIRED

CASES = []


@dataclasses.dataclass
class Policy:
    """What a domain publishes for MTA-STS."""

    #: The fields of the policy file. An `mx` that is a short name stands for that host.
    mx: tuple = ()
    mode: str = "enforce"
    max_age: object = 604800
    #: The body, where it is not made of the fields above; `{mx}` stands for the first host.
    body: str = None
    #: How it is served: `good`, `redirect`, `huge`, `slow`, `stall`, `closed`, or a status code.
    serve: object = "good"
    media: str = "text/plain"
    #: The certificate of the policy host: `web`, `self`, `expired`, `wrong`, `common`, `wild`.
    certificate: str = "web"
    #: The TXT records, each a list of strings.
    txt: tuple = (("v=STSv1; id=20261125;",),)
    #: The TXT record, the policy host are aliases of names elsewhere.
    txt_alias: bool = False
    host_alias: bool = False
    #: The policy host is at an address that no policy may be fetched from.
    private: bool = False
    #: The DNSSEC mode of a zone of its own that the TXT record is in.
    txt_zone: str = None


@dataclasses.dataclass
class Case:
    name: str
    #: A line that says why it must come out so, with the section.
    why: str
    #: MX hosts, the best first; those in a list within it have the same preference. `null`: null MX.
    mx: object
    #: The word of the policy in force: `dane`, `sts`, `opportunistic`, `none`.
    policy: str
    #: What must hold for each host: `dane` (authenticated by TLSA), `tls` (encrypted), `sts`, `both`, `may`. Nobody
    #: connects where it is `fail` (what was asked for it failed, or it has no address) or `unlisted` (the policy in
    #: force does not name it).
    needs: list
    #: What a sender that keeps to the standards does.
    then: str
    #: The same for Postfix with nothing but its own DANE, and for Postfix that asks the socketmap, where it differs.
    plain: str = None
    mapped: str = None
    #: What the socketmap answers, by its first word, where that does not follow from the policy.
    answer: str = None
    zone: str = SAFE
    #: The domain's own address is this server's.
    address: str = None
    #: The domain is an alias of this one.
    alias: str = None
    #: More lines for the zone; `{domain}` is the domain.
    records: str = ""
    sts: Policy = None
    #: Filled in when the row is added.
    number: int = 0

    @property
    def domain(self):
        return f"{self.name}.{self.zone}"

    def host(self, name):
        """The full name of a host that an outcome names."""
        return self.domain if name == self.name and not self.hosts else servers.host_name(name)

    @property
    def hosts(self):
        """(preference, short name) of each MX host."""
        groups = [] if self.mx == "null" else self.mx
        return [(10 * (place + 1), name) for place, group in enumerate(groups)
                for name in (group if isinstance(group, list) else [group])]

    def expected(self, client):
        """The outcomes that are right for `plain`, `static`, `mapped`, or for who keeps to the standards."""
        mapped = self.mapped or self.then
        special = {"plain": self.plain or self.without_sts, "static": mapped, "mapped": mapped}
        text = special.get(client, self.then)
        return [each.strip() for each in text.split("|")]

    @property
    def without_sts(self):
        """What comes out for who knows nothing of MTA-STS, which is all that a policy of it stands in the way of."""
        return f"{self.hosts[0][1]} tls" if self.policy == "sts" else self.then

    @property
    def policies(self):
        return [each.strip() for each in self.policy.split("|")]

    @property
    def policy_address(self):
        """Where its policy host is."""
        return f"{servers.UNTRUSTED_HOSTS if self.sts.private else servers.POLICY_HOSTS}.{self.number}"

    @property
    def answers(self):
        """The words that the socketmap's answer may begin with."""
        if self.answer:
            return [each.strip() for each in self.answer.split("|")]
        if self.policy == "sts":
            return ["secure"] if "sts" in self.needs else ["secure", "TEMP"]
        return {"dane": ["dane-only"] if set(self.needs) == {"dane"} else ["dane"],
                "opportunistic": ["NOTFOUND", "may"], "none": ["NOTFOUND", "may", "TEMP"]}[self.policies[-1]]


def case(name, why, mx, policy, needs, then, **more):
    """Adds a row. `needs` is one text, with a word for each host."""
    with_policies = sum(each.sts is not None for each in CASES)
    CASES.append(Case(name, why, mx, policy, needs.split(), then, number=with_policies + 1, **more))
