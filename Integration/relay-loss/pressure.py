"""A slow server behind makes a slow client in front, and no growing memory."""

import hashlib
import os
import socket
import threading
import time

from mail_world import waiting
from mail_world.smtp_client import SMTPClient

MB = 1 << 20
#: What sockets may hold between the four ends, and a little.
BUFFERS = 24 * MB


class Client(SMTPClient):
    """An LMTP client of the relay that counts what it got rid of."""

    def __init__(self, world):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(120)
        self.socket.connect(os.path.join(world.folder, "relay.sock"))
        self.pending, self.sent = b"", 0
        self.expect(2, "greeting", self.reply())
        self.command("LHLO client.test")

    def deliver(self, recipient, body):
        self.envelope("sender@client.test", [recipient])
        self.command("DATA", 3)
        message = b"X-Hash: %s\r\n\r\n" % hashlib.sha256(body).hexdigest().encode() + body
        for start in range(0, len(message), 1 << 16):
            self.send(message[start:start + (1 << 16)])
            self.sent += 1 << 16
        self.send(b".\r\n")
        return self.expect(2, "end of data", self.reply())


def still(values):
    """Waits until nothing changes for half a second."""
    while True:
        before = values()
        time.sleep(0.5)
        if values() == before:
            return before


def held_back(world):
    body = (b"x" * 70 + b"\r\n") * (50 * MB // 72)
    sink = world.sinks[0]
    clients = [Client(world) for _ in range(4)]
    before = world.resident()
    with open(sink.notes + ".hold", "w", encoding="ascii"):
        pass
    errors = []

    def send(number, client):
        try:
            client.deliver(f"large{number}@one.example", body)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=send, args=each) for each in enumerate(clients)]
    for thread in threads:
        thread.start()
    waiting.until("text under way", lambda: all(client.sent for client in clients), 60)
    stuck = still(lambda: [client.sent for client in clients])
    while_stuck = world.resident()
    if max(stuck) > BUFFERS:
        raise AssertionError(f"a client got rid of {max(stuck) / MB:.0f} MB that nobody has read")
    os.unlink(sink.notes + ".hold")
    for thread in threads:
        thread.join()
    if errors:
        raise AssertionError("; ".join(errors))
    taken = {words[1] for words in sink.lines() if words[0] == "took"}
    if not all(f"large{number}@one.example" in taken for number in range(4)):
        raise AssertionError(f"not all arrived whole: {sorted(taken)}")
    peak = world.resident("VmHWM")
    if peak - before > 50:
        raise AssertionError(f"the relay grew by {peak - before:.0f} MB for four messages of 50 MB")
    return (f"clients stood still after {max(stuck) / MB:.1f} MB of 50; the relay had {before:.0f} MB before, "
            f"{while_stuck:.0f} MB meanwhile, {peak:.0f} MB at most")


CASES = [("four messages of 50 MB to a server that does not read", held_back)]
