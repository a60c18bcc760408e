"""The daemon with its proxy and its relay, Postfix behind the proxy, and servers of other makes outside."""

import json
import os
import signal
import subprocess

from mail_world import mailbox, namespaces
from mail_world.daemon import Daemon
from mail_world.postfix import Postfix, Service
from peers import Exim, OpenSMTPD, unfold

BEHIND = 10025
EXIM, SMTPD, SWAKS = "198.51.100.20", "198.51.100.30", "198.51.100.40"

CONFIGURATION = """name: mx.example.org
proxy:
  listen: tcp:{proxy}:25
  server: tcp:127.0.0.1:{behind}
  certificate: {chain}
  key: {key}
  spool: {folder}
transport:
  relay:
    listen: unix:{relay}
  mta-sts: no
dns:
  recorded: {folder}/answers.json
"""


def answer(name, kind, *data):
    return {"Status": 0, "AD": False, "Question": [{"name": f"{name}.", "type": kind}],
            "Answer": [{"name": f"{name}.", "type": kind, "TTL": 300, "data": each} for each in data]}


def answers():
    for name, address in (("exim", EXIM), ("opensmtpd", SMTPD), ("swaks", SWAKS)):
        yield answer(f"{name}.example", "TXT", f'"v=spf1 ip4:{address} -all"')
        yield answer(f"_dmarc.{name}.example", "TXT", '"v=DMARC1; p=reject"')
        yield answer(f"{name}.example", "MX", f"10 mx.{name}.example.")
        yield answer(f"mx.{name}.example", "A", address)


class World:
    def __init__(self, postseal, folder):
        self.postseal, self.folder = postseal, folder
        self.proxy = namespaces.OUTER_V4
        self.chain, self.key = (os.path.join(folder, name) for name in ("chain.pem", "key.pem"))
        self.relay = os.path.join(folder, "relay.sock")
        self.daemon = self.postfix = self.exim = self.smtpd = None

    def start(self):
        os.chmod(self.folder, 0o755)
        self.clients = namespaces.Clients("outside", [self.proxy], [EXIM, SMTPD, SWAKS])
        with open(os.path.join(self.folder, "answers.json"), "w", encoding="ascii") as file:
            json.dump(list(answers()), file)
        unfold(self.folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                        "-keyout", self.key, "-out", self.chain, "-days", "10", "-subj", "/CN=mx.example.org"],
                       check=True, capture_output=True)
        os.chmod(self.key, 0o600)
        service = Service(BEHIND, options=["mynetworks=", "smtpd_relay_restrictions=reject_unauth_destination",
                                           "smtpd_authorized_xforward_hosts=127.0.0.0/8"])
        self.postfix = Postfix(self.folder, [service], ["example.org"])
        self.postfix.start()
        self.mailboxes = mailbox.Mailboxes(os.path.join(self.folder, "mail"))
        self.daemon = Daemon(self.postseal, self.folder, "daemon", CONFIGURATION.format(
            proxy=self.proxy, behind=BEHIND, chain=self.chain, key=self.key, folder=self.folder, relay=self.relay),
            f"tcp:{self.proxy}:25")
        self.daemon.start().wait_ready()
        self.exim = Exim(self, "exim", EXIM)
        self.smtpd = OpenSMTPD(self, "opensmtpd", SMTPD)

    def inside(self, *words, **options):
        """Runs a program outside, where the other servers are."""
        return subprocess.run(["ip", "netns", "exec", "outside", *words], capture_output=True, text=True, timeout=60,
                              check=False, **options)

    def stop(self):
        for each in (self.exim, self.smtpd, self.postfix):
            if each:
                each.stop()
        if self.daemon:
            self.daemon.signal(signal.SIGKILL)
