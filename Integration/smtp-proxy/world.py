"""The proxy, Postfix behind it, and clients with addresses of their own."""

import json
import os
import signal
import subprocess

from mail_world import mailbox, namespaces
from mail_world.daemon import Daemon
from mail_world.postfix import Postfix, Service

BEHIND = 10025
GOOD, EVIL = "198.51.100.10", "198.51.100.66"

CONFIGURATION = """name: mx.example.org
proxy:
  listen: tcp:{address}:25
  server: tcp:127.0.0.1:{behind}
  certificate: {folder}/chain.pem
  key: {folder}/key.pem
  message-size: 20000000
  spool: {folder}/spool
dns:
  recorded: {folder}/answers.json
"""


def txt(name, *texts):
    return {"Status": 0, "AD": True, "Question": [{"name": f"{name}.", "type": "TXT"}],
            "Answer": [{"name": f"{name}.", "type": "TXT", "TTL": 300, "data": f'"{text}"'} for text in texts]}


ANSWERS = [
    txt("good.example", f"v=spf1 ip4:{GOOD} -all"), txt("_dmarc.good.example", "v=DMARC1; p=reject"),
    txt("careful.example", f"v=spf1 ip4:{GOOD} -all"), txt("_dmarc.careful.example", "v=DMARC1; p=quarantine"),
    {"Error": "timeout", "Question": [{"name": "slow.example.", "type": "TXT"}]},
    {"Error": "timeout", "Question": [{"name": "_dmarc.slow.example.", "type": "TXT"}]},
]


class World:
    def __init__(self, postseal, folder):
        self.postseal, self.folder = postseal, folder
        self.daemon = self.postfix = None

    def start(self):
        self.clients = namespaces.Clients("outside", [namespaces.OUTER_V4], [GOOD, EVIL])
        os.makedirs(os.path.join(self.folder, "spool"))
        with open(os.path.join(self.folder, "answers.json"), "w", encoding="ascii") as file:
            json.dump(ANSWERS, file)
        self.certify("mx.example.org")
        self.postfix = Postfix(
            self.folder,
            # Who comes from the proxy is a stranger: Postfix relays for nobody here.
            [Service(BEHIND, options=["mynetworks=", "smtpd_relay_restrictions=reject_unauth_destination",
                                      "smtpd_authorized_xforward_hosts=127.0.0.0/8", "smtpd_timeout=30s"])],
            # An id of a message in the queue is given to no other one, ever.
            ["example.org"], more="enable_long_queue_ids = yes\n")
        self.postfix.start()
        self.mailboxes = mailbox.Mailboxes(os.path.join(self.folder, "mail"))
        self.configuration = CONFIGURATION.format(address=namespaces.OUTER_V4, behind=BEHIND, folder=self.folder)
        self.daemon = Daemon(self.postseal, self.folder, "proxy", self.configuration, f"tcp:{namespaces.OUTER_V4}:25")
        self.daemon.start().wait_ready()

    def certify(self, name):
        key = os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", os.path.join(self.folder, "chain.pem"), "-days", "10", "-subj",
                        f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
        os.chmod(key, 0o600)

    def inside(self, *words, **options):
        """Runs a program among the clients."""
        return subprocess.run(["ip", "netns", "exec", "outside", *words], capture_output=True, text=True, timeout=60,
                              check=False, **options)

    @staticmethod
    def talking(*words):
        """Begins a program among the clients that is talked with."""
        return subprocess.Popen(["ip", "netns", "exec", "outside", *words], stdin=subprocess.PIPE, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def stop(self):
        if self.daemon:
            self.daemon.signal(signal.SIGKILL)
        if self.postfix:
            self.postfix.stop()
