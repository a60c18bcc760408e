"""Mail from strangers: what each method finds, and what becomes of the message."""

import re
import time

import peers
import zones
from checks import Failed, case, check, deliver, equal, hold, own_results, refused, says, untouched
from mail_world.smtp_client import Refused
from messages import from_domain, message

#: Title, client, reverse-path, HELO, author's domain, expected results. All are delivered at once.
METHODS = [
    ("SPF passes by MAIL FROM", zones.GOOD, "ann@good.example", "mail.good.example", "good.example",
     dict(spf="pass", dkim="none", dmarc="pass", iprev="pass", arc="none")),
    ("SPF passes for an IPv6 client", zones.GOOD6, "ann@good.example", "mail.good.example", "good.example",
     dict(spf="pass", dmarc="pass", iprev="pass")),
    ("SPF passes by HELO for the null sender", zones.GOOD, "", "mail.good.example", "good.example",
     dict(spf="pass", dmarc="pass")),
    ("SPF fails by HELO for the null sender", zones.EVIL, "", "mail.good.example", "plain.example",
     dict(spf="fail", dmarc="none")),
    ("SPF fails", zones.EVIL, "a@plain.example", "evil.test", "plain.example", dict(spf="fail", dmarc="none")),
    ("SPF fails for an IPv6 client", zones.EVIL6, "a@plain.example", "evil.test", "plain.example",
     dict(spf="fail", dmarc="none", iprev="permerror")),
    ("SPF fails softly", zones.EVIL, "a@soft.example", "evil.test", "soft.example", dict(spf="softfail", dmarc="none")),
    ("SPF is neutral", zones.EVIL, "a@neutral.example", "evil.test", "neutral.example", dict(spf="neutral")),
    ("SPF is not published", zones.EVIL, "a@nospf.example", "evil.test", "nospf.example",
     dict(spf="none", dmarc="none")),
    ("two SPF records are an error", zones.GOOD, "a@twice.example", "mail.good.example", "twice.example",
     dict(spf="permerror")),
    ("the host name is not the client's", zones.EVIL, "a@nospf.example", "evil.test", "nospf.example",
     dict(iprev="fail")),
    ("the client has no host name", zones.NAMELESS, "a@nospf.example", "evil.test", "nospf.example",
     dict(iprev="permerror")),
    ("DMARC fails, and the policy is none", zones.EVIL, "a@watching.example", "evil.test", "watching.example",
     dict(spf="fail", dmarc="fail")),
    ("SPF passes for another domain: DMARC fails", zones.GOOD, "a@good.example", "mail.good.example",
     "watching.example", dict(spf="pass", dmarc="fail")),
    ("a listed forwarder breaks SPF", zones.FORWARDER, "ann@good.example", "relay.forwarder.example", "good.example",
     dict(spf="fail", dmarc="fail", iprev="pass")),
    ("an exception lets a failure through", zones.EXCEPTED, "a@excepted.example", "evil.test", "excepted.example",
     dict(spf="fail", dmarc="fail")),
    ("an internationalised author's domain", zones.GOOD, "a@xn--bcher-kva.example", "mail.good.example",
     "xn--bcher-kva.example", dict(spf="pass", dmarc="pass")),
]


def add_methods():
    for title, source, sender, helo, domain, expected in METHODS:
        def run(world, source=source, sender=sender, helo=helo, domain=domain, expected=expected):
            mail = deliver(world, from_domain(domain), source, sender=sender, helo=helo)
            says(mail, **expected)
        case(title)(run)


add_methods()


@case("the null sender's SPF names HELO")
def helo_identity(world):
    mail = deliver(world, from_domain("good.example"), sender="", helo="mail.good.example")
    properties = own_results(mail)["spf"][0][1]
    equal(properties.get("smtp.helo"), "mail.good.example", "smtp.helo")


# DKIM

