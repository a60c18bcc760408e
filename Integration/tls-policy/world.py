"""Everything that runs: name servers and a resolver, mail servers, attackers, policy hosts, and the senders."""

import json
import os
import signal
import socket
import subprocess
import sys

import cases_changes
import mail
import servers
from case import CASES, OPEN
from certificates import Authorities
from name_servers import RESOLVER, NameServers
from mail_world import mailbox, namespaces, waiting
from mail_world.daemon import Daemon

HERE = os.path.dirname(os.path.realpath(__file__))
CONFIGURATION = """name: mx.example.org
dns:
  servers: ["{resolver}:53"]
  trust-anchor: {anchor}
transport:
  socketmap:
    listen:
      - socket: unix:{socket}
        mode: "0660"
        group: postfix
    tlsrpt-attributes: no
{relay}  mta-sts-cache: {cache}
  certificate-authorities: {anchors}
  allowed-networks: [{network}.0.0/16]
log:
  level: debug
"""
RELAY = """  relay:
    listen:
      - socket: unix:{socket}
        mode: "0660"
        group: postfix
    certificate: {pem}
    key: {pem}
"""


class World:
    def __init__(self, folder, postseal=None):
        self.folder, self.postseal = folder, postseal
        self.processes, self.postfix, self.daemon = [], None, None
        #: What makes the command connect to the servers.
        self.live = []
        #: Whether the daemon has a relay.
        self.has_relay = False
        #: How much the policy hosts had written when the daemon was started.
        self.fetched_before = 0
        self.dns_folder = os.path.join(folder, "dns")
        self.anchor = os.path.join(self.dns_folder, "root.key")
        self.socket, self.relay = (os.path.join(folder, "sockets", name) for name in ("tls.sock", "relay.sock"))

    def start(self):
        for address in (f"{servers.NETWORK}.0.1/16", f"{servers.UNTRUSTED_HOSTS}.1/24"):
            # On the loopback interface each address of the network is the mail host's, but Postfix knows of one alone.
            namespaces.command("ip", "address", "add", address, "dev", "lo")
        self.add_six()
        self.authorities = Authorities(os.path.join(self.folder, "certificates"))
        for server in servers.SERVER_LIST:
            if not server.alias:
                names = [server.host] if server.names is None else server.names
                server.identity = self.authorities.identity(
                    server.issuer, server.common_name or server.host, names, server.expired)
                if server.six == "other":
                    server.identity6 = self.authorities.identity(server.issuer, server.host, names)
        self.names = NameServers(self.dns_folder, self.authorities, self.run)
        self.names.start()
        self.start_attackers()
        self.start_policy_hosts()
        self.postfix = mail.start(self.folder, self.authorities, self.socket, self.relay)
        self.mailboxes = mailbox.Mailboxes(os.path.join(self.folder, "mail"))

    @staticmethod
    def add_six():
        """The same with IPv6; and a network where packets are lost: who receives them there is not meant."""
        with open("/proc/sys/net/ipv6/ip_nonlocal_bind", "w", encoding="ascii") as file:
            file.write("1")
        for words in (("address", "add", "fd25::ffff/128", "dev", "lo"),
                      ("route", "add", "local", servers.NETWORK6, "dev", "lo"),
                      ("link", "add", "lost0", "type", "veth", "peer", "name", "lost1"),
                      ("address", "add", "fd27::ffff/64", "dev", "lost0", "nodad"),
                      ("link", "set", "lost0", "up"), ("link", "set", "lost1", "up")):
            namespaces.command("ip", *words)
        for server in servers.SERVER_LIST:
            if server.six == "lost":
                namespaces.command("ip", "neighbor", "add", server.address6, "lladdr", "02:00:00:00:00:01", "nud",
                                   "permanent", "dev", "lost0")

    def run(self, name, *words, stdout=None):
        """Starts a process of the world; its output goes to a log."""
        log = stdout or open(os.path.join(self.folder, f"{name}.log"), "w", encoding="ascii")
        process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self.processes.append(process)
        log.close()
        return process

    def log(self, name):
        with open(os.path.join(self.folder, f"{name}.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def helper(self, name, configuration):
        """Starts a program of this folder with a JSON file, and waits until it says that it is ready."""
        path = os.path.join(self.folder, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(configuration, file)
        process = self.run(name, sys.executable, os.path.join(HERE, f"{name}.py"), path)

        def is_ready():
            if process.poll() is not None:
                raise waiting.TooLate(f"{name} ended: {self.log(name)}")
            return "ready" in self.log(name)
        waiting.until(name, is_ready)
        return process

    def start_attackers(self):
        # One has a certificate that senders trust for a name of his own; where TLSA records stand in his way, he even
        # got one for the server's name.
        configuration = []
        for server in servers.SERVER_LIST:
            if server.attacker:
                name = server.host if server.tlsa else "attacker.invalid"
                identity = server.identity if server.attacker == "demand" else \
                    self.authorities.identity("web", name, [name])
                pem = self.authorities.write(f"attacker-{server.host}", identity, 1)
                configuration.append({"address": server.address, "upstream": server.own_address,
                                      "how": server.attacker, "pem": pem})
        self.helper("attacker", configuration)

    def start_policy_hosts(self):
        configuration = []
        for case in CASES:
            if case.sts and case.sts.serve != "closed":
                configuration.append({
                    "address": case.policy_address, "pem": self.policy_certificate(case), "serve": case.sts.serve,
                    "media": case.sts.media, "body": self.policy_body(case)})
        self.policy_hosts = self.helper("policy_hosts", configuration)

    def policy_certificate(self, case):
        name = f"mta-sts.{case.domain}"
        kind = case.sts.certificate
        names = {"wrong": [case.domain], "common": [], "wild": [f"*.{case.domain}"]}.get(kind, [name])
        issuer = "self" if kind == "self" else "web"
        identity = self.authorities.identity(issuer, name, names, expired=kind == "expired")
        return self.authorities.write(name, identity, 1)

    @staticmethod
    def policy_body(case):
        policy = case.sts
        if policy.body is not None:
            return policy.body.replace("{mx}", servers.pattern(policy.mx[0]) if policy.mx else "")
        lines = ["version: STSv1", f"mode: {policy.mode}", *(f"mx: {servers.pattern(each)}" for each in policy.mx),
                 f"max_age: {policy.max_age}"]
        return "".join(f"{line}\r\n" for line in lines)

    # The daemon, for those senders that ask it

    def start_daemon(self):
        os.makedirs(os.path.dirname(self.socket), exist_ok=True)
        if self.daemon is None:
            pem = self.authorities.write("relay", self.authorities.identity("web", "mx.example.org", []), 1)
            os.chmod(pem, 0o600)
            text = CONFIGURATION.format(
                resolver=RESOLVER, anchor=self.anchor, socket=self.socket, cache=os.path.join(self.folder, "mta-sts"),
                anchors=self.authorities.anchors, network=servers.NETWORK,
                relay=RELAY.format(socket=self.relay, pem=pem) if self.has_relay else "")
            self.daemon = Daemon(self.postseal, self.folder, "postseal", text, f"unix:{self.socket}")
        self.fetched_before = len(self.log("policy_hosts"))
        self.daemon.start()
        self.daemon.wait_ready()

    def restart_daemon(self, changes):
        """Starts it again without policy hosts; or when the changes of cases_changes.py have been published."""
        self.daemon.kill()
        self.policy_hosts.kill()
        self.policy_hosts.wait()
        if changes:
            cases_changes.publish()
            self.names.publish(OPEN)
            self.start_policy_hosts()
        self.start_daemon()

    def ask(self, key, name="postseal", seconds=90):
        """What the socketmap answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(self.socket)
            request = f"{name} {key}".encode()
            connection.sendall(b"%d:%s," % (len(request), request))
            octets = b""
            while b":" not in octets or len(octets) < int(octets.split(b":")[0]) + octets.index(b":") + 2:
                more = connection.recv(65536)
                if not more:
                    raise waiting.TooLate(f"the socketmap closed the connection after {octets!r}")
                octets += more
        return octets.split(b":", 1)[1][:-1].decode("utf-8", "replace")

    def stop(self):
        if self.daemon:
            self.daemon.signal(signal.SIGKILL)
        if self.postfix:
            self.postfix.stop()
        for process in self.processes:
            process.kill()
            process.wait()
