"""What becomes of policies that are known already when a domain changes what it publishes.

All are in the unsigned zone, which can be written anew without a key.
"""

import dataclasses

from case import CASES, OPEN, Policy


@dataclasses.dataclass
class Change:
    #: Of the case that the domain is taken from.
    name: str
    why: str
    #: What it publishes now.
    sts: Policy
    #: The first words that the socketmap's answer may have.
    answers: tuple

    @property
    def domain(self):
        return f"{self.name}.{OPEN}"


NEW, OLD = (("v=STSv1; id=20261201;",),), Policy.txt
NONE = ("NOTFOUND", "may")

CHANGES = [
    Change("sts-insecure", "RFC 8461 §8.3: a new id, and a policy in mode none: the old one is gone",
           Policy(mode="none", txt=NEW), NONE),
    Change("both-open", "RFC 8461 §3.3: a new id, and no policy host: the old policy holds",
           Policy(mx=("web-match",), txt=NEW, serve="closed"), ("secure",)),
    Change("both-open-sts-fails", "RFC 8461 §3.1: the TXT record is gone: the old policy holds",
           Policy(mx=("ee-311",), txt=()), ("secure",)),
    Change("both-open-dane-fails", "RFC 8461 §3.3: a new id, and a policy that is none: the old one holds",
           Policy(mx=("web-mismatch",), txt=NEW, body="version: STSv1\n"), ("secure",)),
    Change("sts-none", "RFC 8461 §3.1: a new id, and now the policy is in force",
           Policy(mx=("self-signed",), txt=NEW), ("secure",)),
    Change("sts-testing", "RFC 8461 §3.1: the same id, so nobody looks whether the policy became another",
           Policy(mx=("self-signed",)), NONE),
    Change("sts-no-txt", "RFC 8461 §3.1: a first TXT record", Policy(mx=("self-signed",)), ("secure",)),
    Change("sts-failing", "RFC 8461 §3.3: a failure, and a new id: the policy is asked for at once",
           Policy(mx=("self-signed",), txt=NEW), ("secure",)),
    Change("sts-missing", "RFC 8461 §3.3: a failure, and the same id: five minutes have to go by",
           Policy(mx=("self-signed",), txt=OLD), NONE),
]


def publish():
    """Gives the cases what their domains publish now."""
    by_domain = {case.domain: case for case in CASES}
    for change in CHANGES:
        by_domain[change.domain].sts = change.sts