def add_signatures():
    for title, selectors in (("RSA", ["rsa"]), ("Ed25519", ["ed"]), ("RSA and Ed25519", ["rsa", "ed"])):
        def run(world, selectors=selectors):
            keys = [world.keys["good.example", selector] for selector in selectors]
            mail = deliver(world, peers.sign(from_domain("good.example"), *keys), zones.EVIL, sender="x@nospf.example")
            says(mail, dkim=",".join("pass" for _ in selectors), dmarc="pass", spf="none")
            for (_, properties), key in zip(own_results(mail)["dkim"], reversed(keys)):
                equal((properties.get("header.d"), properties.get("header.s")), ("good.example", key.selector), "key")
        case(f"dkimpy's {title} signature passes")(run)


add_signatures()


@case("OpenDKIM's signature passes")
def opendkim_signature(world):
    recipient = world.address()
    sent = from_domain("good.example", "X-Folded: one\r\n\ttwo\r\n   three")
    with world.client(port=2601) as client:
        client.message("ann@good.example", [recipient], sent)
        client.quit()
    signed = world.mailboxes.wait(recipient)[0]
    check(signed.named("dkim-signature"), "OpenDKIM did not sign")
    top = b"".join(field.octets for field in signed.above if field.name == "dkim-signature").replace(b"\n", b"\r\n")
    mail = deliver(world, top + sent, zones.EVIL, sender="x@nospf.example")
    says(mail, dkim="pass", dmarc="pass")
    equal(own_results(mail)["dkim"][0][1].get("header.s"), "od", "selector")


@case("a signature over another body fails, and the message is held")
def tampered(world):
    signed = peers.sign(from_domain("good.example"), world.keys["good.example", "rsa"])
    mail = hold(world, signed + b"PS: send money\r\n", zones.EVIL, sender="x@nospf.example")
    says(mail, dkim="fail", dmarc="fail")


@case("a signature over another header fails")
def tampered_header(world):
    signed = peers.sign(from_domain("watching.example"), world.keys["good.example", "rsa"])
    mail = deliver(world, signed.replace(b"Subject: hello", b"Subject: hallo"), zones.EVIL, sender="x@nospf.example")
    says(mail, dkim="fail")


@case("a signature whose published key is another one fails")
def wrong_key(world):
    key = world.keys["good.example", "rsa"]
    signed = peers.sign(from_domain("watching.example"), type(key)("good.example", "od", key.path, key.record))
    says(deliver(world, signed, zones.EVIL, sender="x@nospf.example"), dkim="fail")


@case("a signature by a revoked key is an error")
def revoked(world):
    key = world.keys["good.example", "rsa"]
    signed = peers.sign(from_domain("watching.example"), type(key)("good.example", "revoked", key.path, key.record))
    says(deliver(world, signed, zones.EVIL, sender="x@nospf.example"), dkim="permerror")


@case("a signature without a published key is an error")
def no_key(world):
    key = world.keys["good.example", "rsa"]
    signed = peers.sign(from_domain("watching.example"), type(key)("good.example", "nowhere", key.path, key.record))
    says(deliver(world, signed, zones.EVIL, sender="x@nospf.example"), dkim="permerror")


@case("simple canonicalisation survives odd folds, tabs and spaces")
def simple(world):
    odd = from_domain(
        "good.example", "X-NoSpace:value", "X-Tab:\tvalue", "X-Wide:     value   ", "X-Trail: value \t ",
        "X-Folded: one\r\n two\r\n\t three\r\n     \tfour",
        body="line\r\n  led  by  spaces \r\n\ttab\t\r\n.dot\r\n..dots\r\n\r\n\r\n")
    include = [b"from", b"subject", b"x-nospace", b"x-tab", b"x-wide", b"x-trail", b"x-folded"]
    for forms in ((b"simple", b"simple"), (b"simple", b"relaxed"), (b"relaxed", b"simple")):
        signed = peers.sign(odd, world.keys["good.example", "rsa"], forms=forms, include=include)
        says(deliver(world, signed, zones.EVIL, sender="x@nospf.example"), dkim="pass", dmarc="pass")


@case("empty fields and one with a space before its colon pass")
def odd_fields(world):
    sent = from_domain("good.example", "x-CaSe : value", "X-Empty:", "X-Blank: ", "X-Last:last")
    mail = deliver(world, sent, changed=True)
    # The space before the colon is taken out by Postfix, with or without a milter.
    untouched(mail, sent.replace(b"x-CaSe :", b"x-CaSe:"))
    says(mail, spf="pass")


