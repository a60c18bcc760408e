"""Debian's Exim and OpenSMTPD, unpacked and not installed: each with a configuration and a queue of the world's own."""

import os
import pathlib
import shutil
import signal
import subprocess

from mail_world import waiting

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNPACKED = ROOT / ".build" / "unpacked"
PACKAGES = {"exim4-daemon-light": "usr/sbin/exim4", "opensmtpd": "usr/sbin/smtpd"}
#: Where OpenSMTPD takes mail of this machine's.
SUBMISSION = 2525
#: The accounts that the packages would make.
ACCOUNTS = {"Debian-exim": 64990, "opensmtpd": 64991, "opensmtpq": 64992}

EXIM = """primary_hostname = exim.example
exim_path = /usr/sbin/exim4
local_interfaces = {address}
daemon_smtp_ports = 25
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/pid
keep_environment =
tls_advertise_hosts = *
tls_certificate = {chain}
tls_privatekey = {key}
tls_require_ciphers = {priority}
smtputf8_advertise_hosts = *
chunking_advertise_hosts = *
pipelining_advertise_hosts = *
dsn_advertise_hosts = *
acl_smtp_rcpt = recipient
acl_smtp_data = content
local_from_check = false
queue_only = false
untrusted_set_sender = *
begin acl
recipient:
  accept domains = exim.example : @[]
  deny
content:
  accept
begin routers
local:
  driver = accept
  domains = exim.example
  transport = file
out:
  driver = manualroute
  route_list = * {proxy}
  self = send
  transport = out
begin transports
file:
  driver = appendfile
  file = {folder}/mail
  user = Debian-exim
  create_directory
  message_prefix =
  message_suffix = "\\n"
  envelope_to_add
out:
  driver = smtp
  interface = {address}
  hosts_require_tls = {require}
  tls_require_ciphers = {priority}
  tls_verify_hosts = :
  tls_try_verify_hosts = :
  hosts_try_dane = :
  hosts_try_chunking = {chunking}
  hosts_noproxy_tls = *
begin retry
* * F,1h,1m
"""

SMTPD = """queue ttl 1h
pki mine cert "{chain}"
pki mine key "{key}"
smtp ciphers "HIGH:!aNULL"
listen on {address} port 25 tls pki mine hostname opensmtpd.example
listen on lo port {submission}
table owner {{ "@" = "opensmtpq" }}
action "keep" mda "{keep}" virtual <owner>
action "out" relay host "{scheme}://{proxy}:25" src {address} helo opensmtpd.example {verify}
match from any for domain "opensmtpd.example" action "keep"
match from local for any action "out"
"""


def lacking():
    return [package for package, file in PACKAGES.items() if not (UNPACKED / package / file).exists()]


