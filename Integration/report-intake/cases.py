"""Every way by which reports come in: what is stored, whether it is counted, and what the sender is told."""

import gzip
import os
import random
import re
import subprocess
import time
import zlib

from mail_world import namespaces, program, waiting
from mail_world.smtp_client import Disconnected, Refused, SMTPClient
from world import (ADDRESS, EVIL, GOOD, HAND_OVER, IMAP, MILTER, PROXY, aggregate, mail, packed, tls_report)


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(each) for each in what))


def client(world, port, source=GOOD, seconds=60):
    return SMTPClient(world.clients, source, namespaces.OUTER_V4, port, seconds=seconds)


def send(world, port, octets, source=GOOD, recipients=(ADDRESS,), sender="r@reporter.example"):
    with client(world, port, source) as smtp:
        return smtp.message(sender, list(recipients), octets)


def by_milter(world):
    send(world, MILTER, mail(packed("milter-1")))
    # It is stored before the client is told so.
    report, = world.reports(report_id="milter-1")
    check(report["counted"] and report["domain"] == "example.org", report)
    world.mailboxes.wait(ADDRESS)
    send(world, MILTER, mail(packed("milter-1")))
    check(len(world.reports(report_id="milter-1")) == 1, "it counts twice")


def unverified(world):
    send(world, MILTER, mail(packed("milter-2")), source=EVIL, sender="x@elsewhere.example")
    report, = world.reports(report_id="milter-2")
    check(not report["counted"], "a forgery is counted", report)
    shown = subprocess.run([world.postseal, "report", "summary", "example.org", "--days", "3650", "--json", "--store",
                            world.path("store/reports.db")], capture_output=True, text=True, check=False)
    check('"reports_apart":1' in shown.stdout.replace(" ", ""), shown.stdout, shown.stderr)


def by_proxy(world):
    before = len(world.mailboxes.all(ADDRESS))
    send(world, PROXY, mail(packed("proxy-1")))
    check(world.reports(report_id="proxy-1")[0]["counted"])
    world.mailboxes.wait(ADDRESS, before + 1)


def other_mail(world):
    before, count = len(world.mailboxes.all(ADDRESS)), len(world.reports())
    send(world, MILTER, mail(b"no report", name="notes.gz"))
    send(world, PROXY, b"From: r@reporter.example\r\nSubject: hello\r\n\r\nIs anybody there?\r\n")
    world.mailboxes.wait(ADDRESS, before + 2)
    check(len(world.reports()) == count, "something else was taken for a report")


def discarded(world):
    world.reload(fate="discard")
    before = len(world.mailboxes.all(ADDRESS))
    for port, name in ((MILTER, "gone-1"), (PROXY, "gone-2")):
        send(world, port, mail(packed(name)))
        check(world.reports(report_id=name))
        # Who is written to besides gets his mail, and so does who sends no report.
        send(world, port, mail(packed(f"{name}-both")), recipients=(ADDRESS, f"{name}@example.org"))
        world.mailboxes.wait(f"{name}@example.org")
        send(world, port, mail(b"no report", name="notes.gz"))
    # With one to others besides, all recipients get it.
    found = world.mailboxes.wait(ADDRESS, before + 4)
    check(len(found) == before + 4, len(found) - before, "were delivered")
    world.reload(fate="deliver")


def by_lmtp(world):
    # Postfix's milter has written what it found on the mail by then.
    send(world, HAND_OVER, mail(packed("lmtp-1"), to="r@lmtp.example.org"), recipients=("r@lmtp.example.org",))
    check(world.report("lmtp-1")["counted"])
    # That was by milter; what only came by LMTP is judged by its signature.
    world.reload(address="nobody@example.org")
    lmtp(world, world.signed(mail(packed("lmtp-2"))), "250 2.0.0")
    check(world.report("lmtp-2")["counted"])
    lmtp(world, mail(packed("lmtp-3")), "250 2.0.0")
    check(not world.report("lmtp-3")["counted"])
    forged = mail(packed("lmtp-4"), results=["mx.elsewhere.example; dmarc=pass header.from=reporter.example"])
    lmtp(world, forged, "250 2.0.0")
    check(not world.report("lmtp-4")["counted"], "anybody's results are believed")
    lmtp(world, mail(b"x", name="notes.gz"), "554 5.6.0")
    lmtp(world, mail(packed("lmtp-5")), "550 5.1.1", to="stranger@example.org")
    world.reload(address=ADDRESS)


