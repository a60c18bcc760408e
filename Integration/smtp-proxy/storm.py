"""A round: many clients at once, while the daemon and the server behind are killed at random moments."""

import collections
import concurrent.futures
import itertools
import re
import threading
import time

from cases import SERVER, letter
from mail_world import waiting
from mail_world.smtp_client import Disconnected, Refused, SMTPClient
from world import GOOD

CLIENTS, KILLS = 20, 6
#: Between messages of a client: so many clients need no more to have always some at each stage.
PAUSE = 0.1
#: Who is killed: the daemon, the server behind, or both at once.
VICTIMS = ("D", "S", "B")
BODY = b"a line\r\n" * 200
#: What the daemon says of a message that the server behind can't have taken.
NOT_TAKEN = re.compile(r"4\.4\.1 |4\.4\.2 connection lost$")
#: The name that Postfix gave a message when it came in. A Postfix that is killed while it delivers does so once more,
#: under the same name: what came in twice has two.
QUEUED = re.compile(r"by mx\.example\.org \(Postfix\) with E?SMTPS? id (\w+)")


class Storm:
    """What the clients know of their messages."""

    def __init__(self, world, number, count, moments):
        self.world, self.number, self.count, self.moments = world, number, count, moments
        self.numbers = itertools.count()
        #: Set when there was enough: what was begun is brought to its end.
        self.is_enough = threading.Event()
        self.end = time.monotonic() + 180
        #: By message: how often nobody could tell the client whether it was taken.
        self.doubts, self.replies = {}, collections.Counter()

    def client(self):
        """Sends one message after the other, each until it is taken."""
        while (number := next(self.numbers)) < self.count or not self.is_enough.is_set():
            self.deliver(f"storm{self.number}x{number}")
            time.sleep(PAUSE)

    def deliver(self, name):
        self.doubts[name] = 0
        while time.monotonic() < self.end:
            is_sent = False
            try:
                with SMTPClient(self.world.clients, GOOD, SERVER, 25, seconds=30) as smtp:
                    smtp.envelope("a@good.example", [f"{name}@example.org"])
                    smtp.command("DATA", 3)
                    is_sent = True
                    smtp.send(letter("good.example", name, body=BODY.decode()) + b".\r\n")
                    smtp.expect(2, "end of data", smtp.reply())
                    return
            except Refused as error:
                if error.reply.code >= 500:
                    raise
                if is_sent:
                    self.replies[error.reply.text] += 1
                    self.doubts[name] += NOT_TAKEN.match(error.reply.text) is None
            except Disconnected:
                self.doubts[name] += is_sent
            time.sleep(0.05)
        raise waiting.TooLate(f"{name} was never taken")

    def kill(self):
        """Kills, and starts again; each waits until the last one is back, so that there is a load to be killed under."""
        victims = [self.moments.choice(VICTIMS) for _ in range(KILLS)]
        for victim in victims:
            time.sleep(self.moments.uniform(0.05, 0.8))
            if victim in "SB":
                self.world.postfix.kill()
            if victim in "DB":
                self.world.daemon.kill()
                self.world.daemon.start().wait_ready()
            if victim in "SB":
                self.world.postfix.start()
        return "".join(victims)

    def run(self):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            running = [pool.submit(self.client) for _ in range(CLIENTS)]
            try:
                kills = self.kill()
            finally:
                self.is_enough.set()
            for each in running:
                each.result()
        waiting.until("an empty queue", self.is_delivered, 120)
        return f"{len(self.doubts)} messages arrived, kills {kills}, {self.check(self.world.mailboxes.empty())}"

    def is_delivered(self):
        if not self.world.postfix.queue():
            return True
        self.world.postfix.flush()
        return False

    def check(self, mailboxes):
        """Everything arrived, and whole; more than once only where the client could not know."""
        problems, twice, again = [], 0, 0
        for name, doubts in self.doubts.items():
            mails = mailboxes.get(f"{name}@example.org", [])
            names = {QUEUED.search(mail.named("received")[0].text).group(1) for mail in mails}
            if not mails:
                problems.append(f"{name} is lost")
            elif len(names) > 1 + doubts:
                problems.append(f"{name} was taken {len(names)} times, and {doubts} times nobody knew")
            if any(mail.body != BODY.replace(b"\r\n", b"\n") for mail in mails):
                problems.append(f"{name} is not whole")
            twice += len(names) > 1
            again += len(mails) > len(names)
        if problems:
            raise AssertionError("; ".join(problems[:5]))
        return (f"{sum(map(bool, self.doubts.values()))} in doubt, {twice} taken twice, "
                f"{again} delivered twice by Postfix itself, later {dict(self.replies)}")


def round_of(world, number, count, moments):
    return Storm(world, number, count, moments).run()
