"""The daemon's life: DNS that fails, restarts, reloads, sockets, new keys."""

import grp
import os
import signal
import threading
import time

import peers
import zones
from cases_outgoing import holds, signers, submit
from checks import case, check, deliver, equal, refused, says
from mail_world import waiting
from mail_world.smtp_client import Disconnected, Refused
from messages import from_domain


# DNS

def timed(limit, what, action):
    began = time.monotonic()
    result = action()
    took = time.monotonic() - began
    check(took < limit, f"{what} took {took:.1f} s")
    return result


@case("DNS is dead: 451 within the deadline")
def dead(world):
    timed(4, "the reply", lambda: refused(world, from_domain("good.example"), 451, ("4.7.1", "good.example"),
                                          profile="dead"))


@case("DNS is dead and fail.dns is accept: delivered within the deadline, and the results say so")
def dead_accept(world):
    mail = timed(4, "the delivery", lambda: deliver(world, from_domain("good.example"), profile="dead-accept"))
    says(mail, spf="temperror", dmarc="temperror", iprev="temperror")


@case("DNS is dead and fail.dns is reject: 550 within the deadline")
def dead_reject(world):
    timed(4, "the reply", lambda: refused(world, from_domain("good.example"), 550, "5.7.1", profile="dead-reject"))


@case("DNS is slow, but within its time: the message waits and is judged")
def slow(world):
    mail = timed(6, "the delivery", lambda: deliver(
        world, from_domain("ms700.slow.example"), profile="slow", sender="a@ms700.slow.example"))
    says(mail, spf="pass", dmarc="none")


@case("DNS is slower than its time: a result, not a wait")
def too_slow(world):
    mail = timed(6.5, "the delivery", lambda: deliver(
        world, from_domain("watching.example"), profile="slow", sender="a@ms20000.slow.example"))
    says(mail, spf="temperror", dmarc="fail")