def join(place, aside):
    """Makes a folder of links to what was there, and to what the packages have there."""
    os.makedirs(aside)
    subprocess.run(["mount", "--bind", place, aside], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", place], check=True)
    for source in [aside, *(str(UNPACKED / package) + place for package in PACKAGES)]:
        for name in os.listdir(source) if os.path.isdir(source) else ():
            if not os.path.lexists(os.path.join(place, name)):
                os.symlink(os.path.join(source, name), os.path.join(place, name))


def unfold(folder):
    """Shows the packages' files among the machine's own, and their accounts, in this mount namespace alone."""
    layers = ":".join(str(UNPACKED / package / "usr") for package in PACKAGES)
    if subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={layers}:/usr", "/usr"],
                      check=False, capture_output=True).returncode:
        # Not every kernel lays files over others: then with links.
        for name in ("sbin", "libexec"):
            join(os.path.join("/usr", name), os.path.join(folder, f"usr-{name}"))
    for file, line in (("passwd", "{0}:x:{1}:{1}::/nonexistent:/usr/sbin/nologin\n"), ("group", "{0}:x:{1}:\n")):
        own = os.path.join(folder, file)
        shutil.copy(f"/etc/{file}", own)
        with open(own, "a", encoding="ascii") as text:
            text.write("".join(line.format(name, number) for name, number in ACCOUNTS.items()))
        subprocess.run(["mount", "--bind", own, f"/etc/{file}"], check=True)
    # OpenSMTPD's places are fixed in the program.
    subprocess.run(["mount", "-t", "tmpfs", "none", "/var/spool"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/var/lib"], check=True)
    for name in ("/var/lib/opensmtpd", "/var/lib/opensmtpd/empty", "/var/empty"):
        if not os.path.isdir(name):
            os.makedirs(name)


class Peer:
    """A server in the clients' network, which keeps what comes in one file."""

    def __init__(self, world, name, address):
        self.world, self.name, self.address = world, name, address
        self.folder = os.path.join(world.folder, name)
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.process = None

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def own_key(self, owner):
        """The certificate's key, in a file that this server may read."""
        path = os.path.join(self.folder, "key.pem")
        shutil.copy(self.world.key, path)
        os.chmod(path, 0o600)
        shutil.chown(path, owner)
        return path

    def launch(self, *words):
        with open(os.path.join(self.folder, "output"), "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(["ip", "netns", "exec", "outside", *words], stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        waiting.until(f"{self.name} listens", self.listens, 20)

    def listens(self):
        if self.process.poll() is not None:
            raise waiting.TooLate(f"{self.name} ended: {self.words()}")
        return self.is_heard()

    def is_heard(self):
        return f"{self.address}:25 " in self.world.inside("ss", "-ltn").stdout

    def words(self):
        """What it said, for a complaint."""
        text = ""
        for name in ("output", "log-main", "log-panic", "log-reject"):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += f"\n{name}: {file.read()[-2500:]}"
        return text

    def arrived(self):
        try:
            with open(os.path.join(self.folder, "mail"), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            # A child may keep the socket for a moment.
            waiting.until(f"{self.name} is gone", lambda: not self.is_heard(), 20)


class Exim(Peer):
    PRIORITIES = {"1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2", "1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3", None: "NORMAL"}

    def start(self, tls=None, chunking=True):
        spool = os.path.join(self.folder, "spool")
        for path in (self.folder, spool):
            os.makedirs(path, exist_ok=True)
            shutil.chown(path, "Debian-exim", "Debian-exim")
        self.configuration = self.write("conf", EXIM.format(
            address=self.address, folder=self.folder, chain=self.world.chain,
            key=self.own_key("Debian-exim"), proxy=self.world.proxy, priority=self.PRIORITIES[tls], require="*" if tls else ":",
            chunking="*" if chunking else ":"))
        self.launch("/usr/sbin/exim4", "-C", self.configuration, "-bdf", "-q1m")

    def submit(self, sender, recipient, message):
        done = self.world.inside("/usr/sbin/exim4", "-C", self.configuration, "-odf", "-oi", "-f", sender, recipient,
                                 input=message)
        if done.returncode:
            raise AssertionError(f"{done.stdout} {done.stderr} {self.words()}")


class OpenSMTPD(Peer):
    SCHEMES = {True: "smtp+tls", False: "smtp+notls"}

    def start(self, tls=True):
        keep = self.write("keep", f"#!/bin/sh\ncat >> {self.folder}/mail\n", 0o755)
        shutil.chown(self.folder, "opensmtpq")
        self.configuration = self.write("conf", SMTPD.format(
            address=self.address, chain=self.world.chain, key=self.own_key("root"), keep=keep,
            submission=SUBMISSION, verify="tls no-verify" if tls else "", scheme=self.SCHEMES[tls], proxy=self.world.proxy))
        self.launch("/usr/sbin/smtpd", "-d", "-f", self.configuration)

    def submit(self, sender, recipient, message):
        done = self.world.inside("swaks", "--server", f"127.0.0.1:{SUBMISSION}", "--from", sender, "--to", recipient,
                                 "--data", "-", input=message)
        if done.returncode:
            raise AssertionError(f"{done.stdout} {done.stderr} {self.words()}")
