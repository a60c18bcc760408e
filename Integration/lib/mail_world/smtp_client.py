"""An SMTP client that sends the octets it is given, and nothing else."""

import base64
import re
import socket


class Disconnected(Exception):
    """The server closed the connection, or did not answer in time."""


class Reply:
    def __init__(self, code, lines):
        self.code = code
        self.lines = lines

    @property
    def text(self):
        return " ".join(self.lines)

    def __str__(self):
        return f"{self.code} {self.text}"


class Refused(Exception):
    """The server did not take a command that it was expected to take."""

    def __init__(self, command, reply):
        super().__init__(f"{command}: {reply}")
        self.command = command
        self.reply = reply


class SMTPClient:
    """A connection; every method raises `Refused` for a reply of another class than expected."""

    def __init__(self, clients, source, server, port, helo="client.test", seconds=60, greet=True):
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = clients.socket(family) if clients else socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        self.pending = b""
        try:
            if source:
                self.socket.bind((source, 0))
            self.socket.connect((server, port))
            self.extensions = []
            if greet:
                self.expect(2, "greeting", self.reply())
                self.extensions = self.command(f"EHLO {helo}").lines
        except OSError as error:
            self.socket.close()
            raise Disconnected(f"{server}:{port}: {error}") from error
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @staticmethod
    def expect(kind, command, reply):
        if reply.code // 100 != kind:
            raise Refused(command, reply)
        return reply

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError as error:
            raise Disconnected(str(error)) from error

    def line(self):
        while b"\n" not in self.pending:
            try:
                more = self.socket.recv(65536)
            except OSError as error:
                raise Disconnected(str(error)) from error
            if not more:
                raise Disconnected("the server closed the connection")
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def reply(self):
        lines = []
        while True:
            line = self.line()
            match = re.fullmatch(r"(\d{3})([ -]?)(.*)", line)
            if not match:
                raise Disconnected(f"no SMTP reply: {line!r}")
            lines.append(match.group(3))
            if match.group(2) != "-":
                return Reply(int(match.group(1)), lines)

    def command(self, text, kind=2):
        octets = text if isinstance(text, bytes) else text.encode()
        self.send(octets + b"\r\n")
        return self.expect(kind, octets.decode("utf-8", "replace"), self.reply())

    def login(self, user, password):
        secret = base64.b64encode(b"\0" + user.encode() + b"\0" + password.encode()).decode()
        return self.command(f"AUTH PLAIN {secret}")

    def envelope(self, sender, recipients, parameters=""):
        self.command(f"MAIL FROM:<{sender}>{' ' + parameters if parameters else ''}")
        for recipient in recipients:
            self.command(f"RCPT TO:<{recipient}>")

    def data(self, message):
        """Sends the message, which has CR LF at its line ends, and gives the final reply."""
        self.command("DATA", 3)
        self.send(stuffed(message) + b".\r\n")
        return self.expect(2, "end of data", self.reply())

    def message(self, sender, recipients, message, parameters=""):
        self.envelope(sender, recipients, parameters)
        return self.data(message)

    def pipelined(self, sender, recipients, message):
        """All commands of a message in one write (RFC 2920), then the message; the replies, in their order."""
        lines = [f"MAIL FROM:<{sender}>"] + [f"RCPT TO:<{each}>" for each in recipients] + ["DATA"]
        self.send("".join(line + "\r\n" for line in lines).encode())
        replies = [self.reply() for _ in lines]
        self.send(stuffed(message) + b".\r\n")
        return replies + [self.reply()]

    def quit(self):
        try:
            self.command("QUIT")
        finally:
            self.close()


def stuffed(message):
    """RFC 5321 §4.5.2."""
    return (b"." if message.startswith(b".") else b"") + message.replace(b"\r\n.", b"\r\n..")
