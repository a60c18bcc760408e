"""Debian's Postfix with a configuration, a queue and a log of the world's own.

Its directory is mounted over /etc/postfix, which is all there is in this mount namespace: `sendmail`, `postqueue` and
the others work without options, and the system's own instance is neither used nor seen.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess

from . import waiting

SASL = """pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN
sasldb_path: {folder}/sasl/sasldb2
"""

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = mx.example.org
mydestination =
local_recipient_maps =
alias_maps =
inet_protocols = all
mynetworks = 127.0.0.0/8 [::1]/128 10.20.0.0/24 [fd20::]/64
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 80000000
transport_maps = texthash:{folder}/etc/transport
smtpd_sasl_local_domain = mx.example.org
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtputf8_enable = yes
default_process_limit = 300
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
milter_protocol = 6
milter_default_action = tempfail
milter_connect_timeout = 5s
milter_command_timeout = 60s
milter_content_timeout = 120s
internal_mail_filter_classes = bounce
{more}
"""

MASTER = """pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       2       1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
postlog   unix-dgram n  -       n       -       1       postlogd
"""


class Service:
    """A port that smtpd listens on, at one address or at all, with the milters it asks."""

    def __init__(self, port, milters="", options=(), address=""):
        self.port, self.milters, self.options, self.address = port, milters, options, address

    def lines(self):
        yield f"{self.address}{':' if self.address else ''}{self.port} inet n - n - - smtpd\n"
        for option in (f"smtpd_milters={self.milters}", f"syslog_name=postfix/{self.port}", *self.options):
            yield f"    -o {option}\n"


class Postfix:
    def __init__(self, folder, services, domains, more="", extra_services="", transport="", owner="nobody"):
        self.folder = folder
        self.log = os.path.join(folder, "maillog")
        self.process = None
        # All are bound before any answers, so these tell also of those at addresses of their own.
        self.ports = [service.port for service in services if not service.address]
        account = pwd.getpwnam(owner)
        for name in ("queue", "data", "sasl", "mail"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        shutil.copytree("/etc/postfix", os.path.join(folder, "etc"), symlinks=True)
        shutil.chown(os.path.join(folder, "data"), "postfix")
        os.chown(os.path.join(folder, "mail"), account.pw_uid, account.pw_gid)
        main = MAIN.format(folder=folder, domains=" ".join(domains), uid=account.pw_uid, gid=account.pw_gid, more=more)
        # What comes later counts, and once: each process would log a warning before the log is there for it.
        settings = {line.partition("=")[0].strip(): line for line in main.splitlines() if line.strip()}
        self.write("etc/main.cf", "\n".join(settings.values()) + "\n")
        lines = [line for service in services for line in service.lines()]
        self.write("etc/master.cf", "".join(lines) + MASTER + extra_services)
        self.write("etc/transport", transport)
        self.write("etc/sasl/smtpd.conf", SASL.format(folder=folder))
        subprocess.run(["mount", "--bind", os.path.join(folder, "etc"), "/etc/postfix"], check=True)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(text)

    def add_user(self, name, password):
        path = os.path.join(self.folder, "sasl", "sasldb2")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", path, "-u", "mx.example.org", name], input=password, text=True,
                       check=True, capture_output=True)
        shutil.chown(path, "postfix")

    def start(self):
        with open(os.path.join(self.folder, "postfix.out"), "w", encoding="ascii") as out:
            # In the foreground: the first process of a PID namespace would be left with it as a zombie otherwise.
            self.process = subprocess.Popen(["postfix", "start-fg"], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                            start_new_session=True)
        for port in self.ports:
            waiting.until(f"Postfix at port {port}", lambda: self.listens(port))

    def listens(self, port):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "postfix.out"), encoding="utf-8", errors="replace") as file:
                raise waiting.TooLate(f"Postfix ended: {file.read()} {self.log_text()[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def stop(self):
        """Ends it at once, and all of its sessions."""
        if self.process and self.process.poll() is None:
            # The master has left the group of the program that began it.
            subprocess.run(["postfix", "abort"], check=False, capture_output=True, timeout=30)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def kill(self):
        """Ends all of it as a loss of power would, but for what the system still writes to the disk."""
        with open(os.path.join(self.folder, "queue", "pid", "master.pid"), encoding="ascii") as file:
            # The master's group has all of its processes.
            group = int(file.read())
        os.killpg(group, signal.SIGKILL)
        self.process.wait(10)
        try:
            # The first process of a PID namespace gets those whose parent is gone.
            while os.waitpid(-group, 0):
                pass
        except ChildProcessError:
            pass
        # Its checks would stumble over files that are half written, which its daemons take as they are.
        self.write("queue/quick-start", "")

    def log_text(self, start=0):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                file.seek(start)
                return file.read()
        except FileNotFoundError:
            return ""

    def log_size(self):
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def queue(self):
        """The messages in the queue, as `postqueue -j` tells of them."""
        shown = subprocess.run(["postqueue", "-j"], capture_output=True, text=True, check=True).stdout
        return [json.loads(line) for line in shown.splitlines()]

    def queued_for(self, recipient, name=None):
        return [message for message in self.queue()
                if any(each["address"] == recipient for each in message["recipients"])
                and name in (None, message["queue_name"])]

    def release(self, queue_id):
        subprocess.run(["postsuper", "-H", queue_id], check=True, capture_output=True)
        self.flush()

    @staticmethod
    def flush():
        subprocess.run(["postqueue", "-f"], check=True, capture_output=True)

    @staticmethod
    def sendmail(sender, recipients, message):
        """Hands in a message as programs on the mail host do; LF at its line ends."""
        subprocess.run(["sendmail", "-i", "-f", sender, *recipients], input=message, check=True, capture_output=True)
