"""Postfix with the queue, the relay, and the servers behind it."""

import json
import os
import signal
import subprocess
import sys
import threading

from mail_world import namespaces, waiting
from mail_world.daemon import Daemon
from mail_world.postfix import Postfix, Service

FRONT = 2525
HERE = os.path.dirname(os.path.abspath(__file__))
#: Domain: its servers, in order of preference.
DOMAINS = {"one.example": ["10.30.0.11"], "two.example": ["10.30.0.12", "10.30.0.13"], "three.example": ["10.30.0.13"]}

CONFIGURATION = """name: mx.example.org
transport:
  mta-sts: no
  relay:
    listen:
      - socket: unix:{folder}/relay.sock
        mode: "0666"
dns:
  recorded: {folder}/answers.json
"""

MORE = """default_transport = lmtp:unix:{folder}/relay.sock
virtual_mailbox_domains =
lmtp_data_done_timeout = 60s
lmtp_connection_cache_on_demand = yes
lmtp_destination_concurrency_limit = 30
lmtp_destination_concurrency_failed_cohort_limit = 1000
lmtp_destination_recipient_limit = 10
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""


def answer(name, kind, *data):
    return {"Status": 0, "AD": False, "Question": [{"name": f"{name}.", "type": kind}],
            "Answer": [{"name": f"{name}.", "type": kind, "TTL": 300, "data": each} for each in data]}


class Sink:
    """A server behind, which is started anew when it ends."""

    def __init__(self, folder, address):
        self.address = address
        self.notes = os.path.join(folder, f"notes-{address}")
        self.folder, self.trouble = folder, 0
        self.ended = threading.Event()
        self.process = None
        self.spawn()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def spawn(self):
        with open(os.path.join(self.folder, "sinks.log"), "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, os.path.join(HERE, "sink.py"), self.address, self.notes,
                 os.path.join(self.folder, "chain.pem"), os.path.join(self.folder, "key.pem"), str(self.trouble)],
                stdout=log, stderr=log)

    def watch(self):
        while not self.ended.is_set():
            self.process.wait()
            if not self.ended.is_set():
                self.spawn()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def end(self):
        self.ended.set()
        self.kill()

    def lines(self):
        try:
            with open(self.notes, encoding="ascii") as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []


class World:
    def __init__(self, postseal, folder):
        self.postseal, self.folder = postseal, folder
        self.daemon = self.postfix = None
        self.sinks = []
        self.is_over = threading.Event()

    def start(self):
        addresses = sorted({each for servers in DOMAINS.values() for each in servers})
        for address in addresses:
            namespaces.command("ip", "address", "add", f"{address}/32", "dev", "lo")
        answers = []
        for domain, servers in DOMAINS.items():
            names = [f"mx{number}.{domain}" for number in range(len(servers))]
            answers.append(answer(domain, "MX", *(f"{10 + number} {name}." for number, name in enumerate(names))))
            answers += [answer(name, "A", address) for name, address in zip(names, servers)]
        with open(os.path.join(self.folder, "answers.json"), "w", encoding="ascii") as file:
            json.dump(answers, file)
        key = os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", os.path.join(self.folder, "chain.pem"), "-days", "10", "-subj",
                        "/CN=sink.example"], check=True, capture_output=True)
        self.sinks = [Sink(self.folder, address) for address in addresses]
        self.daemon = Daemon(self.postseal, self.folder, "relay", CONFIGURATION.format(folder=self.folder),
                             f"unix:{self.folder}/relay.sock")
        self.daemon.start().wait_ready()
        self.postfix = Postfix(self.folder, [Service(FRONT)], [], more=MORE.format(folder=self.folder),
                               extra_services="lmtp unix - - n - 60 lmtp\n")
        self.postfix.start()

    def watch_relay(self):
        """From now on the relay is started anew when it ends."""
        def watch():
            while not self.is_over.is_set():
                self.daemon.process.wait()
                if not self.is_over.is_set():
                    self.daemon.start()
        threading.Thread(target=watch, daemon=True).start()

    def make_trouble(self, number):
        """From now on the servers behind fail at so many of a thousand messages."""
        for sink in self.sinks:
            sink.trouble = number
            sink.kill()

    def resident(self, field="VmRSS"):
        """The relay's memory in MB."""
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) / 1024

    def wait_sinks(self):
        import socket

        def answers(address):
            with socket.socket() as probe:
                return probe.connect_ex((address, 25)) == 0
        for sink in self.sinks:
            waiting.until(f"the server at {sink.address}", lambda: answers(sink.address))

    def stop(self):
        self.is_over.set()
        for sink in self.sinks:
            sink.end()
        if self.daemon:
            self.daemon.signal(signal.SIGKILL)
        if self.postfix:
            self.postfix.stop()