@case("an empty body, and one without a line end, verify")
def empty_body(world):
    for body in ("", "\r\n\r\n\r\n"):
        signed = peers.sign(from_domain("good.example", body=body), world.keys["good.example", "rsa"],
                            forms=(b"simple", b"simple"))
        says(deliver(world, signed, zones.EVIL, sender="x@nospf.example"), dkim="pass")


# ARC

PASSED = "dmarc=pass header.from=good.example; spf=pass smtp.mailfrom=good.example"


def listed(world, sealer, results=PASSED, break_it=False):
    """A message that a list changed and sealed."""
    sent = peers.sign(from_domain("good.example"), world.keys["good.example", "rsa"])
    changed = sent.replace(b"Subject: hello", b"Subject: [list] hello") + b"-- \r\nlist footer\r\n"
    sealed = peers.seal(changed, world.keys[sealer, "arc"], results)
    return sealed + b"one more line\r\n" if break_it else sealed


@case("a trusted sealer's intact ARC chain overrides a DMARC failure")
def trusted_sealer(world):
    mail = deliver(world, listed(world, "list.example"), zones.LIST, sender="l@list.example", helo="lists.list.example")
    says(mail, spf="pass", dkim="fail", arc="pass", dmarc="fail")


@case("a stranger's ARC chain overrides nothing")
def strange_sealer(world):
    mail = hold(world, listed(world, "stranger.example"), zones.LIST, sender="l@stranger.example")
    says(mail, arc="pass", dmarc="fail")


@case("a broken ARC chain of a trusted sealer overrides nothing")
def broken_chain(world):
    mail = hold(world, listed(world, "list.example", break_it=True), zones.LIST, sender="l@list.example")
    says(mail, arc="fail", dmarc="fail")


@case("a trusted sealer that saw DMARC fail overrides nothing")
def sealer_saw_failure(world):
    message = listed(world, "list.example", PASSED.replace("dmarc=pass", "dmarc=fail"))
    says(hold(world, message, zones.LIST, sender="l@list.example"), arc="pass", dmarc="fail")


# DMARC and what is enforced

@case("DMARC fails with p=reject: 550 5.7.1, with a text that helps")
def rejected(world):
    refused(world, from_domain("good.example"), 550, ("5.7.1", "DMARC policy of good.example", "p=reject"), zones.EVIL,
            sender="x@nospf.example")


@case("DMARC fails with p=quarantine: held, and whole after the release")
def quarantined(world):
    says(hold(world, from_domain("careful.example"), zones.EVIL, sender="x@nospf.example"), dmarc="fail")


@case("a subdomain falls under sp=")
def subdomain(world):
    says(hold(world, from_domain("shop.parent.example"), zones.EVIL, sender="x@nospf.example"), dmarc="fail")


@case("a subdomain that does not exist falls under np=")
def no_such_subdomain(world):
    refused(world, from_domain("nosuch.parent.example"), 550, ("5.7.1", "np=reject"), zones.EVIL,
            sender="x@nospf.example")


@case("a policy in testing is applied one step milder")
def testing(world):
    says(hold(world, from_domain("testing.example"), zones.EVIL, sender="x@nospf.example"), dmarc="fail")


@case("p=reject with the fields of a mailing list: held by default")
def careful(world):
    hold(world, from_domain("good.example", "List-Id: <l.list.example>"), zones.EVIL, sender="x@nospf.example")


@case("dmarc-reject: reject rejects what a list passed on, too")
def strictly_rejected(world):
    refused(world, from_domain("good.example", "List-Id: <l.list.example>"), 550, "5.7.1", zones.EVIL, "strict",
            "x@nospf.example")


