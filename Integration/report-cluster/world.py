"""Three daemons over one database, a mail server that takes their reports, and a load of messages."""

import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from mail_world import mailbox, postgresql
from mail_world.clock import Clock
from mail_world.daemon import Daemon
from mail_world.postfix import Postfix, Service

NODES, DOMAINS, CLIENTS = 3, 24, 12
GOOD, EVIL = "192.0.2.1", "192.0.2.66"

CONFIGURATION = """name: mx.example.org
http:
  listen: tcp:127.0.0.1:{port}
dns:
  recorded: {folder}/answers.json
reports:
  store: {store}
  addresses: [dmarc@example.org]
  send:
    contact: reports@example.org
    server: tcp:127.0.0.1:2525
    delay: 10s
    spread: 0s
log:
  level: debug
"""


def txt(name, text):
    return {"Status": 0, "AD": True, "Question": [{"name": f"{name}.", "type": "TXT"}],
            "Answer": [{"name": f"{name}.", "type": "TXT", "TTL": 300, "data": f'"{text}"'}]}


class Node:
    """A daemon, and what clients know of it: when it answered for which domain."""

    def __init__(self, world, number):
        self.number, self.port = number, 8081 + number
        self.daemon = Daemon(
            world.postseal, world.folder, f"node{number}",
            CONFIGURATION.format(port=self.port, folder=world.folder, store=world.store),
            f"tcp:127.0.0.1:{self.port}", world.clock.environment)
        self.lock = threading.Lock()
        self.answered = []
        self.doubtful = []

    def verify(self, domain, address):
        """Has a message judged; false where nobody answers."""
        message = (f"From: x@{domain}\r\nSubject: {random.random()}\r\nDate: Mon, 21 Sep 2026 10:00:00 +0000\r\n"
                   f"Message-ID: <{random.random()}@{domain}>\r\n\r\nhello\r\n").encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/verify?ip={address}&helo={domain}&mail-from=x@{domain}", data=message,
            headers={"Content-Type": "message/rfc822"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
            with self.lock:
                self.answered.append((time.monotonic(), domain))
            return True
        except (OSError, urllib.error.URLError) as error:
            if "refused" not in str(error):
                with self.lock:
                    self.doubtful.append((time.monotonic(), domain))
            return False


class World:
    def __init__(self, postseal, folder):
        self.postseal, self.folder = postseal, folder
        self.clock, self.database_clock = Clock(f"{folder}/clock"), Clock(f"{folder}/database-clock")
        self.domains = [f"d{number}.example" for number in range(DOMAINS)]
        self.over = threading.Event()
        self.slowest = 0
        self.nodes, self.postfix, self.database = [], None, None
        #: Messages that a kill may have taken with it, by domain.
        self.at_risk = {domain: 0 for domain in self.domains}

    def start(self):
        with open(f"{self.folder}/answers.json", "w", encoding="ascii") as file:
            json.dump([each for domain in self.domains for each in (
                txt(domain, f"v=spf1 ip4:{GOOD} -all"),
                txt(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"))], file)
        self.database = postgresql.Cluster(f"{self.folder}/postgresql", self.database_clock).start()
        self.store = self.database.create("postseal")
        self.postfix = Postfix(self.folder, [Service(2525, address="127.0.0.1")], self.domains)
        self.postfix.start()
        self.mailboxes = mailbox.Mailboxes(f"{self.folder}/mail")
        self.nodes = [Node(self, number) for number in range(NODES)]
        for node in self.nodes:
            node.daemon.start()
        for node in self.nodes:
            node.daemon.wait_ready()

    def to_midnight(self):
        self.clock.set(86_400 - int(time.time()) % 86_400 + 30)
        # A day is over when the database's clock says so as well.
        self.database_clock.set(self.clock.ahead)

    def load(self):
        """Messages from many clients until it is over."""
        def client(number):
            moments = random.Random(number)
            while not self.over.is_set():
                began = time.monotonic()
                node = moments.choice(self.nodes)
                if node.verify(moments.choice(self.domains), moments.choice([GOOD, EVIL])):
                    self.slowest = max(self.slowest, time.monotonic() - began)
                else:
                    time.sleep(0.02)
        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def kill(self, node, grace):
        """Kills a node; what it answered within the last `grace` seconds may be lost."""
        node.daemon.kill()
        now = time.monotonic()
        with node.lock:
            for moment, domain in node.answered:
                if moment > now - grace:
                    self.at_risk[domain] += 1
        node.daemon.start().wait_ready()

    def answered(self, domain):
        return sum(each == domain for node in self.nodes for _, each in node.answered)

    def doubtful(self, domain):
        return sum(each == domain for node in self.nodes for _, each in node.doubtful)

    def reports(self, domain):
        """The reports that came for a domain, read."""
        found = []
        for place, mail in enumerate(self.mailboxes.all(f"dmarc@{domain}")):
            path = f"{self.folder}/{domain}-{place}.eml"
            with open(path, "wb") as file:
                file.write(mail.octets)
            done = subprocess.run([self.postseal, "report", "read", "--json", path], capture_output=True, text=True,
                                  check=True)
            found += [json.loads(line) for line in done.stdout.splitlines()]
        return found

    def tell(self):
        """What is needed to see what went wrong."""
        for node in self.nodes:
            print(f"-- node{node.number}", node.daemon.log_text()[-3000:], sep="\n")
        for table, order in [("report_periods", "domain"), ("outgoing_deliveries", "uri"), ("outgoing_attempts", "began"),
                             ("sending_clock", "state")]:
            done = self.database.psql("postseal", f"SELECT * FROM {table} ORDER BY {order}")
            print(f"-- {table}", done.stdout + done.stderr, sep="\n")
        print("-- Postfix", self.postfix.log_text()[-3000:], sep="\n", flush=True)

    def stop(self):
        self.over.set()
        for node in self.nodes:
            node.daemon.signal(signal.SIGKILL)
        if self.postfix:
            self.postfix.stop()
        if self.database:
            self.database.stop()
