"""Everything that runs: DNS, Postfix, OpenDKIM, a daemon for each profile; and how a case sends and looks."""

import json
import os
import signal
import subprocess
import sys
import time

import peers
import profiles
import zones
from mail_world import keys as key_files
from mail_world import mailbox, namespaces, waiting
from mail_world.daemon import Daemon
from mail_world.postfix import Postfix, Service
from mail_world.smtp_client import SMTPClient

HERE = os.path.dirname(os.path.realpath(__file__))
DNS_WORLD = os.path.join(HERE, "..", "lib", "dns_world.py")
SLOW_DNS = os.path.join(HERE, "slow_dns.py")
SUBMISSION, HOP, OPENDKIM_SIGNS, PLAIN = 587, 2600, 2601, 2602

#: Keys by domain and selector, and their kinds.
KEYS = {
    ("example.org", "2026b"): "rsa", ("example.org", "2026e"): "ed25519", ("example.org", "arc"): "rsa",
    ("good.example", "rsa"): "rsa", ("good.example", "ed"): "ed25519", ("good.example", "od"): "opendkim",
    ("list.example", "arc"): "rsa", ("stranger.example", "arc"): "rsa",
    ("misfit.example", "m1"): "rsa", ("misfit.example", "other"): "rsa", ("keyless.example", "k1"): "rsa",
    ("rotate.example", "new"): "rsa", ("rotate.example", "old"): "rsa",
}


