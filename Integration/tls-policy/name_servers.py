"""NSD, the server that spoils some answers, and unbound, which Postfix believes."""

import os
import signal
import sys

import dns.exception
import dns.message
import dns.query

import dns_world
import dns_zones
import servers
import zones
from mail_world import namespaces, waiting

HERE = os.path.dirname(os.path.realpath(__file__))
#: Zones that are spoiled have a name server of their own: one that also has the zone above would answer in its place.
NAME_SERVER, BEHIND, SPOILED, RESOLVER = "127.0.53.1", "127.0.53.2", "127.0.53.20", "127.0.0.1"

UNBOUND = """server:
  interface: {resolver}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  logfile: "{folder}/unbound.log"
  use-syslog: no
  val-log-level: 2
  root-hints: "{folder}/root.hints"
  trust-anchor-file: "{folder}/root.key"
  do-not-query-localhost: no
  do-ip6: no
  num-threads: 1
  outbound-msg-retry: 2
remote-control:
  control-enable: no
"""


class NameServers:
    def __init__(self, folder, authorities, process):
        """`process`: starts a process, from its name and its words."""
        self.folder, self.authorities, self.process = folder, authorities, process

    def start(self):
        """Starts them all, and has this mount namespace ask the resolver."""
        os.makedirs(self.folder)
        made = zones.Zones(self.authorities).all(dns_zones.Zone, SPOILED)
        served = dns_zones.write_world(made, self.folder, NAME_SERVER)
        behind = [each for each in served if each[0].rstrip(".") in zones.SPOILED]
        for name, text in (
                ("nsd.conf", self.name_server(NAME_SERVER, [each for each in served if each not in behind])),
                ("behind.conf", self.name_server(BEHIND, behind)),
                ("root.hints", f". 3600000 IN NS ns.world.\nns.world. 3600000 IN A {NAME_SERVER}\n"),
                ("unbound.conf", UNBOUND.format(resolver=RESOLVER, folder=self.folder))):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(text)
        self.process("nsd", "nsd", "-d", "-c", f"{self.folder}/nsd.conf")
        self.process("behind", "nsd", "-d", "-c", f"{self.folder}/behind.conf")
        self.process("spoiled_dns", sys.executable, os.path.join(HERE, "spoiled_dns.py"), SPOILED, "53", BEHIND, "53")
        for address, name in ((NAME_SERVER, "."), (SPOILED, servers.TROUBLE)):
            waiting.until(f"the name server at {address}", lambda: self.resolves(address, name))
        self.start_resolver()
        namespaces.bind_over("/etc/resolv.conf", f"nameserver {RESOLVER}\noptions edns0 trust-ad\n", self.folder)

    def start_resolver(self):
        self.resolver = self.process("unbound", "unbound", "-d", "-c", f"{self.folder}/unbound.conf")
        waiting.until("the resolver", lambda: self.resolves(RESOLVER, servers.HOSTS))

    def name_server(self, address, served):
        """The configuration of NSD at an address."""
        text = dns_world.nsd_configuration(self.folder, address, [53], served)
        return text.replace("/nsd.pid", f"/nsd-{address}.pid").replace("/nsd.log", f"/nsd-{address}.log")

    @staticmethod
    def resolves(address, name):
        try:
            return dns.query.udp(dns.message.make_query(name, "SOA"), address, timeout=0.5).answer
        except (dns.exception.DNSException, OSError):
            return False

    def publish(self, name):
        """Writes an unsigned zone anew, and has it asked for anew."""
        text = next(zone.text for zone in zones.Zones(self.authorities).all(dns_zones.Zone, SPOILED)
                    if zone.name == f"{name}.")
        path = os.path.join(self.folder, f"{name}.zone")
        with open(path, encoding="ascii") as file:
            head = [line.replace("admin.world. 1 ", "admin.world. 2 ") for line in file.read().splitlines()[:4]]
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(head) + "\n" + text + "\n")
        with open(os.path.join(self.folder, f"nsd-{NAME_SERVER}.pid"), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGHUP)
        waiting.until(f"the new zone {name}", lambda: "admin.world. 2 " in str(self.resolves(NAME_SERVER, name)))
        # With an empty cache.
        self.resolver.kill()
        self.resolver.wait()
        self.start_resolver()
