"""Our own mail: what is signed, by which keys, and what others find of it."""

import re

import peers
import zones
from checks import case, check, equal, untouched
from mail_world.smtp_client import Refused
from messages import from_domain, message, results
from world import SUBMISSION


def submit(world, sent, recipient=None, sender="anna@example.org", parameters=""):
    """A message of a user who logged in, sent to the second mail host; what arrived there."""
    recipient = recipient or world.address("peer.example")
    with world.client(zones.NAMELESS, SUBMISSION, "laptop.test") as client:
        client.login("anna@mx.example.org", "secret")
        client.message(sender, [recipient], sent, parameters)
        client.quit()
    return arrived(world, recipient)


def arrived(world, recipient):
    """The message at the second mail host, without what that one put on top."""
    mail = world.mailboxes.wait(recipient.replace("peer.example", "peer.delivered"))[0]
    mail.signatures = [field for field in mail.below if field.name == "dkim-signature"]
    return mail


def tags(field):
    return dict(re.sub(r"\s", "", part).split("=", 1) for part in field.value.decode("ascii").split(";") if "=" in part)


def signers(mail):
    """(d, s) of each signature, from the top."""
    return [(tags(field).get("d"), tags(field).get("s")) for field in mail.signatures]


BOTH = [("example.org", "2026b"), ("example.org", "2026e")]


def holds(world, mail, expected=None):
    """All signatures verify, for dkimpy and for the OpenDKIM of the second mail host."""
    equal(sorted(signers(mail)), sorted(BOTH if expected is None else expected), "signatures")
    check(all(peers.dkimpy_verifies(mail.as_sent)), "a signature does not hold for dkimpy")
    verdict = results(next(field for field in mail.above if field.name == "authentication-results"))
    found = {properties.get("header.s"): result for method, result, properties in verdict[1] if method == "dkim"}
    # OpenDKIM of Debian 12 knows no Ed25519.
    equal(found.get(signers(mail)[0][1] if len(mail.signatures) == 1 else "2026b"), "pass", f"OpenDKIM says {verdict}")


def unsigned(mail, sent):
    equal(signers(mail), [], "signatures")
    check(mail.as_sent.endswith(sent), "the message was changed")


@case("a user's mail is signed with RSA and Ed25519: OpenDKIM and dkimpy verify it")
def authenticated(world):
    sent = from_domain("example.org")
    mail = submit(world, sent)
    holds(world, mail)
    check(mail.as_sent.endswith(sent), "the message was changed")


@case("a user's mail is not checked: no results of ours, whatever its client's address")
def not_checked(world):
    mail = submit(world, from_domain("example.org"))
    check(not [field for field in mail.below if field.name == "authentication-results"], "results on a user's mail")


@case("opendkim-testmsg verifies a user's mail")
def testmsg(world):
    # With one signature: it would stumble over the algorithm that it does not know.
    mail = submit(world, from_domain("post.example.org"), sender="anna@post.example.org")
    equal(peers.opendkim_test(mail.as_sent), "", "opendkim-testmsg")


@case("mail from the own network is signed, over IPv4 and IPv6")
def own_network(world):
    for source in (zones.INSIDE, zones.INSIDE6):
        recipient = world.address("peer.example")
        with world.client(source, helo="printer.local") as client:
            client.message("printer@example.org", [recipient], from_domain("example.org"))
        holds(world, arrived(world, recipient))


@case("mail that claims to be ours from outside is not signed")
def stranger_not_signed(world):
    recipient = world.address()
    with world.client(zones.EVIL) as client:
        client.envelope("x@nospf.example", [recipient])
        try:
            client.data(from_domain("example.org"))
            check(False, "the message was taken")
        except Refused as refusal:
            equal(refusal.reply.code, 550, "reply")


@case("mail of programs on the mail host (non_smtpd_milters) is signed")
def sendmail(world):
    recipient = world.address("peer.example")
    world.postfix.sendmail("cron@example.org", [recipient], from_domain("example.org").replace(b"\r\n", b"\n"))
    holds(world, arrived(world, recipient))


@case("a subdomain's mail is signed by the domain above it")
def wildcard(world):
    holds(world, submit(world, from_domain("post.example.org"), sender="anna@post.example.org"), BOTH[:1])


@case("a third party's mail is signed as configured")
def third_party(world):
    holds(world, submit(world, from_domain("third.example"), sender="anna@third.example"), BOTH[:1])


@case("mail of an author without a rule goes out unsigned and unchanged")
def no_rule(world):
    sent = from_domain("elsewhere.test")
    unsigned(submit(world, sent, sender="anna@example.org"), sent)


@case("mail of two authors' domains goes out unsigned")
def two_authors(world):
    sent = message("a@example.org, b@third.example", "Sender: a@example.org")
    unsigned(submit(world, sent), sent)


@case("a key that is not the published one does not sign, and the log says so")
def misfit(world):
    sent = from_domain("misfit.example")
    unsigned(submit(world, sent, sender="anna@misfit.example"), sent)
    log = world.daemons["standard"].log_text()
    check(re.search(r"selector m1 of misfit\.example", log), "the log does not name the key")


