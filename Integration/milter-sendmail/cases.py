"""What is sent to Sendmail, and what must come of it."""

import json
import os
import re
import shutil
import time

import dkim
import sendmail
from mail_world import keys, namespaces, waiting
from mail_world.daemon import Daemon
from mail_world.smtp_client import Refused, SMTPClient

GOOD, EVIL, INSIDE = "198.51.100.10", "198.51.100.66", "10.20.0.5"
#: As docs/daemon.md names it.
SOCKET = "/run/postseal/milter.sock"

CONFIGURATION = """name: mx.example.org
milter:
  listen:
    - socket: unix:{socket}
      mode: "0660"
      owner: daemon
      group: mail
dns:
  recorded: {folder}/answers.json
incoming:
  dmarc-reject: reject
outgoing:
  networks: [10.20.0.0/24]
  signing:
    - domain: example.org
      keys:
        - selector: s1
          file: {key}
log:
  level: debug
"""


class Failed(Exception):
    """Something was not as it must be."""


def check(condition, what):
    if not condition:
        raise Failed(what)


class World:
    def __init__(self, postseal, folder):
        self.postseal, self.folder, self.number = postseal, folder, 0

    def start(self):
        self.outside = namespaces.Clients("outside", [namespaces.OUTER_V4], [GOOD, EVIL])
        self.inside = namespaces.Clients("inside", [namespaces.INNER_V4], [INSIDE])
        self.key = keys.KeyMaker(self.postseal, f"{self.folder}/keys").postseal_key("example.org", "s1")
        self.records = {
            "good.example.": f"v=spf1 ip4:{GOOD} -all", "_dmarc.good.example.": "v=DMARC1; p=reject",
            "mild.example.": "v=spf1 -all", "_dmarc.mild.example.": "v=DMARC1; p=quarantine",
            "s1._domainkey.example.org.": self.key.record,
        }
        with open(f"{self.folder}/answers.json", "w", encoding="ascii") as file:
            json.dump([self.answer(*record) for record in self.records.items()], file)
        namespaces.bind_over("/etc/resolv.conf", "nameserver 127.0.0.1\n", self.folder)
        namespaces.bind_over("/etc/hosts", f"127.0.0.1 localhost\n{namespaces.OUTER_V4} mx.example.org\n", self.folder)
        # As the unit of systemd makes it; Sendmail refuses sockets below a folder that others may write to.
        os.chmod("/run", 0o755)
        os.makedirs(os.path.dirname(SOCKET), mode=0o755)
        shutil.chown(os.path.dirname(SOCKET), "daemon", "daemon")
        text = CONFIGURATION.format(socket=SOCKET, folder=self.folder, key=self.key.path)
        self.daemon = Daemon(self.postseal, self.folder, "daemon", text, f"unix:{SOCKET}")
        self.daemon.start().wait_ready()
        self.sendmail = sendmail.Sendmail(self.folder)
        self.sendmail.start()

    @staticmethod
    def answer(name, text):
        record = {"name": name, "type": "TXT", "TTL": 300, "data": text}
        return {"Status": 0, "Question": [{"name": name, "type": "TXT"}], "Answer": [record]}

    def stop(self):
        for part in ("sendmail", "daemon"):
            if hasattr(self, part):
                getattr(self, part).stop()

    def client(self, source):
        inside = source == INSIDE
        server = namespaces.INNER_V4 if inside else namespaces.OUTER_V4
        return SMTPClient(self.inside if inside else self.outside, source, server, 25, "mail.good.example")

    def send(self, author, source=GOOD, *extra, whole=True):
        """Sends a message; its recipient, whom nobody else has."""
        self.number += 1
        recipient = f"case{self.number}@example.org"
        fields = [f"From: {author}", f"To: {recipient}", "Subject: hello", *extra]
        if whole:
            fields += [time.strftime("Date: %a, %d %b %Y %H:%M:%S +0000", time.gmtime()),
                       f"Message-ID: <{self.number}.{time.time_ns()}@client.test>"]
        message = "".join(field + "\r\n" for field in fields) + "\r\nHow are you?\r\n"
        with self.client(source) as client:
            client.message(author, [recipient], message.encode())
            client.quit()
        return recipient

    def verifies(self, mail):
        def text(name, timeout=5):
            return self.records.get(name.decode() if isinstance(name, bytes) else name)
        return dkim.verify(mail.whole, dnsfunc=lambda name, timeout=5: (text(name) or "").encode())


