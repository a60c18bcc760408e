"""The daemon, Postfix in front of and behind it, Dovecot with a mailbox elsewhere, and reporters."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from email import message_from_bytes
from email.message import EmailMessage

from mail_world import keys, mailbox, namespaces, waiting
from mail_world.daemon import Daemon
from mail_world.postfix import Postfix, Service

#: What Postfix gives to the milter; what it passes on by LMTP after the milter saw it; what is behind the proxy.
MILTER, HAND_OVER, PROXY, BEHIND = 26, 27, 28, 10025
IMAP, HTTP = 10143, 10080
GOOD, EVIL = "198.51.100.10", "198.51.100.66"
ADDRESS = "dmarc@example.org"

CONFIGURATION = """name: mx.example.org
milter:
  listen:
    - socket: unix:{folder}/milter.sock
      mode: "0660"
      group: postfix
proxy:
  listen: tcp:{outer}:{proxy}
  server: tcp:127.0.0.1:{behind}
  spool: {folder}/spool
http:
  listen: tcp:127.0.0.1:{http}
reports:
  store: {folder}/store/reports.db
  addresses: [{address}, "@lmtp.example.org"]
  mail: {fate}
  lmtp:
    listen:
      - socket: unix:{folder}/reports.sock
        mode: "0660"
        group: postfix
  posts: {posts}
  folders: [{folder}/state/fetched, {folder}/laid]
  trusted-receivers: [mx.provider.example]
dns:
  recorded: {folder}/answers.json
log:
  level: debug
"""

DOVECOT = """base_dir = {folder}/dovecot/run
state_dir = {folder}/dovecot/state
log_path = {folder}/dovecot.log
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
default_login_user = dovenull
default_internal_user = dovecot
first_valid_uid = 1
mail_location = maildir:{folder}/elsewhere
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


def txt(name, *texts):
    return {"Status": 0, "AD": True, "Question": [{"name": f"{name}.", "type": "TXT"}],
            "Answer": [{"name": f"{name}.", "type": "TXT", "TTL": 300, "data": strings(text)} for text in texts]}


def strings(text):
    return " ".join(f'"{text[at:at + 200]}"' for at in range(0, len(text), 200))


def aggregate(number, count=3, domain="example.org"):
    """An aggregate report as reporters write them."""
    return f"""<?xml version="1.0"?>
<feedback><report_metadata><org_name>reporter.example</org_name><email>r@reporter.example</email>
<report_id>{number}</report_id><date_range><begin>1795132800</begin><end>1795219199</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>{count}</count><policy_evaluated><disposition>none</disposition>
<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>{domain}</header_from></identifiers>
<auth_results><dkim><domain>{domain}</domain><result>pass</result></dkim></auth_results></record></feedback>
""".encode()


def tls_report(number):
    return json.dumps({
        "organization-name": "Reporter", "contact-info": "r@reporter.example", "report-id": number,
        "date-range": {"start-datetime": "2026-11-20T00:00:00Z", "end-datetime": "2026-11-20T23:59:59Z"},
        "policies": [{"policy": {"policy-type": "no-policy-found", "policy-domain": "example.org"},
                      "summary": {"total-successful-session-count": 5, "total-failure-session-count": 1}}]}).encode()


def mail(file, name="r.xml.gz", sender="r@reporter.example", to=ADDRESS, results=()):
    """A report as it comes by mail, with CR LF."""
    letter = EmailMessage()
    for each in results:
        letter["Authentication-Results"] = each
    letter["From"], letter["To"], letter["Subject"] = sender, to, "Report Domain: example.org"
    letter["Date"] = "Fri, 20 Nov 2026 10:00:00 +0000"
    letter["Message-ID"] = f"<{abs(hash(file))}@reporter.example>"
    letter.set_content("A report.")
    letter.add_attachment(file, maintype="application", subtype="gzip", filename=name)
    return letter.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def packed(number, **what):
    return gzip.compress(aggregate(number, **what))