class World:
    def __init__(self, postseal, folder, table=profiles.PROFILES):
        self.postseal, self.folder, self.profiles = postseal, folder, table
        self.daemons, self.processes = {}, []
        self.number = 0

    # Starting and stopping

    def start(self):
        self.outside = namespaces.Clients("outside", [namespaces.OUTER_V4, namespaces.OUTER_V6], zones.OUTSIDE)
        self.inside = namespaces.Clients("inside", [namespaces.INNER_V4, namespaces.INNER_V6],
                                         [zones.INSIDE, zones.INSIDE6])
        self.make_keys()
        self.start_dns()
        self.opendkim = peers.OpenDKIM(self.folder, self.keys["good.example", "od"], self.name_server)
        self.opendkim.start()
        self.make_daemons()
        for daemon in self.daemons.values():
            daemon.start()
        self.start_postfix()
        for daemon in self.daemons.values():
            daemon.wait_ready()

    def make_keys(self):
        maker = key_files.KeyMaker(self.postseal, os.path.join(self.folder, "keys"))
        self.keys = {}
        for (domain, selector), kind in KEYS.items():
            self.keys[domain, selector] = (
                maker.opendkim_key(domain, selector) if kind == "opendkim"
                else maker.postseal_key(domain, selector, kind))

    def start_dns(self):
        sources = os.path.join(self.folder, "zones")
        os.makedirs(sources)
        for name, text in zones.zones(self.keys).items():
            with open(os.path.join(sources, name), "w", encoding="ascii") as file:
                file.write(text)
        self.dns_folder = os.path.join(self.folder, "dns")
        subprocess.run([sys.executable, DNS_WORLD, "start", self.dns_folder, sources], check=True)
        with open(os.path.join(self.dns_folder, "world.json"), encoding="ascii") as file:
            self.dns = json.load(file)
        self.name_server = self.dns["resolver"].rpartition(":")[0]
        port = self.dns["resolver"].rpartition(":")[2]
        self.dns["slow"] = f"127.0.0.54:{port}"
        self.processes.append(subprocess.Popen(
            [sys.executable, SLOW_DNS, "127.0.0.54", port, self.name_server, port], start_new_session=True))
        namespaces.bind_over("/etc/resolv.conf", f"nameserver {self.name_server}\n", self.folder)

    def make_daemons(self):
        if not self.postseal_serves():
            return
        for name, profile in self.profiles.items():
            address = f"tcp:{profile.tcp}" if profile.tcp else f"unix:{self.folder}/{name}.sock"
            text = profiles.configuration(profile, address, self.dns, os.path.join(self.folder, "keys"))
            self.daemons[name] = Daemon(self.postseal, self.folder, name, text, address)

    def postseal_serves(self):
        return subprocess.run([self.postseal, "serve", "--help"], capture_output=True).returncode == 0

    def milter(self, name):
        return self.daemons[name].milter if name in self.daemons else ""

    def start_postfix(self):
        services = [Service(profile.port, self.milter(name)) for name, profile in self.profiles.items()]
        services += [
            Service(SUBMISSION, self.milter("standard"),
                    ["smtpd_sasl_auth_enable=yes", "smtpd_client_restrictions=permit_sasl_authenticated,reject"]),
            # A second mail host, which has OpenDKIM look at what comes.
            Service(HOP, self.opendkim.verifying,
                    ["cleanup_service_name=hop", "myhostname=peer.example",
                     "{ smtpd_recipient_restrictions = check_recipient_access inline:{bounce.example=REJECT} }",
                     f"mynetworks={namespaces.OUTER_V4}/32", "smtpd_relay_restrictions=permit_mynetworks,reject"]),
            Service(OPENDKIM_SIGNS, self.opendkim.signing),
            Service(PLAIN),
        ]
        relay = f"smtp:[{namespaces.OUTER_V4}]:{HOP}"
        self.postfix = Postfix(
            self.folder, services, zones.OWN_DOMAINS,
            more=f"non_smtpd_milters = {self.milter('standard')}",
            extra_services="hop unix n - n - 0 cleanup\n"
                           f"    -o recipient_canonical_maps=regexp:{self.folder}/etc/hop\n"
                           "    -o recipient_canonical_classes=envelope_recipient\n",
            transport=f"peer.example {relay}\nforward.example {relay}\nbounce.example {relay}\n")
        self.postfix.write("etc/hop", "/^(.+)@(peer|forward)\\.example$/ $1@peer.delivered\n")
        self.postfix.add_user("anna", "secret")
        self.postfix.start()
        self.mailboxes = mailbox.Mailboxes(os.path.join(self.folder, "mail"))

    def stop(self):
        for daemon in self.daemons.values():
            daemon.signal(signal.SIGKILL)
        for part in ("postfix", "opendkim"):
            if hasattr(self, part):
                getattr(self, part).stop()
        for process in self.processes:
            process.kill()
            process.wait()
        if hasattr(self, "dns"):
            subprocess.run([sys.executable, DNS_WORLD, "stop", self.dns_folder], check=False)

    def publish(self, zone, text):
        """Replaces an unsigned zone and has NSD read it."""
        path = os.path.join(self.dns_folder, f"{zone}.zone")
        with open(path, encoding="ascii") as file:
            head = file.read().splitlines()[:4]
        head = [line.replace("admin.world. 1 ", f"admin.world. {int(time.time())} ") for line in head]
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(head) + "\n" + text)
        with open(os.path.join(self.dns_folder, "nsd.pid"), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGHUP)

    # What cases do

    def address(self, domain="example.org"):
        """A recipient that no other case has."""
        self.number += 1
        return f"case{self.number}@{domain}"

    def client(self, source=zones.GOOD, port=25, helo="mail.good.example", seconds=60):
        """A client connected from one of the world's addresses."""
        clients = self.inside if source in (zones.INSIDE, zones.INSIDE6) else self.outside
        server = {
            (False, False): namespaces.OUTER_V4, (False, True): namespaces.OUTER_V6,
            (True, False): namespaces.INNER_V4, (True, True): namespaces.INNER_V6,
        }[clients is self.inside, ":" in source]
        return SMTPClient(clients, source, server, port, helo, seconds)

    def port(self, profile):
        return self.profiles[profile].port

    def held(self, recipient):
        """Waits for a message in the hold queue; its queue id."""
        return waiting.until(f"a held message for {recipient}",
                             lambda: self.postfix.queued_for(recipient, "hold"), 10)[0]["queue_id"]