def own_results(mail):
    found = [field for field in mail.named("authentication-results") if field.text.startswith("mx.example.org;")]
    check(len(found) == 1, f"there are {len(found)} Authentication-Results of ours: {mail.octets!r}")
    return found[0]


def passes(world):
    """mail that passes gets Authentication-Results, on top"""
    mail = world.sendmail.wait(world.send("ann@good.example"))
    results = own_results(mail)
    check("dmarc=pass" in results.text and "spf=pass" in results.text, results.text)
    queue_id = re.search(rb" id (\S+)", mail.named("received")[0].octets).group(1).decode()
    check(f"queue_id={queue_id} " in world.daemon.log_text(), f"{queue_id} is not in the log")
    check(mail.fields[0] is results, f"the topmost field is {mail.fields[0].octets!r}")
    check(results.octets.startswith(b"Authentication-Results: mx.example.org;"), f"{results.octets!r}")


def forged(world):
    """results in our name from outside are removed"""
    mail = world.sendmail.wait(
        world.send("ann@good.example", GOOD, "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example",
                   "Authentication-Results: other.example; none"))
    own_results(mail)
    check(len(mail.named("authentication-results")) == 2, "another's results are gone, or forged ones are there")
    check(b"bank.example" not in mail.octets, "forged results are delivered")


def rejected(world):
    """spoofed mail is refused, in the daemon's words"""
    try:
        world.send("ann@good.example", EVIL)
    except Refused as refusal:
        check(str(refusal.reply).startswith("550 5.7.1 "), str(refusal.reply))
        check("DMARC" in str(refusal.reply), str(refusal.reply))
        return
    raise Failed("the message was taken")


def quarantined(world):
    """mail to be quarantined is held in the queue, and can be released"""
    before = set(world.sendmail.quarantined())
    recipient = world.send("eve@mild.example", EVIL)
    (held,) = waiting.until("a held message", lambda: set(world.sendmail.quarantined()) - before)
    check(not world.sendmail.delivered(recipient), "it is delivered")
    listed = world.sendmail.call("-bp", "-qQ").stdout
    check(held in listed and "DMARC" in listed, listed)
    released = world.sendmail.call("-qQ", f"-qI{held}", "-Q")
    check(released.returncode == 0, released.stdout + released.stderr)
    results = own_results(world.sendmail.wait(recipient))
    check("dmarc=fail" in results.text, results.text)


def signed(world):
    """mail from the own network is signed, and the signature survives Sendmail"""
    mail = world.sendmail.wait(world.send("anna@example.org", INSIDE))
    check(len(mail.named("dkim-signature")) == 1, f"{mail.octets!r}")
    check(not mail.named("authentication-results"), "there are results on mail of our own")
    check(world.verifies(mail), f"the signature does not verify: {mail.octets!r}")


def completed(world):
    """a Date and a Message-ID that Sendmail adds behind its filters break no signature"""
    mail = world.sendmail.wait(world.send("anna@example.org", INSIDE, whole=False))
    check(mail.named("date") and mail.named("message-id"), f"Sendmail added nothing: {mail.octets!r}")
    check(world.verifies(mail), f"the signature does not verify: {mail.octets!r}")


def away(world):
    """while the daemon is away, mail is put off"""
    world.daemon.kill()
    try:
        world.send("ann@good.example")
    except Refused as refusal:
        check(refusal.reply.code // 100 == 4, str(refusal.reply))
    else:
        raise Failed("the message was taken")
    finally:
        world.daemon.start().wait_ready()
    own_results(world.sendmail.wait(world.send("ann@good.example")))


CASES = [passes, forged, rejected, quarantined, signed, completed, away]