class World:
    def __init__(self, postseal, folder):
        self.postseal, self.folder = postseal, folder
        self.daemon = self.postfix = self.dovecot = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self):
        self.clients = namespaces.Clients("outside", [namespaces.OUTER_V4], [GOOD, EVIL])
        for name in ("spool", "store", "laid", "home"):
            os.makedirs(self.path(name))
        for part in ("new", "cur", "tmp"):
            os.makedirs(self.path("elsewhere", part))
        os.makedirs(self.path("state"), mode=0o700)
        shutil.chown(self.path("state"), "nobody", "nogroup")
        # A disk of its own for the store, that can be full.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", self.path("store")], check=True)
        self.key = keys.KeyMaker(self.postseal, self.path("keys")).postseal_key("reporter.example", "k")
        with open(self.path("answers.json"), "w", encoding="ascii") as file:
            json.dump([
                txt("reporter.example", f"v=spf1 ip4:{GOOD} -all"), txt("_dmarc.reporter.example", "v=DMARC1; p=none"),
                txt("k._domainkey.reporter.example", self.key.record)], file)
        self.configuration = dict(
            folder=self.folder, outer=namespaces.OUTER_V4, proxy=PROXY, behind=BEHIND, http=HTTP, address=ADDRESS,
            fate="deliver", posts="yes")
        self.daemon = Daemon(self.postseal, self.folder, "intake", CONFIGURATION.format(**self.configuration),
                             f"unix:{self.folder}/milter.sock")
        self.daemon.start().wait_ready()
        milter = f"unix:{self.folder}/milter.sock"
        own = ["mynetworks=", "smtpd_relay_restrictions=reject_unauth_destination"]
        self.postfix = Postfix(
            self.folder,
            [Service(MILTER, milter, own), Service(HAND_OVER, milter, own), Service(BEHIND, options=own)],
            ["example.org"], more="relay_domains = lmtp.example.org",
            transport=f"lmtp.example.org lmtp:unix:{self.folder}/reports.sock\n",
            extra_services="lmtp unix - - n - - lmtp\n")
        self.postfix.start()
        self.mailboxes = mailbox.Mailboxes(self.path("mail"))

    def reload(self, **changes):
        self.configuration.update(changes)
        self.daemon.configure(CONFIGURATION.format(**self.configuration))
        assert "not taken up" not in self.daemon.reload().group(0), self.daemon.log_text()[-1000:]

    def start_dovecot(self):
        import pwd
        account = pwd.getpwnam("nobody")
        for top, _, _ in os.walk(self.path("elsewhere")):
            os.chown(top, account.pw_uid, account.pw_gid)
        os.chown(self.path("home"), account.pw_uid, account.pw_gid)
        os.makedirs(self.path("dovecot", "run"))
        os.makedirs(self.path("dovecot", "state"))
        path = self.path("dovecot.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(DOVECOT.format(folder=self.folder, uid=account.pw_uid, gid=account.pw_gid, port=IMAP))
        self.dovecot = subprocess.Popen(["dovecot", "-F", "-c", path], start_new_session=True)
        import socket

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", IMAP)) == 0
        waiting.until("Dovecot", answers)

    def deliver_elsewhere(self, name, octets):
        """Lays a mail into the mailbox at the provider, as its mail server would."""
        path = self.path("elsewhere", "new", name)
        with open(path, "wb") as file:
            file.write(octets.replace(b"\r\n", b"\n"))
        os.chmod(path, 0o644)

    def mails_elsewhere(self):
        """How many mails are in that mailbox."""
        return sum(len(os.listdir(self.path("elsewhere", part))) for part in ("new", "cur"))

    def stop(self):
        if self.daemon:
            self.daemon.signal(signal.SIGKILL)
        if self.postfix:
            self.postfix.stop()
        if self.dovecot:
            self.dovecot.terminate()
            self.dovecot.wait()

    # What cases do

    def reports(self, **wanted):
        """What the store has, newest first."""
        words = [part for name, value in wanted.items() for part in (f"--{name.replace('_', '-')}", value)]
        done = subprocess.run(
            [self.postseal, "report", "list", "--json", "--count", "10000", "--store", self.path("store/reports.db"),
             *words], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def report(self, number, seconds=20):
        """Waits for a report."""
        return waiting.until(f"report {number}", lambda: self.reports(report_id=number), seconds)[0]

    def signed(self, octets):
        done = subprocess.run(
            [self.postseal, "sign", "--domain", "reporter.example", "--selector", "k", "--key", self.key.path, "-"],
            input=octets, capture_output=True, check=True)
        return done.stdout

    def post(self, octets, kind="application/tlsrpt+gzip"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{HTTP}/v1/reports", data=octets, headers={"Content-Type": kind}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def memory(self):
        """Megabytes that the daemon has in use, and has had at most."""
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return tuple(int(lines[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))


def subject(octets):
    return message_from_bytes(octets)["Subject"]
