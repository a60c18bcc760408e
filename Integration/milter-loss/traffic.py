"""The messages that are under way while the daemon dies, and what must become of each."""

import checks
import zones
from messages import from_domain
from mail_world import mailbox

FORGED = b"Authentication-Results: mx.example.org; dmarc=pass\r\n"


class Kind:
    """A sort of message. `edits` names the fields on top of it, in their order; None where it is refused."""

    def __init__(self, name, source, sender, domain, edits, port=25, extra=b"", prefix=None, size=0):
        self.name, self.source, self.sender, self.domain, self.edits = name, source, sender, domain, edits
        self.port, self.extra, self.prefix, self.size = port, extra, prefix, size

    def message(self):
        body = "How are you?\r\n" + ("x" * 70 + "\r\n") * (self.size // 72)
        return self.extra + from_domain(self.domain, "X-Folded: one\r\n\ttwo", body=body)

    def expected(self, message):
        """The message without what the daemon puts on top."""
        kept = message.removeprefix(self.extra)
        return kept.replace(b"Subject: ", b"Subject: " + self.prefix + b" ") if self.prefix else kept


RESULTS = "authentication-results"
SIGNED = ["dkim-signature"] * 2
KINDS = [
    Kind("good", zones.GOOD, "ann@good.example", "good.example", [RESULTS]),
    Kind("large", zones.GOOD, "ann@good.example", "good.example", [RESULTS], size=300_000),
    # Three removals and an addition: half of them would show.
    Kind("forged", zones.GOOD6, "ann@good.example", "good.example", [RESULTS], extra=FORGED * 3),
    Kind("marked", zones.EVIL, "x@nospf.example", "careful.example", [RESULTS, "x-postseal-quarantine"],
         prefix=b"[suspicious]"),
    Kind("held", zones.EVIL, "x@nospf.example", "careful.example", [RESULTS], port=2503),
    Kind("refused", zones.EVIL, "x@nospf.example", "good.example", None),
    Kind("signed", zones.INSIDE, "anna@example.org", "example.org", SIGNED),
]
#: Handed in by a program on the mail host.
LOCAL = Kind("local", None, "anna@example.org", "example.org", SIGNED)


class Letter:
    """One message under way."""

    def __init__(self, kind, recipient):
        self.kind, self.recipient = kind, recipient
        self.octets = kind.message()
        self.attempts, self.code = 0, None

    def delivered(self, octets):
        """The delivered message; raises unless it is this one with all its edits."""
        mail = mailbox.Mail(octets)
        checks.equal(sorted(field.name for field in mail.above), sorted(self.kind.edits),
                     f"fields on top of a message of kind {self.kind.name}")
        checks.untouched(mail, self.kind.expected(self.octets))
        return mail