@case("dmarc-reject: accept and dmarc-quarantine: tag deliver")
def lenient(world):
    mail = deliver(world, from_domain("good.example"), zones.EVIL, "lenient", "x@nospf.example")
    says(mail, dmarc="fail", iprev=None)
    check(not mail.named("x-postseal"), "marked, though accept was configured")
    mail = deliver(world, from_domain("careful.example"), zones.EVIL, "lenient", "x@nospf.example")
    check((mail.value("x-postseal") or "").startswith("tag; DMARC fails"), f"X-Postseal: {mail.value('x-postseal')}")


@case("spf-fail: reject refuses with 550 5.7.23")
def spf_rejected(world):
    refused(world, from_domain("plain.example"), 550, ("5.7.23", "plain.example"), zones.EVIL, "strict",
            "a@plain.example")


@case("forged DNS never passes: its domain's mail is asked to come later")
def lying(world):
    refused(world, from_domain("bogus.org"), 451, ("4.7.1", "bogus.org"), zones.GOOD, sender="a@bogus.org")
    refused(world, from_domain("stripped.org"), 451, "4.7.1", zones.GOOD, sender="a@stripped.org")


# Authors

@case("no From field: held")
def no_from(world):
    says(hold(world, message(None), sender="ann@good.example"), dmarc="permerror", spf="pass")


@case("no-author: reject refuses")
def no_from_rejected(world):
    refused(world, message(None), 550, ("5.7.1", "no From field"), profile="strict")


@case("two From fields: 550 5.6.0")
def several_from(world):
    refused(world, message("ann@good.example", "From: eve@nospf.example"), 550, ("5.6.0", "From"))


@case("two From fields, lenient: both are delivered, octet by octet")
def several_from_accepted(world):
    mail = deliver(world, message("ann@good.example", "From: eve@nospf.example"), profile="lenient")
    equal(len(mail.named("from")), 2, "From fields")


@case("an ambiguous From is tagged")
def ambiguous(world):
    mail = deliver(world, message("<ann@good.example> <eve@evil.test>"))
    check("tag; " in (mail.value("x-postseal") or ""), f"X-Postseal: {mail.value('x-postseal')}")


# Marks

@case("quarantine: header delivers with the header field and the subject's prefix")
def header_quarantine(world):
    sent = from_domain("careful.example", subject="pay  now")
    mail = deliver(world, sent, zones.EVIL, "header", "x@nospf.example", changed=True)
    check("careful.example asks for quarantine" in (mail.value("x-postseal-quarantine") or ""),
          f"X-Postseal-Quarantine: {mail.value('x-postseal-quarantine')}")
    equal([field.octets for field in mail.named("subject")], [b"Subject: [suspicious] pay  now\n"], "Subject")
    untouched(mail, sent.replace(b"Subject: ", b"Subject: [suspicious] "))


@case("dmarc-none: tag marks the message and its subject, in place")
def tagged(world):
    sent = from_domain("watching.example", "X-After: the subject")
    mail = deliver(world, sent, zones.EVIL, "header", "x@nospf.example", changed=True)
    check((mail.value("x-postseal") or "").startswith("tag; DMARC fails"), f"X-Postseal: {mail.value('x-postseal')}")
    untouched(mail, sent.replace(b"Subject: ", b"Subject: [suspicious] "))


@case("a subject that is folded and encoded keeps its text behind the prefix")
def folded_subject(world):
    sent = from_domain("watching.example", subject="=?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_und_mehr?=")
    mail = deliver(world, sent, zones.EVIL, "header", "x@nospf.example", changed=True)
    untouched(mail, sent.replace(b"Subject: ", b"Subject: [suspicious] "))


@case("a message without a subject gets the prefix as one")
def no_subject(world):
    sent = re.sub(rb"Subject: .*\r\n", b"", from_domain("watching.example"))
    mail = deliver(world, sent, zones.EVIL, "header", "x@nospf.example", changed=True)
    equal([field.text for field in mail.named("subject")], ["[suspicious]"], "Subject")


@case("a prefix is not put twice")
def prefix_once(world):
    sent = from_domain("watching.example", subject="[suspicious] hello")
    untouched(deliver(world, sent, zones.EVIL, "header", "x@nospf.example"), sent)


