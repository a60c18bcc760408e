"""What must come of a message, case by case: the client's reply, and what is in the mailbox."""

import itertools
import os
import shutil

from mail_world import namespaces
from mail_world.smtp_client import Refused, SMTPClient
from world import EVIL, GOOD

SERVER = namespaces.OUTER_V4


def letter(domain, name, more="", body="hello\r\n"):
    return (f"{more}From: a@{domain}\r\nTo: {name}@example.org\r\nSubject: {name}\r\nMessage-ID: <{name}@{domain}>\r\n"
            f"Date: Mon, 21 Sep 2026 10:00:00 +0000\r\n\r\n{body}").encode()


def client(world, source=GOOD):
    return SMTPClient(world.clients, source, SERVER, 25)


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(each) for each in what))


def send(world, name, domain="good.example", source=GOOD, more="", body="hello\r\n"):
    with client(world, source) as smtp:
        return smtp.message(f"a@{domain}", [f"{name}@example.org"], letter(domain, name, more, body))


def refused(code, function):
    try:
        reply = function()
    except Refused as error:
        check(str(error.reply).startswith(code), "wanted", code, "got", error.reply)
        return
    raise AssertionError(f"wanted {code}, got {reply}")


def accepted(world):
    forged = "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example\r\n"
    reply = send(world, "accepted", more=forged)
    check("queued as" in reply.text, "the reply is not Postfix's:", reply)
    mail, = world.mailboxes.wait("accepted@example.org")
    names = [field.name for field in mail.fields]
    # Postfix's own Received, then what the proxy put on top, then the message.
    check(names[:4] == ["received", "authentication-results", "received", "from"], names)
    results = mail.value("authentication-results")
    check("dmarc=pass" in results and "spf=pass" in results and "bank.example" not in results, results)
    check(f"([{GOOD}])" in mail.fields[2].text and "by mx.example.org" in mail.fields[2].text, mail.fields[2].text)
    check(mail.octets.count(b"mx.example.org;") == 1, "forged results are left")
    check(f"client=unknown[{GOOD}]" in world.postfix.log_text(), "XFORWARD was not said, or not believed")


def rejected(world):
    refused("550 5.7.", lambda: send(world, "rejected", source=EVIL))
    check(not world.mailboxes.all("rejected@example.org"), "it was delivered")


def quarantined(world):
    send(world, "careful", domain="careful.example", source=EVIL)
    mail, = world.mailboxes.wait("careful@example.org")
    check(mail.named("x-postseal-quarantine"), "there is no mark")


def deferred(world):
    refused("451 4.7.", lambda: send(world, "slow", domain="slow.example"))


def relaying(world):
    def relay():
        with client(world) as smtp:
            smtp.envelope("a@good.example", ["b@elsewhere.example"])
    refused("554 5.7.1", relay)


def dot_lines(world):
    body = ".\r\n..two\r\nFrom here\r\n" + "\u00fc\r\n"
    with client(world) as smtp:
        smtp.message("a@good.example", ["dots@example.org"], letter("good.example", "dots", body=body), "BODY=8BITMIME")
    mail, = world.mailboxes.wait("dots@example.org")
    check(mail.body == body.replace("\r\n", "\n").encode(), mail.body)


def large(world):
    body = ("A line that is as long as many.\r\n" * 150_000)
    send(world, "large", body=body)
    mail, = world.mailboxes.wait("large@example.org", seconds=60)
    check(len(mail.body) == len(body) - body.count("\r"), len(mail.body))
    check(not os.listdir(os.path.join(world.folder, "spool")), "a file is left in the spool")


def too_large(world):
    def announce():
        with client(world) as smtp:
            smtp.command("MAIL FROM:<a@good.example> SIZE=30000000")
    refused("552 5.3.4", announce)


def pipelined(world):
    with client(world) as smtp:
        replies = smtp.pipelined("a@good.example", ["one@example.org", "two@example.org"],
                                 letter("good.example", "pipelined"))
        check([reply.code for reply in replies] == [250, 250, 250, 354, 250], [str(reply) for reply in replies])
        smtp.message("a@good.example", ["three@example.org"], letter("good.example", "again"))
    for name in ("one", "two", "three"):
        world.mailboxes.wait(f"{name}@example.org")


def chunked(world):
    message = letter("good.example", "chunks")
    with client(world) as smtp:
        smtp.envelope("a@good.example", ["chunks@example.org"])
        smtp.send(b"BDAT 10\r\n" + message[:10])
        check(smtp.reply().code == 250, "the first chunk is refused")
        smtp.send(b"BDAT %d LAST\r\n" % len(message[10:]) + message[10:])
        check(smtp.reply().code == 250, "the last chunk is refused")
    world.mailboxes.wait("chunks@example.org")


