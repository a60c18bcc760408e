"""A round of the storm: many clients with a message each, and a daemon that is killed while they send."""

import os
import random
import signal
import threading
import time

import peers
from checks import Failed
from mail_world import waiting
from mail_world.smtp_client import Disconnected, Refused, stuffed
from traffic import KINDS, LOCAL, Letter

#: How long a client waits before it tries again, at most.
PATIENCE = 0.4


class Supervisor:
    """Starts the daemon anew as soon as it ends."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.ended = threading.Event()
        self.starts = 0
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.ended.is_set():
            self.daemon.process.wait()
            if not self.ended.is_set():
                self.daemon.start()
                self.starts += 1

    def kill(self):
        """Kills the daemon, if there is one that can be killed."""
        self.daemon.signal(signal.SIGKILL)

    def end(self):
        self.ended.set()
        self.daemon.signal(signal.SIGKILL)
        self.thread.join()


class Storm:
    def __init__(self, world, count, seed):
        self.world, self.count = world, count
        self.random = random.Random(seed)
        self.supervisors = [Supervisor(daemon) for daemon in world.daemons.values()]
        self.under_way = 0
        #: Messages that were taken or refused for good, in this round.
        self.through = 0
        self.progress = threading.Condition()

    def end(self):
        for supervisor in self.supervisors:
            supervisor.end()

    def round(self, number):
        """Sends, kills, and checks what arrived; the words for the round's line."""
        kinds = [KINDS[index % len(KINDS)] for index in range(self.count)] + [LOCAL] * (self.count // 10)
        letters = [Letter(kind, f"r{number}n{index}@example.org") for index, kind in enumerate(kinds)]
        problems, flights, self.through = [], [], 0
        # All have their messages half sent before the first ends.
        gate = threading.Barrier(len(letters) + 1)
        threads = [threading.Thread(target=self.send, args=(letter, gate, problems)) for letter in letters]
        for thread in threads:
            thread.start()
        gate.wait(120)
        began = time.monotonic()
        killer = threading.Thread(target=self.kill, args=(len(letters), flights))
        killer.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        killer.join()
        if problems:
            raise Failed("; ".join(problems[:5]))
        self.check(letters)
        again = sum(letter.attempts > 1 for letter in letters)
        return f"{len(flights)} kills with {'/'.join(map(str, flights))} under way, {again} tried again, {took:.1f} s"

    def kill(self, count, flights):
        """Kills at moments that are random in how many of the messages are through, so that each meets some."""
        moments = sorted(self.random.randrange(count * 9 // 10) for _ in range(self.random.randint(1, 3)))
        for moment in moments:
            with self.progress:
                self.progress.wait_for(lambda: self.through >= moment, 120)
            time.sleep(self.random.uniform(0, 0.02))
            with self.progress:
                flights.append(self.under_way)
            for supervisor in self.supervisors:
                supervisor.kill()

    def change(self, number):
        with self.progress:
            self.under_way += number

    def is_through(self):
        with self.progress:
            self.through += 1
            self.progress.notify_all()

    def send(self, letter, gate, problems):
        """Sends a message as a mail server does: until it is taken or refused for good."""
        pause = 0.02
        gated = gate
        end = time.monotonic() + 120
        try:
            while letter.code is None:
                letter.attempts += 1
                try:
                    letter.code = self.hand_in(letter, gated)
                except (Refused, Disconnected) as error:
                    reply = getattr(error, "reply", None)
                    if reply and reply.code // 100 == 5:
                        letter.code = reply.code
                    elif time.monotonic() > end:
                        problems.append(f"{letter.recipient}: not taken in {letter.attempts} attempts: {error}")
                        return
                    else:
                        time.sleep(random.uniform(pause / 2, pause))
                        pause = min(pause * 2, PATIENCE)
                gated = None
        except Exception as error:
            problems.append(f"{letter.recipient}: {type(error).__name__}: {error}")
        finally:
            self.is_through()

    def hand_in(self, letter, gate):
        kind = letter.kind
        if kind.source is None:
            self.pass_gate(gate)
            self.world.postfix.sendmail(kind.sender, [letter.recipient], letter.octets.replace(b"\r\n", b"\n"))
            return 250
        try:
            with self.world.client(kind.source, kind.port) as client:
                client.envelope(kind.sender, [letter.recipient])
                client.command("DATA", 3)
                client.send(stuffed(letter.octets))
                self.change(1)
                try:
                    self.pass_gate(gate)
                    gate = None
                    client.send(b".\r\n")
                    return client.expect(2, "end of data", client.reply()).code
                finally:
                    self.change(-1)
        finally:
            # Whoever could not get so far must not keep the others.
            self.pass_gate(gate)

    @staticmethod
    def pass_gate(gate):
        if gate is not None:
            gate.wait(120)

    def check(self, letters):
        """Everything that was taken is there once, as its verdict says; nothing else is."""
        held = [letter.recipient for letter in letters if letter.kind.name == "held"]
        world = self.world
        for letter in letters:
            expected = 550 if letter.kind.edits is None else 250
            if letter.code != expected:
                raise Failed(f"{letter.recipient} ({letter.kind.name}) ended with {letter.code}, not {expected}")
        queued = waiting.until("the held messages", lambda: self.held(held), 30)
        for recipient in held:
            if len(queued[recipient]) != 1:
                raise Failed(f"{recipient} is held {len(queued[recipient])} times")
            if world.mailboxes.files(recipient):
                raise Failed(f"{recipient} was delivered instead of held")
        world.postfix.release("ALL")
        waiting.until("an empty queue", lambda: self.all_through(letters), 90)
        mails = {}
        for letter in letters:
            files = world.mailboxes.files(letter.recipient)
            if len(files) != (0 if letter.kind.edits is None else 1):
                raise Failed(f"{letter.recipient} ({letter.kind.name}) arrived {len(files)} times")
            for path in files:
                with open(path, "rb") as file:
                    mails[letter.kind.name] = letter.delivered(file.read())
                os.unlink(path)
        # One of a round will do: the others differ in nothing that is signed.
        for name in ("signed", "local"):
            if name in mails and not all(peers.dkimpy_verifies(mails[name].whole)):
                raise Failed(f"the signatures of a message of kind {name} do not hold")

    def held(self, recipients):
        found = {recipient: [] for recipient in recipients}
        for message in self.world.postfix.queue():
            for each in message["recipients"]:
                if message["queue_name"] == "hold" and each["address"] in found:
                    found[each["address"]].append(message["queue_id"])
        return found if all(found.values()) else None

    def all_through(self, letters):
        missing = [letter for letter in letters
                   if letter.kind.edits is not None and not self.world.mailboxes.files(letter.recipient)]
        return not missing and not self.world.postfix.queue()
