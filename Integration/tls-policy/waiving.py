"""What senders ask for, in a message of their own (RFC 8689): a client of the relay that waives TLS or demands it.

Each row is a message to a domain of the table; the answer that must come, and where the message must be then.
"""

import concurrent.futures
import dataclasses
import re
import socket
import ssl

from case import CASES
from mail import SENDER
from mail_world import waiting
from mail_world.smtp_client import Refused, SMTPClient
from senders import arrived, receiver

WAIVER = "TLS-Required: No\r\n"


@dataclasses.dataclass
class Message:
    #: The case whose domain it goes to.
    name: str
    why: str
    #: How the answer begins, and where the message comes to: `HOST tls` or `HOST clear`; nowhere if there is none.
    answer: str
    arrives: str = None
    fields: str = WAIVER
    demands: bool = False
    body: str = "A case.\r\n"


def kept(name, why, answer="451 4.7.5", **more):
    """It does not go."""
    return Message(name, why, answer, **more)


MESSAGES = [
    # Without the field, the policy holds.
    kept("mismatch", "RFC 7672 §3.2: nothing is said: later", fields=""),
    kept("clear-311", "RFC 7672 §2.2: nothing is said, no STARTTLS: later", fields=""),
    kept("sts-clear", "RFC 8461 §5: nothing is said: later", fields=""),
    kept("sts-expired", "RFC 8461 §4.2: nothing is said: later", fields=""),
    kept("unusable-clear", "RFC 7672 §2.2: nothing is said: later", fields=""),
    Message("ee-311", "nothing is said, and nothing is wrong", "250", "ee-311 tls", fields=""),
    # With it, none does.
    Message("mismatch", "RFC 8689 §3: a certificate that does not match is no reason", "250", "mismatch tls"),
    Message("ta-expired", "RFC 8689 §3: one that has expired is none", "250", "ta-expired tls"),
    Message("ta-name", "RFC 8689 §3: one for another name is none", "250", "ta-name tls"),
    Message("clear-311", "RFC 8689 §3: that there is no STARTTLS is none", "250", "clear-311 clear"),
    Message("strip-311", "RFC 8689 §3: that somebody strips it is none", "250", "strip-311 clear"),
    Message("swap-311", "RFC 8689 §3: STARTTLS is used where it is offered, by whomever", "250", "swap-311 tls"),
    Message("break-311", "RFC 8689 §4.2.2: a broken handshake is none", "250", "break-311 clear"),
    Message("refuse-311", "RFC 8689 §4.2.2: a refused STARTTLS is none", "250", "refuse-311 clear"),
    Message("unusable-clear", "RFC 8689 §3: records that can't be used ask for nothing", "250", "unusable-clear clear"),
    Message("six-mismatch", "RFC 8689 §3: the same over IPv6", "250", "six-mismatch tls"),
    Message("sts-clear", "RFC 8689 §3: MTA-STS and no STARTTLS", "250", "clear clear"),
    Message("sts-self-signed", "RFC 8689 §3: MTA-STS and a certificate that nobody issued", "250", "self-signed tls"),
    Message("sts-expired", "RFC 8689 §3: MTA-STS and an expired certificate", "250", "expired tls"),
    Message("sts-unlisted", "RFC 8689 §3: a host that the policy does not name", "250", "spare tls"),
    Message("both-dane-fails", "RFC 8689 §3: both policies are waived", "250", "web-mismatch tls"),
    Message("tlsa-servfail", "RFC 8689 §3: records that can't be looked up are not needed", "250",
            "tlsa-servfail.trouble.example tls"),
    Message("ee-311", "RFC 8689 §4.2.2: a server that holds to its policy gets it as ever", "250", "ee-311 tls"),
    Message("clear", "RFC 8689 §3: no policy, nothing to waive", "250", "clear clear"),
    Message("second-good", "RFC 8689 §4.2.2: the policy is followed where it can be: the second server holds to it",
            "250", "ee-second tls"),
    Message("all-bad", "RFC 8689 §4.2.2: none holds to the policy: the first one gets it", "250", "mismatch tls"),
    # How it is written.
    Message("mismatch", "RFC 8689 §3: in any letters, on the next line", "250", "mismatch tls",
            fields="tls-required:\r\n nO\r\n"),
    kept("mismatch", "RFC 8689 §3: two fields are none", fields=WAIVER * 2),
    kept("mismatch", "RFC 8689 §3: there is no Yes", fields="TLS-Required: Yes\r\n"),
    kept("mismatch", "RFC 8689 §3: No and nothing else", fields="TLS-Required: No, please\r\n"),
    kept("mismatch", "RFC 8689 §3: a field stands in the header", fields="", body=WAIVER),
    # What it does not help against.
    kept("closed-311", "RFC 5321 §4.5.4.1: a server that can't be reached is tried again later", "451 4.4.1"),
    kept("bogus-mx", "RFC 8689 §4.2.2: who the servers are must be known all the same", "451 4."),
    kept("null-mx", "RFC 7505 §3: a null MX takes no mail", "556 5.1.10"),
    # REQUIRETLS.
    Message("demand-311", "RFC 8689 §4.2.1: the server is proved, and knows the word", "250", "demand-311 tls",
            fields="", demands=True),
    kept("ee-311", "RFC 8689 §4.2.1: the server is proved, and does not know the word", "550 5.7.30", fields="",
         demands=True),
    kept("clear", "RFC 8689 §4.2.1: no STARTTLS", "550 5.7.10", fields="", demands=True),
    # Both.
    Message("demand-311", "RFC 8689 §4.1: beside REQUIRETLS the field is ignored, and may go on", "250",
            "demand-311 tls", demands=True),
    kept("demand-mismatch", "RFC 8689 §4.1: the field does not help a server that is not proved", "550 5.7.10",
         demands=True),
    kept("mismatch", "RFC 8689 §4.1: the same, and the server does not know the word", "550 5.7.10", demands=True),
    kept("clear-311", "RFC 8689 §4.1: the field does not help a server without STARTTLS", "550 5.7.10", demands=True),
    kept("ee-311", "RFC 8689 §4.1: the field does not stand in for the word", "550 5.7.30", demands=True),
]