def smuggling(world):
    for number, end in enumerate((b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n")):
        with client(world) as smtp:
            smtp.envelope("a@good.example", [f"smuggled{number}@example.org"])
            smtp.command("DATA", 3)
            smtp.send(letter("good.example", "x") + b"one" + end + b"MAIL FROM:<admin@good.example>\r\n\r\n.\r\n")
            check(smtp.reply().code == 550, end)
        check(not world.mailboxes.all(f"smuggled{number}@example.org"), "delivered:", end)


def by_tls(world):
    for version in ("tls1_2", "tls1_3"):
        name = version.replace("_", "")
        talk = (("EHLO client.test", "250-mx.example.org"), ("", "250 "), ("MAIL FROM:<a@good.example>", "250 2.1.0"),
                (f"RCPT TO:<{name}@example.org>", "250 2.1.5"), ("DATA", "354"),
                (f"From: a@good.example\r\nSubject: {name}\r\n\r\nhello\r\n.", "250 2.0.0 Ok: queued as"))
        with world.talking("openssl", "s_client", "-starttls", "smtp", "-connect", f"{SERVER}:25", "-bind", f"{GOOD}:0",
                           f"-{version}", "-quiet", "-nocommands") as process:
            for line, answer in talk:
                process.stdin.write(f"{line}\r\n" if line else "")
                process.stdin.flush()
                lines = list(itertools.takewhile(lambda each: not each.startswith(answer), process.stdout))
                check(process.poll() is None, line, "was not answered with", answer, lines)
            process.kill()
        mail, = world.mailboxes.wait(f"{name}@example.org")
        check(" with ESMTPS tls TLS_" in mail.fields[2].text, mail.fields[2].text)


def injected(world):
    with client(world) as smtp:
        smtp.send(b"STARTTLS\r\nMAIL FROM:<a@good.example>\r\n")
        check(smtp.reply().code != 220, "text behind STARTTLS is let through")


def by_swaks(world):
    if not shutil.which("swaks"):
        return "skipped"
    shown = world.inside("swaks", "--server", f"{SERVER}:25", "--local-interface", GOOD, "--tls", "--from",
                         "a@good.example", "--to", "swaks@example.org", "--header", "From: a@good.example")
    check(shown.returncode == 0, shown.stdout, shown.stderr)
    world.mailboxes.wait("swaks@example.org")
    return None


def reloaded(world):
    before = world.inside("openssl", "s_client", "-starttls", "smtp", "-connect", f"{SERVER}:25", input="QUIT\n").stdout
    check("CN = mx.example.org" in before or "CN=mx.example.org" in before, before)
    world.certify("new.example.org")
    check("not" not in world.daemon.reload().group(0).split("configuration")[1], "not taken up")
    after = world.inside("openssl", "s_client", "-starttls", "smtp", "-connect", f"{SERVER}:25", input="QUIT\n").stdout
    check("new.example.org" in after, after)


def gone(world):
    """Must be the last: the server behind goes away, and comes back."""
    with client(world) as smtp:
        smtp.message("a@good.example", ["before@example.org"], letter("good.example", "before"))
        world.postfix.stop()
        refused("451 4.4.1", lambda: smtp.message("a@good.example", ["b@example.org"], letter("good.example", "b")))
        world.postfix.start()
        smtp.message("a@good.example", ["after@example.org"], letter("good.example", "after"))
    world.mailboxes.wait("after@example.org")


CASES = [
    ("a good message, with results and a trace on top, and Postfix's own reply", accepted),
    ("DMARC says reject: nothing is delivered", rejected),
    ("DMARC says quarantine: delivered with a mark", quarantined),
    ("DNS does not answer: later", deferred),
    ("Postfix refuses to relay, and the client hears it", relaying),
    ("lines that begin with dots, and letters outside of ASCII", dot_lines),
    ("a large message, through the spool", large),
    ("a message that is announced as too large", too_large),
    ("all commands in one write, two recipients, two messages on a connection", pipelined),
    ("chunks", chunked),
    ("ends of data that are none", smuggling),
    ("TLS 1.2 and 1.3 by openssl", by_tls),
    ("plain text behind STARTTLS", injected),
    ("swaks, by TLS", by_swaks),
    ("another certificate after SIGHUP", reloaded),
    ("the server behind goes away and comes back", gone),
]
