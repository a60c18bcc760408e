"""One of the two hosts: a Postfix of its own in a mount namespace of its own, with Postseal beside it.

It does what it is told, a JSON object a line on standard input, and answers likewise."""

import json
import os
import pathlib
import signal
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from mail_world import mailbox, waiting  # noqa: E402
from mail_world.daemon import Daemon  # noqa: E402
from mail_world.postfix import Postfix, Service  # noqa: E402


CONFIGURATION = """name: mx.{domain}
milter:
  listen:
    - socket: unix:{folder}/milter.sock
      mode: "0660"
      group: postfix
http:
  listen: tcp:{address}:8080
dns:
  servers: ["{resolver}"]
  trust-anchor: {anchor}
outgoing:
  networks: [{address}/32]
  signing:
    - domain: {domain}
      keys:
        - selector: s1
          file: {key}
transport:
  relay:
    listen:
      - socket: unix:{folder}/relay.sock
        mode: "0660"
        group: postfix
    source-addresses: [{address}]
  mta-sts: no
  mta-sts-cache: {folder}/sts-cache
  tls-reports:
    contact: tls-reports@{domain}
    folder: {folder}/tls-reports
reports:
  store: {store}
  addresses: {addresses}
  send:
    contact: reports@{domain}
    organization: Mail of {domain}
    server: tcp:{address}:2525
    failure: yes
    failures-per-hour: 20
    delay: 10s
    spread: 0s
"""

MAIN = """myhostname = mx.{domain}
mynetworks = {address}/32
inet_interfaces = {address}
smtpd_tls_security_level = may
smtpd_tls_chain_files = {certificate}
default_transport = lmtp:unix:{folder}/relay.sock
relay_transport = lmtp:unix:{folder}/relay.sock
lmtp_destination_concurrency_limit = 5
"""


class Host:
    def __init__(self, facts):
        self.folder = facts["folder"]
        os.makedirs(self.folder, exist_ok=True)
        self.daemon = Daemon(facts["postseal"], self.folder, "postseal", CONFIGURATION.format(**facts),
                             f"unix:{self.folder}/milter.sock", facts["clock"])
        milter = [f"unix:{self.folder}/milter.sock"]
        self.address = address = facts["address"]
        self.postfix = Postfix(
            self.folder, [Service(25, *milter, ["smtpd_relay_restrictions=reject_unauth_destination"], address),
                          Service(2525, *milter, [], address)],
            facts["domains"], more=MAIN.format(**facts), extra_services="lmtp unix - - n - - lmtp\n")
        self.mailboxes = mailbox.Mailboxes(os.path.join(self.folder, "mail"))

    def start(self):
        self.daemon.start().wait_ready()
        self.postfix.start()
        for port in (25, 2525):
            waiting.until(f"Postfix at port {port}", lambda: self.listens(port))

    def listens(self, port):
        with socket.socket() as probe:
            return probe.connect_ex((self.address, port)) == 0

    def restart(self):
        self.daemon.kill()
        self.daemon.start().wait_ready()

    def count(self, recipient):
        return len(self.mailboxes.all(recipient))

    def mails(self, recipient):
        """Messages as they came in, before the last server wrote above them where it delivered them."""
        return [mail.whole.decode("latin-1") for mail in self.mailboxes.all(recipient)]

    def sessions(self, domain):
        """Sessions that the relay has logged, for mail to a domain."""
        return sum("session with a mail server" in line and f" next_hop={domain} " in line
                   for line in self.daemon.log_text().splitlines())

    def queue(self):
        return self.postfix.queue()

    def log(self):
        return self.daemon.log_text()[-4000:] + self.postfix.log_text()[-4000:]

    def stop(self):
        self.daemon.signal(signal.SIGKILL)
        self.postfix.stop()


def main():
    host = Host(json.loads(sys.stdin.readline()))
    print("null", flush=True)
    for line in sys.stdin:
        words = json.loads(line)
        try:
            answer = {"is": getattr(host, words[0])(*words[1:])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    host.stop()


main()