def lmtp(world, octets, expected, to="r@lmtp.example.org"):
    import smtplib
    with smtplib.LMTP(world.path("reports.sock")) as server:
        server.ehlo("client.example")
        server.mail("r@reporter.example")
        code, text = server.rcpt(to)
        if code == 250:
            code, text = server.data(octets)
    reply = f"{code} {text.decode()}"
    check(reply.startswith(expected), "wanted", expected, "got", reply)


def by_post(world):
    status, answer = world.post(gzip.compress(tls_report("post-1")))
    check(status == 201 and answer["new"] == 1 and answer["counted"], status, answer)
    status, answer = world.post(tls_report("post-1"), "application/tlsrpt+json")
    check(status == 201 and answer["known"] == 1, status, answer)
    status, answer = world.post(packed("post-2"), "application/gzip")
    check(status == 201 and not answer["counted"], "a posted DMARC report is counted", answer)
    for octets in (b"{", b"hello", gzip.compress(b"hello"), b"<feedback/>"):
        status, answer = world.post(octets)
        check(status == 422 and answer["error"], status, answer)
    world.reload(posts="no")
    check(world.post(tls_report("post-3"))[0] == 404)
    world.reload(posts="yes")


def recipe(name, *changes):
    """What docs/reports.md says to write, with other places."""
    page = (program.ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    text, = re.findall(rf"```{name}\n(.*?)```", page, re.DOTALL)
    for there, here in changes:
        check(text.count(there) == 1, there, "is not in the recipe:", text)
        text = text.replace(there, here)
    return text


def from_folders(world):
    """What the guide says about a mailbox elsewhere: mbsync fills a Maildir, fetchmail hands over by LMTP."""
    world.start_dovecot()
    good = ["mx.provider.example; dkim=pass header.d=reporter.example; dmarc=pass header.from=reporter.example"]
    world.deliver_elsewhere("1.a", mail(packed("imap-1"), results=good))
    world.deliver_elsewhere("2.a", mail(packed("imap-2")))
    # What proves itself by its signature, in a Maildir whose lines end in LF; fetchmail's is another one.
    world.deliver_elsewhere("2.b", world.signed(mail(packed("imap-4"))))
    with open(world.path("mbsyncrc"), "w", encoding="ascii") as file:
        file.write(recipe(
            "mbsync", ("imap.provider.example", f"127.0.0.1\nPort {IMAP}"), ("dmarc-reports@example.org", "reports"),
            ("cat /etc/postseal/imap-password", "echo secret"), ("SSLType IMAPS", "SSLType None\nAuthMechs PLAIN"),
            ("/var/lib/postseal/fetched", world.path("state", "fetched"))))
    # As the guide has it: a user without a home, whose the folder of the state is.
    run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "HOME=/", "mbsync", "-c",
        world.path("mbsyncrc"), "reports")
    with open(world.path("laid", "by-hand.xml"), "wb") as file:
        file.write(aggregate("hand-1"))
    # As if it lay there for a while; then the daemon looks again.
    os.utime(file.name, (time.time() - 60, time.time() - 60))
    world.reload()
    check(world.report("imap-1")["counted"], "what the provider vouches for is not counted")
    check(not world.report("imap-2")["counted"], "what nobody vouches for is counted")
    check(world.report("imap-4")["counted"], "a good signature is not seen")
    check(world.report("hand-1")["counted"])
    world.deliver_elsewhere("3.a", world.signed(mail(packed("imap-3"))))
    world.deliver_elsewhere("3.b", b"From: ann@example.org\r\nSubject: a letter\r\n\r\nAnd no report.\r\n")
    before = world.mails_elsewhere()
    config = world.path("fetchmailrc")
    with open(config, "w", encoding="ascii") as file:
        file.write(recipe(
            "fetchmail", ("imap.provider.example protocol imap", f"127.0.0.1 protocol imap port {IMAP} auth password"),
            ('user "dmarc-reports@example.org" ssl', 'user "reports" password "secret" sslproto "" fetchall'),
            ("/run/postseal/reports.sock", world.path("reports.sock")),
            ("dmarc-reports@example.org", "r@lmtp.example.org")))
    os.chmod(config, 0o600)
    run("fetchmail", "-f", config, "--pidfile", world.path("fetchmail.pid"), ok=(0,))
    check(world.report("imap-3")["counted"])
    check(world.mails_elsewhere() == before, "fetchmail took mail out of the mailbox")


