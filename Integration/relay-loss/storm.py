"""A round: messages through Postfix's queue, and everything behind it killed at random moments."""

import collections
import concurrent.futures
import hashlib
import re
import signal
import time

from mail_world import waiting
from mail_world.smtp_client import SMTPClient
from world import DOMAINS, FRONT

#: What Postfix says of each attempt to deliver to a recipient.
ATTEMPT = re.compile(r" to=<([^>]+)>,.* status=(\w+) \((.*)\)$", re.MULTILINE)
#: Where the sender was told that nobody can know whether the message was taken, or found out for itself.
UNKNOWABLE = ("may be sent more than once", "connection lost after the end of the message")
#: So many of a thousand messages meet trouble at the servers behind, besides the kills.
TROUBLE = 20
SIZES = (1_000, 1_000, 20_000, 300_000)


class Storm:
    def __init__(self, world, count, moments):
        self.world, self.count, self.moments = world, count, moments
        self.log_start = world.postfix.log_size()
        world.make_trouble(TROUBLE)
        world.watch_relay()
        world.wait_sinks()

    def round(self, number):
        letters = self.letters(number)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            jobs = [pool.submit(self.hand_in, *letter) for letter in letters]
            kills = self.kill()
            for job in jobs:
                job.result()
        recipients = [each for names, _ in letters for each in names]
        waiting.until("an empty queue", lambda: self.is_empty(recipients), 180)
        words = self.check(recipients)
        return f"{len(recipients)} recipients, kills {kills}, {words}, {time.monotonic() - began:.1f} s"

    def letters(self, number):
        """The recipients of each message, and its size: every fifth one goes to all domains."""
        domains, letters = list(DOMAINS), []
        for index in range(self.count):
            chosen = domains if index % 5 == 0 else [domains[index % len(domains)]]
            letters.append(([f"r{number}n{index}@{domain}" for domain in chosen], SIZES[index % len(SIZES)]))
        return letters

    def hand_in(self, names, size):
        body = (b"a line of text that is not too long, and a dot:\r\n.\r\n") * (size // 52 + 1)
        text = b"X-Hash: %s\r\nSubject: x\r\n\r\n" % hashlib.sha256(body).hexdigest().encode() + body
        with SMTPClient(None, None, "127.0.0.1", FRONT, seconds=120) as client:
            client.message("sender@mx.example.org", names, text)

    def kill(self):
        """Kills the relay three times and servers behind three times, and has the relay read its configuration anew
        twice, in any order."""
        victims = ["relay"] * 3 + ["reload"] * 2 + [self.moments.randrange(len(self.world.sinks)) for _ in range(3)]
        self.moments.shuffle(victims)
        for victim in victims:
            time.sleep(self.moments.uniform(0.1, 0.9))
            if victim == "relay":
                self.world.daemon.signal(signal.SIGKILL)
            elif victim == "reload":
                # One that has just begun does not know the signal yet, and ends: another kill.
                self.world.daemon.signal(signal.SIGHUP)
            else:
                self.world.sinks[victim].kill()
        return "".join({"relay": "R", "reload": "H"}.get(victim, str(victim)) for victim in victims)

    def is_empty(self, recipients):
        if not self.world.postfix.queue():
            # The log is written by another process.
            done = {name for name, status, _ in self.attempts() if status == "sent"}
            return all(name in done for name in recipients)
        self.world.postfix.flush()
        return False

    def attempts(self):
        return ATTEMPT.findall(self.world.postfix.log_text(self.log_start))

    def check(self, recipients):
        """Everybody has the message; more than once only where Postfix could not know."""
        wanted = set(recipients)
        came = collections.Counter()
        for sink in self.world.sinks:
            for word, name in sink.lines():
                if name in wanted:
                    if word != "took":
                        raise AssertionError(f"{name} got a message that is not whole")
                    came[name] += 1
        unknowable, sent, told = collections.Counter(), collections.Counter(), collections.Counter()
        for name, status, why in self.attempts():
            if name not in wanted:
                continue
            if status == "bounced":
                raise AssertionError(f"{name} bounced: {why}")
            told[name] += status == "deferred"
            sent[name] += status == "sent"
            unknowable[name] += status == "deferred" and any(words in why for words in UNKNOWABLE)
        problems = []
        for name in recipients:
            if not came[name]:
                problems.append(f"{name} is lost")
            elif came[name] > sent[name] + unknowable[name]:
                problems.append(f"{name} came {came[name]} times, and Postfix was told of {unknowable[name]} doubts")
        if problems:
            raise AssertionError("; ".join(problems[:5]))
        twice = sum(came[name] > 1 for name in recipients)
        return (f"{sum(told[name] > 0 for name in recipients)} tried again, {sum(unknowable.values())} in doubt, "
                f"{twice} came twice")
