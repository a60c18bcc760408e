"""Debian's Sendmail, unpacked and not installed, with a configuration and a queue of the world's own."""

import importlib.util
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

from mail_world import mailbox, waiting

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNPACKED = ROOT / ".build" / "unpacked"
BINARY = UNPACKED / "sendmail-bin/usr/libexec/sendmail/sendmail"
CF = UNPACKED / "sendmail-cf/usr/share/sendmail/cf"

#: What is around the lines of the document: one domain whose mail is delivered to files.
MC = """divert(-1)
include(`{cf}/m4/cf.m4')
divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mx.example.org')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`confPID_FILE', `{folder}/sendmail.pid')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`ALIAS_FILE', `')dnl
define(`confHOSTS_FILE', `/etc/hosts')dnl
define(`confTO_IDENT', `0s')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/service.switch')dnl
define(`confLOG_LEVEL', `14')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`nouucp', `reject')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
RELAY_DOMAIN(`example.org')dnl
DAEMON_OPTIONS(`Port=25, Name=MTA, Family=inet')dnl
{lines}
MAILER(`smtp')dnl
LOCAL_RULE_0
R$* <@ example.org.>\t$#file $@ here $: $1@example.org
MAILER_DEFINITIONS
Mfile,\t\tP={folder}/deliver, F=DFMPlnSu, T=DNS/RFC822/X-Unix,
\t\tA=deliver $u
"""

#: Writes a message into a file whose name is the recipient and a number.
DELIVER = """#!/bin/sh
umask 077
new="{folder}/mail/$1.$$"
cat >"$new.part" && mv "$new.part" "$new"
"""


def lacking():
    """What is not there."""
    missing = [name for name in ("m4", "ip") if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    missing += [path.name for path in (BINARY, CF) if not path.exists()]
    return missing + [f"python3-{name}" for name in ("dkim",) if not importlib.util.find_spec(name)]


def lines_of_document():
    """The lines that docs/daemon.md gives for sendmail.mc."""
    text = (ROOT / "docs" / "daemon.md").read_text(encoding="utf-8")
    return re.search(r"### Sendmail\n.*?```\n(.*?)```", text, re.S).group(1)


class Sendmail:
    def __init__(self, folder):
        self.folder = folder
        self.configuration = os.path.join(folder, "sendmail.cf")
        self.mail = os.path.join(folder, "mail")
        self.process = None

    def start(self):
        for name in ("queue", "mail"):
            os.makedirs(os.path.join(self.folder, name), mode=0o700)
        self.write("deliver", DELIVER.format(folder=self.folder), 0o755)
        self.write("service.switch", "hosts files\naliases files\n")
        self.write("sendmail.mc", MC.format(cf=CF, folder=self.folder, lines=lines_of_document()))
        made = subprocess.run(["m4", f"-D_CF_DIR_={CF}/", f"{self.folder}/sendmail.mc"], check=True,
                              capture_output=True, text=True)
        self.write("sendmail.cf", made.stdout)
        log = open(os.path.join(self.folder, "sendmail.log"), "w", encoding="ascii")
        self.process = subprocess.Popen(self.words("-bD", "-q1s"), stdout=log, stderr=log, start_new_session=True)
        waiting.until("Sendmail answers", self.answers)

    def words(self, *options):
        """A call of Sendmail: in the foreground, with the log where its output goes."""
        return [str(BINARY), f"-C{self.configuration}", "-X", f"{self.folder}/traffic.log", *options]

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    @staticmethod
    def answers():
        try:
            socket.create_connection(("127.0.0.1", 25), 2).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def delivered(self, recipient):
        """The messages that were delivered to a recipient."""
        found = []
        for name in sorted(os.listdir(self.mail)):
            if name.rpartition(".")[0] == recipient:
                with open(os.path.join(self.mail, name), "rb") as file:
                    found.append(mailbox.Mail(file.read()))
        return found

    def wait(self, recipient):
        return waiting.until(f"a message for {recipient}", lambda: self.delivered(recipient))[0]

    def quarantined(self):
        """Queue ids of what is held."""
        return [name[2:] for name in os.listdir(os.path.join(self.folder, "queue")) if name.startswith("hf")]

    def call(self, *options):
        return subprocess.run(self.words(*options), capture_output=True, text=True, check=False)