@case("a dry run delivers and says what it would have done")
def dry_run(world):
    for domain, word in (("good.example", "would-reject"), ("careful.example", "would-quarantine")):
        mail = deliver(world, from_domain(domain), zones.EVIL, "dry", "x@nospf.example")
        says(mail, dmarc="fail")
        check((mail.value("x-postseal") or "").startswith(word + "; "), f"X-Postseal: {mail.value('x-postseal')}")


@case("Received-SPF is written where it is wished, and nowhere else")
def received_spf(world):
    mail = deliver(world, from_domain("good.example"), profile="strict")
    equal([field.name for field in mail.above], ["authentication-results", "received-spf"], "fields on top")
    check(re.match(r"pass .*client-ip=198\.51\.100\.10", mail.value("received-spf")), mail.value("received-spf"))
    check(not deliver(world, from_domain("good.example")).named("received-spf"), "Received-SPF by default")


# Forged fields

FORGED = [
    "mx.example.org; dmarc=pass header.from=good.example",
    "MX.Example.ORG ; spf=pass",
    "(a comment) mx.example.org; dkim=pass",
    '"mx.example.org"; dkim=pass',
    "mx.example.org 1; dkim=pass",
    "mx.example.org.; dkim=pass",
    "\r\n mx.example.org;\r\n\tdkim=pass",
    "mx.example.org(x)1; dkim=pass",
    "internal.example.org; dkim=pass",
    "filter.mx.example.org; dkim=pass",
    "mx.example.org",
    "",
]
FOREIGN = [
    "mx.elsewhere.test; dkim=pass header.d=good.example",
    "notmx.example.org; spf=pass",
    "example.org; none",
]


@case("forged Authentication-Results go in every spelling, others stay")
def forged(world):
    plain = from_domain("good.example")
    head, body = plain.split(b"\r\n\r\n", 1)
    kept = "".join(f"Authentication-Results: {value}\r\n" for value in FOREIGN).encode()
    lines = "".join(f"{name}:{' ' if value else ''}{value}\r\n" for value in FORGED
                    for name in ("Authentication-Results", "authentication-RESULTS")).encode()
    mail = deliver(world, lines + kept + head + b"\r\n" + lines + b"\r\n" + body, changed=True)
    untouched(mail, kept + plain)
    says(mail, spf="pass", dmarc="pass")


@case("forged marks of ours go")
def forged_marks(world):
    plain = from_domain("good.example")
    mail = deliver(world, b"X-Postseal: tag; not so\r\nX-Postseal-Quarantine: no\r\n" + plain, changed=True)
    untouched(mail, plain)


@case("forged fields of a held message go, too")
def forged_held(world):
    plain = from_domain("careful.example")
    recipient = world.address()
    with world.client(zones.EVIL) as client:
        client.message("x@nospf.example", [recipient],
                       b"Authentication-Results: mx.example.org; dmarc=pass\r\n" + plain)
    world.postfix.release(world.held(recipient))
    mail = world.mailboxes.wait(recipient)[0]
    untouched(mail, plain)
    says(mail, dmarc="fail")


# Forms of messages and sessions

@case("several recipients: each gets the message with one Authentication-Results")
def several_recipients(world):
    recipients = [world.address() for _ in range(5)]
    sent = from_domain("good.example")
    with world.client() as client:
        client.message("ann@good.example", recipients, sent)
    for recipient in recipients:
        mails = world.mailboxes.wait(recipient)
        equal(len(mails), 1, f"messages for {recipient}")
        untouched(mails[0], sent)
        says(mails[0], dmarc="pass")


@case("8-bit mail passes untouched, and its signature holds")
def eight_bit(world):
    sent = from_domain("good.example", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
                       "Content-Transfer-Encoding: 8bit",
                       body="Grüße aus Köln\r\n".encode() + bytes(range(128, 256)) + b"\r\n")
    signed = peers.sign(sent, world.keys["good.example", "ed"], forms=(b"simple", b"simple"))
    says(deliver(world, signed, zones.EVIL, sender="x@nospf.example", parameters="BODY=8BITMIME"), dkim="pass")


