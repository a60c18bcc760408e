"""Who delivers through the proxy, who receives from the relay, and what a look from outside finds."""

import contextlib
import re
import smtplib

from mail_world import waiting
from world import SWAKS

#: Letters outside of ASCII, and lines of dots.
BODY = "hello\n.\n..two\nGr\u00fc\u00dfe\n"


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(each) for each in what))


def letter(domain, name, to, body=BODY):
    return (f"From: a@{domain}\nTo: {to}\nSubject: {name}\nMessage-ID: <{name}@{domain}>\n"
            f"Date: Thu, 26 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}")


@contextlib.contextmanager
def running(peer, **how):
    peer.start(**how)
    try:
        yield peer
    finally:
        peer.stop()


def came_in(world, name, protocol, peer):
    """The message in the mailbox behind the proxy, as it was sent, by the protocol of its trace."""
    try:
        mail, = world.mailboxes.wait(f"{name}@example.org", seconds=30)
    except waiting.TooLate as error:
        raise AssertionError(f"{error} {peer.words() if peer else ''} {world.daemon.log_text()[-1500:]}") from error
    check("dmarc=pass" in mail.value("authentication-results"), mail.value("authentication-results"))
    trace = next(field.text for field in mail.fields if field.name == "received" and "Postseal" in field.text)
    check(re.search(rf" with {protocol} ", trace), trace)
    check(mail.body.rstrip(b"\n") == BODY.encode().rstrip(b"\n"), mail.body)


def delivers(name, protocol, choose, **how):
    def case(world):
        peer = choose(world)
        with running(peer, **how):
            peer.submit(f"a@{peer.name}.example", f"{name}@example.org",
                        letter(f"{peer.name}.example", name, f"{name}@example.org"))
            came_in(world, name, protocol, peer)
    return case


def swaks(name, protocol, *options):
    def case(world):
        done = world.inside(
            "swaks", "--server", f"{world.proxy}:25", "--local-interface", SWAKS, "--from", "a@swaks.example", "--to",
            f"{name}@example.org", "--data", "-", *options,
            input=letter("swaks.example", name, f"{name}@example.org"))
        check(done.returncode == 0, done.stdout[-1500:], done.stderr[-500:])
        came_in(world, name, protocol, None)
    return case


def receives(name, choose, protocol, **how):
    """The relay hands it a message, and an address that it does not know."""
    def case(world):
        peer = choose(world)
        with running(peer, **how):
            with smtplib.LMTP(world.relay, local_hostname="queue.example.org") as lmtp:
                recipient = f"{name}@{peer.name}.example"
                text = letter("example.org", name, recipient).replace("\n", "\r\n").encode()
                refused = lmtp.sendmail("a@example.org", [recipient], text, ["BODY=8BITMIME"])
                check(not refused, refused, peer.words())
            waiting.until(f"{name} arrives", lambda: f"Subject: {name}".encode() in peer.arrived(), 20)
            text = peer.arrived().replace(b"\r\n", b"\n")
            check("Gr\u00fc\u00dfe".encode() in text and b"\n..two\n" in text, text)
            check(re.search(protocol.encode(), text), text)
    return case


def look(world):
    """Each version and cipher of TLS that OpenSSL here has, the weak ones too."""
    def handshake(*options):
        shown = world.inside("openssl", "s_client", "-starttls", "smtp", "-connect", f"{world.proxy}:25", *options,
                             input="QUIT\n")
        version, cipher = (re.search(pattern, shown.stdout) for pattern in (
            r"(?:Protocol\s*: |^New, )(TLSv1(?:\.\d)?|SSLv\d)", r"Cipher is (\S+)"))
        done = shown.returncode == 0 and cipher and cipher.group(1) not in ("(NONE)", "0000")
        return (version.group(1) if version else "?", cipher.group(1)) if done else None
    for version in ("-tls1", "-tls1_1"):
        check(handshake(version, "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0") is None, version, "is taken")
    ciphers = world.inside("openssl", "ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").stdout.strip()
    taken = [name for name in ciphers.split(":") if handshake("-tls1_2", "-cipher", f"{name}:@SECLEVEL=0")]
    weak = [name for name in taken if not re.match(r"ECDHE-\w+-(AES\d+-GCM|CHACHA20)", name)]
    check(taken and not weak, "weak:", weak, "taken:", taken)
    check(handshake("-tls1_3"), "no TLS 1.3")
    shown = world.inside("openssl", "s_client", "-starttls", "smtp", "-connect", f"{world.proxy}:25", "-tls1_2",
                         input="R\nQUIT\n").stdout
    check("Compression: NONE" in shown, "compression")
    check("Secure Renegotiation IS supported" in shown, "insecure renegotiation")


def exim(world):
    return world.exim


def smtpd(world):
    return world.smtpd


CASES = [
    ("Exim delivers by TLS 1.3, in chunks", delivers("exim13", r"ESMTPS tls TLS_\w+", exim, tls="1.3")),
    ("Exim delivers by TLS 1.2, by DATA",
     delivers("exim12", r"ESMTPS tls TLS_ECDHE\w+", exim, tls="1.2", chunking=False)),
    ("OpenSMTPD delivers by TLS", delivers("smtpdtls", r"ESMTPS tls TLS_\w+", smtpd)),
    ("OpenSMTPD delivers in the clear", delivers("smtpdplain", "ESMTP", smtpd, tls=False)),
    ("swaks delivers by TLS", swaks("swakstls", r"ESMTPS tls TLS_\w+", "--tls")),
    ("swaks delivers in one write", swaks("swakspipe", "ESMTP", "--pipeline")),
    ("swaks delivers by HELO", swaks("swakshelo", "SMTP", "--protocol", "SMTP")),
    ("Exim receives by TLS 1.3", receives("toexim13", exim, r"with esmtps *\(TLS1\.3\)", tls="1.3")),
    ("Exim receives by TLS 1.2", receives("toexim12", exim, r"with esmtps *\(TLS1\.2\)", tls="1.2")),
    # Debian's OpenSMTPD 6.8 can't sign a handshake under OpenSSL 3, as OpenSSL's own client finds too.
    ("OpenSMTPD receives, whose TLS breaks off: nothing asks for it", receives("tosmtpd", smtpd, r"with ESMTPS? id")),
    ("No weak version or cipher of TLS is taken", look),
]