def run(*words, ok=(0,)):
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    check(done.returncode in ok, words[0], done.returncode, done.stdout[-1500:], done.stderr[-1500:])


def full_disk(world):
    """Nobody is told that a report is taken which is not stored."""
    with open(world.path("store", "filler"), "wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError:
            pass
    # Noise, so that it has to grow.
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=300_000))
    big = gzip.compress(aggregate("full-1") + f"<!-- {noise} -->".encode())
    for port in (MILTER, PROXY):
        try:
            reply = send(world, port, mail(big))
            raise AssertionError(f"it was taken: {reply}")
        except Refused as error:
            check(str(error.reply).startswith("451 4.3.0"), error.reply)
    lmtp(world, world.signed(mail(big)), "451 4.3.0")
    check(world.post(gzip.compress(tls_report("full-2") + b" " * 100_000 + noise.encode()))[0] in (503, 422))
    # Other mail goes on.
    send(world, MILTER, mail(b"other", name="x.gz", to="other@example.org"), recipients=("other@example.org",))
    world.mailboxes.wait("other@example.org")
    os.remove(world.path("store", "filler"))
    send(world, MILTER, mail(big))
    check(len(world.reports(report_id="full-1")) == 1)


def hostile(world):
    """Bombs and oddities: refused with a reason, and the next report comes through."""
    deep = b"<feedback>" + b"<a>" * 100_000
    entities = (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
                b'<!ENTITY x SYSTEM "file:///etc/passwd">]><feedback>&b;&x;</feedback>')
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed_bomb = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(2000)) + bomb.flush()
    before = len(world.reports())
    for name, octets in [("bomb", packed_bomb), ("twice", gzip.compress(packed_bomb)), ("deep", gzip.compress(deep)),
                         ("entities", gzip.compress(entities)), ("text", gzip.compress(b"<feedback>" + b"a" * 10**8)),
                         ("json", gzip.compress(b'{"policies":' + b"[" * 100_000))]:
        send(world, PROXY, mail(octets, name=f"{name}.xml.gz"))
        send(world, MILTER, mail(packed(f"after-{name}")))
        check(len(world.reports(report_id=f"after-{name}")) == 1, "the next report was lost after", name)
    check(len(world.reports()) == before + 6, "something hostile was taken")
    now, most = world.memory()
    check(most < 200, "the daemon had", most, "MB")
    return f"{now} MB, at most {most} MB"


def killed(world):
    """The daemon is killed while reports come in: what was answered with 250 is stored, and once."""
    moments, taken = random.Random(int(os.environ.get("REPORT_INTAKE_SEED", "7"))), 0
    rounds, names = int(os.environ.get("REPORT_INTAKE_ROUNDS", "5")), []
    import threading
    for number in range(rounds):
        over = threading.Event()

        def senders(start):
            for each in range(start, start + 40):
                name = f"kill-{number}-{each}"
                while not over.is_set():
                    try:
                        send(world, (MILTER, PROXY)[each % 2], mail(packed(name)))
                        names.append(name)
                        break
                    except (Refused, Disconnected):
                        time.sleep(0.02)

        threads = [threading.Thread(target=senders, args=(start,)) for start in (0, 40, 80, 120)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            time.sleep(moments.uniform(0.05, 0.6))
            world.daemon.kill()
            world.daemon.start().wait_ready()
        end = time.monotonic() + 120
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))
        over.set()
        check(not any(thread.is_alive() for thread in threads), "senders hang")
        taken += 160
    check(len(names) == taken, len(names), "of", taken, "were taken")
    stored = [report["report_id"] for report in world.reports() if report["report_id"].startswith("kill-")]
    check(len(stored) == len(set(stored)), "some are there twice")
    check(set(stored) >= set(names), "lost:", sorted(set(names) - set(stored))[:10])
    return f"{taken} reports, {3 * rounds} kills"


CASES = [
    ("a report by milter is stored before it is answered, delivered, and counts once", by_milter),
    ("a report that proves nothing is kept apart", unverified),
    ("a report by the proxy", by_proxy),
    ("mail to the address that is no report is delivered", other_mail),
    ("mail: discard", discarded),
    ("LMTP", by_lmtp),
    ("POST /v1/reports", by_post),
    ("a mailbox at a provider (Dovecot), by mbsync and by fetchmail; a folder of files", from_folders),
    ("a full disk: everybody is told to come again, and nobody waits", full_disk),
    ("hostile reports", hostile),
    ("kill -9 while reports come in", killed),
]