@case("a key that is not published does not sign")
def keyless(world):
    sent = from_domain("keyless.example")
    unsigned(submit(world, sent, sender="anna@keyless.example"), sent)


@case("unsigned: tempfail keeps such mail with the client")
def unsigned_kept(world):
    recipient = world.address("peer.example")
    with world.client(zones.INSIDE, world.port("keeping")) as client:
        client.envelope("a@keyless.example", [recipient])
        try:
            client.data(from_domain("keyless.example"))
            check(False, "the message was taken")
        except Refused as refusal:
            check(refusal.reply.code == 451 and "4.7.5" in refusal.reply.text, str(refusal.reply))
        client.message("a@example.org", [recipient], from_domain("example.org"))
    holds(world, arrived(world, recipient))


@case("results that a user writes in our name are removed, others stay and are signed over as they are")
def user_forges(world):
    plain = from_domain("example.org")
    kept = b"Authentication-Results: mx.elsewhere.test; dkim=pass\r\n"
    mail = submit(world, b"Authentication-Results: mx.example.org; dmarc=pass\r\n" + kept + plain)
    holds(world, mail)
    check(mail.as_sent.endswith(kept + plain), "the wrong fields were removed")


@case("odd folds, tabs, dots and 8-bit text of ours verify elsewhere")
def odd_outgoing(world):
    sent = from_domain("example.org", "X-Tab:\tvalue", "X-NoSpace:value", "MIME-Version: 1.0",
                       "Content-Type: text/plain;\r\n\tcharset=utf-8", "Content-Transfer-Encoding: 8bit",
                       subject="one\r\n\t two\r\n   three ", body="Grüße\r\n.dot\r\n\ttab \r\n  two  \r\n\r\n\r\n")
    mail = submit(world, sent, parameters="BODY=8BITMIME")
    holds(world, mail)
    check(mail.as_sent.endswith(sent), "the message was changed")


@case("SMTPUTF8 mail of ours is signed")
def smtputf8_outgoing(world):
    mail = submit(world, message("Änne <änne@example.org>", subject="Grüße"), sender="änne@example.org",
                  parameters="SMTPUTF8 BODY=8BITMIME")
    holds(world, mail)


@case("mail of ours with an empty body is signed")
def empty_outgoing(world):
    holds(world, submit(world, from_domain("example.org", body="")))


@case("mail of ours to ourselves is signed and has no results")
def to_ourselves(world):
    recipient = world.address()
    with world.client(zones.NAMELESS, SUBMISSION) as client:
        client.login("anna@mx.example.org", "secret")
        client.message("anna@example.org", [recipient], from_domain("example.org"))
    mail = world.mailboxes.wait(recipient)[0]
    equal([field.name for field in mail.above], ["dkim-signature"] * 2, "fields on top")
    # Signatures are above Received, and must hold with what has been put between them and the rest.
    check(all(peers.dkimpy_verifies(mail.whole)), "a signature does not hold")


@case("what is forwarded gets an ARC set that dkimpy and we find intact")
def sealed(world):
    signed = peers.sign(from_domain("good.example"), world.keys["good.example", "rsa"])
    with world.client() as client:
        client.message("ann@good.example", ["list@example.org"], signed)
    mail = world.mailboxes.wait("list@example.org")[0]
    names = [field.name for field in mail.above]
    equal(sorted(names), ["arc-authentication-results", "arc-message-signature", "arc-seal", "authentication-results"],
          "fields on top")
    equal(peers.arc_result(mail.whole)[0], "pass", f"dkimpy on the chain ({peers.arc_result(mail.whole)[1]})")


@case("an ARC chain that came in is continued")
def resealed(world):
    signed = peers.sign(from_domain("good.example"), world.keys["good.example", "rsa"])
    chained = peers.seal(signed, world.keys["list.example", "arc"], "dmarc=pass header.from=good.example")
    with world.client(zones.LIST, helo="lists.list.example") as client:
        client.message("l@list.example", ["list@example.org"], chained)
    mail = next(each for each in world.mailboxes.wait("list@example.org", 2) if b"list.example" in each.octets)
    instances = sorted(tags(field)["i"] for field in mail.named("arc-seal"))
    equal(instances, ["1", "2"], "instances")
    equal(peers.arc_result(mail.whole)[0], "pass", "dkimpy on the chain")


@case("Postfix's own bounces are signed for us and reach the sender")
def bounce(world):
    sender = world.address()
    with world.client(zones.NAMELESS, SUBMISSION) as client:
        client.login("anna@mx.example.org", "secret")
        client.message(sender, ["nobody@bounce.example"], from_domain("example.org"))
    mail = world.mailboxes.wait(sender)[0]
    check(b"5.7.1" in mail.body and "<MAILER-DAEMON@mx.example.org>" in mail.value("from"),
          f"no bounce: {mail.octets[:600]!r}")
    check(not mail.named("authentication-results"), "results on our own bounce")
    equal([tags(field).get("d") for field in mail.named("dkim-signature")], ["example.org"], "signature")
    check(all(peers.dkimpy_verifies(mail.whole)), "the signature does not hold")