class RelayClient(SMTPClient):
    """A mail server that hands mail over by LMTP, and by TLS."""

    def __init__(self, path, authorities):
        self.socket, self.pending = socket.socket(socket.AF_UNIX), b""
        self.socket.settimeout(90)
        self.socket.connect(path)
        self.expect(2, "greeting", self.reply())
        self.command("LHLO client.test")
        self.command("STARTTLS")
        context = ssl.create_default_context(cafile=authorities)
        context.check_hostname = False
        self.socket = context.wrap_socket(self.socket)
        self.extensions = self.command("LHLO client.test").lines


def waived(world, cases):
    # Of two cases with one name the first is meant.
    domains = {case.name: case for case in reversed(CASES)}
    chosen = [(number, message, domains[message.name]) for number, message in enumerate(MESSAGES)
              if domains[message.name] in cases]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        yield from pool.map(lambda each: handed_over(world, *each), chosen)


def handed_over(world, number, message, case):
    row = dataclasses.replace(case, why=message.why)
    recipient = f"waived{number}@{case.domain}"
    text = f"{message.fields}Subject: {case.domain}\r\n\r\n{message.body}".encode()
    with RelayClient(world.relay, world.authorities.anchors) as client:
        if "REQUIRETLS" not in client.extensions:
            return row, f"no REQUIRETLS in {client.extensions}", ""
        try:
            reply = client.message(SENDER, [recipient], text, "REQUIRETLS" if message.demands else "")
        except Refused as error:
            reply = error.reply
    if not str(reply).startswith(message.answer):
        return row, f"{reply}, not {message.answer}", ""
    mailbox = f"waived{number}.{case.domain}@delivered"
    if message.arrives is None:
        # What was not refused by then would have been answered with 250.
        return row, "it arrived all the same" if world.mailboxes.all(mailbox) else None, str(reply)
    try:
        mail, = world.mailboxes.wait(mailbox)
    except waiting.TooLate as error:
        return row, str(error), str(reply)
    host, _, how = message.arrives.rpartition(" ")
    right, found = f"{receiver(case, host)} {how}", arrived(mail)
    if found != right:
        return row, f"{found}, not {right}", str(reply)
    if (mail.value("demanded") is not None) != message.demands:
        return row, f"REQUIRETLS was {'not ' if message.demands else ''}passed on", str(reply)
    if bool(re.search("^tls-required:", text.decode(), re.I | re.M)) and not mail.named("tls-required"):
        return row, "the field is gone", str(reply)
    return row, None, str(reply)
