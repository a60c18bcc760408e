"""A round: many clients at once, and the daemon killed at random moments."""

import collections
import concurrent.futures
import threading
import time

from cases import SERVER, letter
from mail_world import waiting
from mail_world.smtp_client import Disconnected, Refused, SMTPClient
from world import GOOD

CLIENTS, KILLS = 20, 4


def deliver(world, name, over):
    """Tries until the message is taken; whether a final reply was lost on the way."""
    was_lost = False
    while not over.is_set():
        is_sent = False
        try:
            with SMTPClient(world.clients, GOOD, SERVER, 25, seconds=30) as smtp:
                smtp.envelope("a@good.example", [f"{name}@example.org"])
                smtp.command("DATA", 3)
                is_sent = True
                smtp.send(letter("good.example", name, body="a line\r\n" * 200) + b".\r\n")
                smtp.expect(2, "end of data", smtp.reply())
                return was_lost
        except Refused as error:
            if error.reply.code >= 500:
                raise
        except Disconnected:
            was_lost = was_lost or is_sent
        time.sleep(0.05)
    raise waiting.TooLate(f"{name} was never taken")


def round_of(world, number, messages, moments):
    names = [f"storm{number}x{each}" for each in range(messages)]
    over = threading.Event()
    end = threading.Timer(180, over.set)
    end.start()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        running = {name: pool.submit(deliver, world, name, over) for name in names}
        kills = 0
        while kills < KILLS and not all(each.done() for each in running.values()):
            time.sleep(moments.uniform(0.05, 0.8))
            world.daemon.kill()
            world.daemon.start().wait_ready()
            kills += 1
        lost = {name: each.result() for name, each in running.items()}
    end.cancel()
    for name in names:
        world.mailboxes.wait(f"{name}@example.org", seconds=30)
    counts = collections.Counter({name: len(world.mailboxes.all(f"{name}@example.org")) for name in names})
    twice = [name for name in names if counts[name] > 1 and not lost[name]]
    if twice:
        raise AssertionError(f"delivered twice although no reply was lost: {twice}")
    doubled = sum(counts[name] > 1 for name in names)
    return f"{messages} messages arrived, {kills} kills, {doubled} twice (of {sum(lost.values())} whose reply was lost)"
