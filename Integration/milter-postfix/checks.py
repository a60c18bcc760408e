"""What a case is, and the questions it asks of a delivered message."""

import messages
import zones
from mail_world.smtp_client import Refused


class Failed(Exception):
    """Something was not as it must be."""


CASES = []


def case(title):
    """Makes a function of the world a case with this title."""
    def add(function):
        CASES.append((title, function))
        return function
    return add


def check(condition, what):
    if not condition:
        raise Failed(what)


def equal(found, expected, what):
    check(found == expected, f"{what}: {found!r}, not {expected!r}")


NAME = "mx.example.org"


def own_results(mail):
    """Method to [(result, properties)] of our Authentication-Results: there must be one, as the topmost field."""
    ours = [field for field in mail.named("authentication-results") if messages.results(field)[0] == NAME]
    equal(len(ours), 1, "fields Authentication-Results of ours")
    check(mail.fields[0] is ours[0], f"the topmost field is {mail.fields[0].octets!r}")
    check(b"\r" not in ours[0].octets, f"carriage return in {ours[0].octets!r}")
    found = {}
    for method, result, properties in messages.results(ours[0])[1]:
        found.setdefault(method, []).append((result, properties))
    return found


def verdicts(mail):
    """Method to its result, several separated by commas: {"spf": "pass", "dkim": "pass,fail", …}."""
    return {method: ",".join(result for result, _ in each) for method, each in own_results(mail).items()}


def says(mail, **expected):
    found = verdicts(mail)
    for method, result in expected.items():
        check(found.get(method) == result,
              f"{method}={found.get(method)}, not {result}: {mail.named('authentication-results')[0].text}")


def untouched(mail, sent):
    """Below our fields the message must be what the client sent, octet by octet."""
    if mail.as_sent != sent:
        place = next((at for at, pair in enumerate(zip(mail.as_sent, sent)) if pair[0] != pair[1]),
                     min(len(mail.as_sent), len(sent)))
        raise Failed(f"the message was changed at octet {place}: "
                     f"{mail.as_sent[max(0, place - 40):place + 40]!r}, sent {sent[max(0, place - 40):place + 40]!r}")


def deliver(world, message, source=zones.GOOD, profile="standard", sender="ann@good.example", helo="mail.good.example",
            to=None, parameters="", changed=False, seconds=15):
    """Sends a message that must be delivered at once; the delivered one."""
    recipient = to or world.address()
    with world.client(source, world.port(profile), helo, seconds) as client:
        client.message(sender, [recipient], message, parameters)
        client.quit()
    mail = world.mailboxes.wait(recipient, seconds=seconds)[0]
    if not changed:
        untouched(mail, message)
    return mail


def refused(world, message, code, text, source=zones.GOOD, profile="standard", sender="ann@good.example",
            helo="mail.good.example"):
    """Sends a message that must be refused at its end with this reply code and words; nothing may be delivered."""
    recipient = world.address()
    with world.client(source, world.port(profile), helo) as client:
        client.envelope(sender, [recipient])
        try:
            client.data(message)
        except Refused as refusal:
            equal(refusal.reply.code, code, f"reply code of '{refusal.reply}'")
            for word in text if isinstance(text, tuple) else (text,):
                check(word in refusal.reply.text, f"'{word}' is not in '{refusal.reply}'")
        else:
            raise Failed("the message was taken")
        client.quit()
    check(not world.mailboxes.files(recipient), "the refused message was delivered")
    check(not world.postfix.queued_for(recipient), "the refused message is in the queue")


def hold(world, message, source=zones.GOOD, profile="standard", sender="ann@good.example", helo="mail.good.example",
         to=None):
    """Sends a message that must be held; releases it and gives what was delivered then."""
    recipient = to or world.address()
    with world.client(source, world.port(profile), helo) as client:
        client.message(sender, [recipient], message)
        client.quit()
    queue_id = world.held(recipient)
    check(not world.mailboxes.files(recipient), "the held message was delivered")
    world.postfix.release(queue_id)
    mail = world.mailboxes.wait(recipient)[0]
    untouched(mail, message)
    return mail