@case("many messages at once while DNS is dead: all answered within the deadline")
def many_dead(world):
    def one():
        try:
            with world.client(port=world.port("dead")) as client:
                client.envelope("ann@good.example", ["you@example.org"])
                codes.append(client.data(from_domain("good.example")).code)
        except Refused as refusal:
            codes.append(refusal.reply.code)
        except Disconnected as error:
            codes.append(str(error))
    codes = []
    threads = [threading.Thread(target=one) for _ in range(30)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(codes == [451] * 30, f"replies {codes}")
    check(time.monotonic() - began < 8, f"took {time.monotonic() - began:.1f} s")


# Restarts

@case("the daemon is stopped: Postfix asks to come later; started again, it takes the message")
def stopped(world):
    daemon = world.daemons["victim"]
    equal(daemon.stop(), 0, "exit status of a graceful stop")
    recipient, sent = world.address(), from_domain("good.example")
    with world.client(port=world.port("victim")) as client:
        try:
            client.message("ann@good.example", [recipient], sent)
            check(False, "the message was taken without the daemon")
        except Refused as refusal:
            equal(refusal.reply.code // 100, 4, f"class of '{refusal.reply}'")
    daemon.start().wait_ready()
    says(deliver(world, sent, profile="victim", to=recipient), dmarc="pass")
    equal(len(world.mailboxes.files(recipient)), 1, "messages")


@case("mail of the mail host's own programs waits for the daemon")
def sendmail_waits(world):
    daemon = world.daemons["standard"]
    daemon.stop()
    recipient = world.address("peer.example")
    world.postfix.sendmail("cron@example.org", [recipient], from_domain("example.org").replace(b"\r\n", b"\n"))
    start = world.postfix.log_size()
    waiting.until("Postfix to put the message off", lambda: "pickup" in world.postfix.log_text(start)
                  or "cleanup" in world.postfix.log_text(start) or "milter" in world.postfix.log_text(start))
    daemon.start().wait_ready()
    delivered = recipient.replace("peer.example", "peer.delivered")
    mail = world.mailboxes.wait(delivered)[0]
    check([field for field in mail.below if field.name == "dkim-signature"], "not signed")


@case("killed amid a session: the message is put off, and the next one in the same session is judged")
def killed(world):
    daemon = world.daemons["victim"]
    recipients = [world.address(), world.address()]
    with world.client(port=world.port("victim")) as client:
        client.envelope("ann@good.example", [recipients[0]])
        client.command("DATA", 3)
        daemon.kill()
        daemon.start().wait_ready()
        client.send(from_domain("good.example") + b".\r\n")
        equal(client.reply().code // 100, 4, "class of the reply")
    says(deliver(world, from_domain("good.example"), profile="victim", to=recipients[1]), dmarc="pass")
    check(not world.mailboxes.files(recipients[0]), "delivered, though it was put off")


@case("a message that is on its way when the daemon is told to stop is finished")
def graceful(world):
    daemon = world.daemons["victim"]
    recipient = world.address()
    with world.client(port=world.port("victim")) as client:
        client.envelope("ann@good.example", [recipient])
        client.command("DATA", 3)
        client.send(from_domain("good.example"))
        daemon.signal(signal.SIGTERM)
        waiting.until("no new connections", lambda: not accepts(daemon))
        client.send(b".\r\n")
        equal(client.reply().code, 250, "reply")
    says(world.mailboxes.wait(recipient)[0], dmarc="pass")
    equal(daemon.ended(15), 0, "exit status")
    daemon.start().wait_ready()


def accepts(daemon):
    try:
        return daemon.answers()
    except waiting.TooLate:
        return False


# Sockets

@case("the socket has the mode and owners that were configured")
def socket_mode(world):
    path = world.daemons["victim"].address.removeprefix("unix:")
    status = os.stat(path)
    equal(oct(status.st_mode & 0o777), "0o660", "mode")
    equal((status.st_uid, grp.getgrgid(status.st_gid).gr_name), (0, "postfix"), "owners")


@case("a socket that Postfix may not use: mail is put off, not let through")
def socket_forbidden(world):
    path = world.daemons["victim"].address.removeprefix("unix:")
    os.chmod(path, 0o600)
    recipient = world.address()
    try:
        with world.client(port=world.port("victim")) as client:
            client.message("ann@good.example", [recipient], from_domain("good.example"))
        check(False, "the message was taken")
    except Refused as refusal:
        equal(refusal.reply.code // 100, 4, f"class of '{refusal.reply}'")
    finally:
        os.chmod(path, 0o660)
    deliver(world, from_domain("good.example"), profile="victim", to=recipient)


# Reloads

@case("a new configuration is taken over without a restart")
def reloaded(world):
    daemon = world.daemons["victim"]
    before = daemon.configuration
    process = daemon.process.pid

    def subject():
        mail = deliver(world, from_domain("careful.example", subject="x"), zones.EVIL, "victim", "x@nospf.example",
                       changed=True)
        return mail.value("subject")
    equal(subject(), "[one] x", "Subject before")
    daemon.configure(before.replace("[one]", "[two]"))
    daemon.reload()
    equal(subject(), "[two] x", "Subject after")
    equal(daemon.process.pid, process, "process")
    daemon.configure(before.replace("[one]", "[three]").replace("quarantine: header", "quarantine: headr"))
    said = daemon.reload()
    equal(subject(), "[two] x", f"Subject after a broken configuration, of which the log said {said[0]!r}")
    daemon.configure(before)
    daemon.reload()
    equal(subject(), "[one] x", "Subject in the end")


@case("forty reloads under load: no message fails, and each is judged by one configuration")
def reload_under_load(world):
    daemon = world.daemons["victim"]
    before = daemon.configuration
    recipients = [world.address() for _ in range(4)]
    stop = threading.Event()
    sent, errors = dict.fromkeys(recipients, 0), []

    def send(recipient):
        try:
            with world.client(zones.EVIL, world.port("victim")) as client:
                while not stop.is_set():
                    client.message("x@nospf.example", [recipient], from_domain("careful.example", subject="x"))
                    sent[recipient] += 1
        except (Refused, Disconnected) as error:
            errors.append(str(error))
    threads = [threading.Thread(target=send, args=(each,)) for each in recipients]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            daemon.configure(before.replace("[one]", f"[n{number}]"))
            daemon.reload()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        daemon.configure(before)
        daemon.reload()
    equal(errors, [], "errors")
    check(min(sent.values()) > 3, f"too little was sent: {sent}")
    subjects = set()
    for recipient in recipients:
        mails = world.mailboxes.wait(recipient, sent[recipient], 60)
        equal(len(mails), sent[recipient], "messages")
        for mail in mails:
            says(mail, dmarc="fail")
            check(mail.value("x-postseal-quarantine"), "not marked")
            subjects.add(mail.value("subject"))
    check(len(subjects) > 3, f"the load did not meet the reloads: {subjects}")


# New keys

@case("a new selector is used when its record is published, and not before")
def rotation(world):
    def sign():
        return submit(world, from_domain("rotate.example"), sender="anna@rotate.example")
    holds(world, sign(), [("rotate.example", "old")])
    world.publish("rotate.example", zones.rotating(world.keys, is_new_published=True))
    record = world.keys["rotate.example", "new"].record.encode()
    waiting.until("the record to be published",
                  lambda: peers.text_record("new._domainkey.rotate.example.") == record)
    world.daemons["standard"].reload()
    waiting.until("the new key to sign", lambda: signers(sign()) == [("rotate.example", "new")], 30)
    holds(world, sign(), [("rotate.example", "new")])
