"""A mail server that notes what it took, and is not to be relied on.

usage: sink.py ADDRESS NOTES CHAIN KEY TROUBLE

A line of NOTES for each recipient of each message that came whole, written before the reply: whatever kills this
process later, what stands there was taken. TROUBLE is how many of a thousand messages meet one: the reply is not said,
the message is refused for now, the connection is closed with 421 before it, or while it is idle.

A file NOTES.hold makes it read no text for as long as it is there."""

import hashlib
import os
import random
import socket
import ssl
import sys
import threading
import time

ADDRESS, NOTES, CHAIN, KEY = sys.argv[1:5]
TROUBLE = int(sys.argv[5]) / 1000
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(CHAIN, KEY)
LOG = os.open(NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


class Gone(Exception):
    pass


class Session:
    def __init__(self, channel):
        self.channel, self.pending, self.recipients = channel, b"", []
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def line(self):
        while b"\n" not in self.pending:
            self.read()
        line, self.pending = self.pending.split(b"\n", 1)
        return line.rstrip(b"\r")

    def read(self):
        more = self.channel.recv(1 << 16)
        if not more:
            raise Gone
        self.pending += more

    def say(self, text):
        self.channel.sendall(text + b"\r\n")

    def text(self):
        """The message; held back where a file says so."""
        parts = []
        # Nothing begins with a dot here: there is a header.
        while (place := self.pending.find(b"\r\n.\r\n")) < 0:
            # The end may be in the middle of what comes next.
            parts.append(self.pending[:-4])
            self.pending = self.pending[-4:]
            while os.path.exists(NOTES + ".hold"):
                time.sleep(0.02)
            self.read()
        parts.append(self.pending[:place + 2])
        self.pending = self.pending[place + 5:]
        return b"".join(parts).replace(b"\r\n.", b"\r\n")

    def run(self):
        self.say(b"220 sink ESMTP")
        while True:
            line = self.line()
            verb = line[:4].upper()
            if verb == b"EHLO":
                offer = [b"sink", b"PIPELINING", b"8BITMIME", b"ENHANCEDSTATUSCODES"]
                if not isinstance(self.channel, ssl.SSLSocket):
                    offer.append(b"STARTTLS")
                self.say(b"\r\n".join(b"250-" + word for word in offer[:-1]) + b"\r\n250 " + offer[-1])
            elif verb == b"STAR":
                self.say(b"220 2.0.0 go")
                self.channel = CONTEXT.wrap_socket(self.channel, server_side=True)
            elif verb == b"MAIL":
                if random.random() < TROUBLE:
                    self.say(b"421 4.3.2 not any more")
                    raise Gone
                self.recipients = []
                self.say(b"250 2.1.0 ok")
            elif verb == b"RCPT":
                if random.random() < TROUBLE:
                    self.say(b"451 4.3.0 not now")
                else:
                    self.recipients.append(line[line.index(b"<") + 1:line.index(b">")])
                    self.say(b"250 2.1.5 ok")
            elif verb == b"DATA":
                if not self.recipients:
                    self.say(b"554 5.5.1 nobody")
                    continue
                self.say(b"354 go")
                self.take(self.text())
            elif verb == b"QUIT":
                self.say(b"221 2.0.0 bye")
                raise Gone
            else:
                self.say(b"250 2.0.0 ok")

    def take(self, text):
        header, _, body = text.partition(b"\r\n\r\n")
        hashes = [line[8:] for line in header.split(b"\r\n") if line.startswith(b"X-Hash: ")]
        is_whole = hashes == [hashlib.sha256(body).hexdigest().encode()]
        if random.random() < TROUBLE:
            self.say(b"451 4.3.0 not this one now")
            return
        word = b"took" if is_whole else b"broken"
        os.write(LOG, b"".join(b"%s %s\n" % (word, recipient) for recipient in self.recipients))
        # So that many are in the window between these two lines.
        time.sleep(random.uniform(0, 0.04))
        if random.random() < TROUBLE:
            raise Gone
        self.say(b"250 2.0.0 taken")


def serve(channel):
    # Now and then one that closes what is idle.
    channel.settimeout(random.choice([0.3, 60, 60, 60]) if TROUBLE else 600)
    try:
        session = Session(channel)
        try:
            session.run()
        finally:
            session.channel.close()
    except (Gone, OSError, ValueError):
        channel.close()


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((ADDRESS, 25))
    listener.listen(200)
    while True:
        channel, _ = listener.accept()
        threading.Thread(target=serve, args=(channel,), daemon=True).start()


main()