@case("SMTPUTF8 mail: addresses and headers in UTF-8")
def smtputf8(world):
    sent = message("Jürgen <jürgen@bücher.example>", subject="Grüße")
    mail = deliver(world, sent, sender="jürgen@bücher.example", parameters="SMTPUTF8 BODY=8BITMIME")
    says(mail, spf="pass", dmarc="pass")
    properties = own_results(mail)["dmarc"][0][1]
    check(properties.get("header.from") in ("bücher.example", "xn--bcher-kva.example"), f"{properties}")


@case("octets in the header that are not UTF-8")
def raw_header(world):
    sent = from_domain("good.example").replace(b"Subject: hello", b"Subject: Gr\xfc\xdfe \xff\xfe")
    says(deliver(world, sent, parameters="BODY=8BITMIME"), spf="pass", dmarc="pass")


@case("a message of 50 MB with a signature")
def large(world):
    line = b"0123456789" * 7 + b"\r\n"
    sent = peers.sign(from_domain("good.example", body=line * (50_000_000 // len(line))),
                      world.keys["good.example", "ed"], forms=(b"relaxed", b"simple"))
    began = time.monotonic()
    mail = deliver(world, sent, zones.EVIL, sender="x@nospf.example", seconds=120)
    says(mail, dkim="pass", dmarc="pass")
    check(time.monotonic() - began < 100, "took too long")


@case("a header of 300 fields and one field of 60,000 octets")
def large_header(world):
    fields = [f"X-Number-{number}: {number}" for number in range(300)]
    fields.append("X-Long: " + "\r\n ".join(["y" * 900] * 66))
    signed = peers.sign(from_domain("good.example", *fields), world.keys["good.example", "ed"],
                        forms=(b"simple", b"simple"))
    says(deliver(world, signed, zones.EVIL, sender="x@nospf.example"), dkim="pass")


@case("several messages in one connection, with a refused one and RSET between them")
def several_messages(world):
    recipients = [world.address() for _ in range(4)]
    with world.client() as client:
        client.message("ann@good.example", [recipients[0]], from_domain("good.example"))
        client.envelope("x@nospf.example", [recipients[1]])
        client.command("RSET")
        client.envelope("x@plain.example", [recipients[2]])
        try:
            client.data(message("ann@good.example", "From: eve@nospf.example"))
            raise Failed("the message with two From fields was taken")
        except Refused as refusal:
            equal(refusal.reply.code, 550, "reply")
        client.message("x@nospf.example", [recipients[3]], from_domain("nospf.example"))
        client.quit()
    says(world.mailboxes.wait(recipients[0])[0], spf="pass", dmarc="pass")
    says(world.mailboxes.wait(recipients[3])[0], spf="none", dmarc="none")
    equal([len(world.mailboxes.files(each)) for each in recipients], [1, 0, 0, 1], "messages delivered")


@case("PIPELINING: all commands at once, one recipient refused")
def pipelining(world):
    recipients = [world.address(), "someone@elsewhere.test", world.address()]
    sent = from_domain("good.example")
    with world.client() as client:
        check("PIPELINING" in client.extensions, "no PIPELINING")
        replies = client.pipelined("ann@good.example", recipients, sent)
        equal([reply.code for reply in replies], [250, 250, 554, 250, 354, 250], "replies")
    for recipient in recipients[::2]:
        mail = world.mailboxes.wait(recipient)[0]
        untouched(mail, sent)
        says(mail, spf="pass")


@case("a client that goes away amid DATA leaves nothing, and harms nobody")
def disconnected(world):
    recipient = world.address()
    for _ in range(10):
        with world.client() as client:
            client.envelope("ann@good.example", [recipient])
            client.command("DATA", 3)
            client.send(from_domain("good.example", body="x" * 70 + "\r\n") + b"and then")
    says(deliver(world, from_domain("good.example")), spf="pass")
    check(not world.mailboxes.files(recipient), "half a message was delivered")


@case("a client that says HELO once and EHLO again is judged by the last")
def second_helo(world):
    recipient = world.address()
    with world.client(helo="other.test") as client:
        client.command("EHLO mail.good.example")
        client.message("", [recipient], from_domain("good.example"))
    says(world.mailboxes.wait(recipient)[0], spf="pass")
