"""Delivered mail, by recipient, as Postfix's virtual(8) writes it."""

import os
import re
import threading

from . import waiting

#: What the delivery agent puts in front.
DELIVERY_FIELDS = (b"return-path", b"x-original-to", b"delivered-to")


class Field:
    """A header field with its exact octets (line ends as LF)."""

    def __init__(self, octets):
        self.octets = octets
        name, _, self.value = octets.partition(b":")
        self.name = name.strip().lower().decode("utf-8", "replace")

    @property
    def text(self):
        """The value on one line."""
        return re.sub(rb"\s+", b" ", self.value).strip().decode("utf-8", "replace")


def split(message):
    """The fields and the body of a message with LF at its line ends."""
    header, _, body = message.partition(b"\n\n") if not message.startswith(b"\n") else (b"", b"", message[1:])
    fields = re.findall(rb"[^\n]+(?:\n[ \t][^\n]*)*\n", header + b"\n") if header else []
    return [Field(each) for each in fields], body


class Mail:
    """A delivered message."""

    def __init__(self, octets):
        self.octets = octets
        fields, self.body = split(octets)
        while fields and fields[0].name.encode() in DELIVERY_FIELDS:
            fields = fields[1:]
        self.fields = fields
        received = next((place for place, field in enumerate(fields) if field.name == "received"), 0)
        #: What was put above the Received field of the last mail host, and what the message had already.
        self.above, self.below = fields[:received], fields[received + 1:]

    def named(self, name):
        return [field for field in self.fields if field.name == name.lower()]

    def value(self, name):
        found = self.named(name)
        return found[0].text if found else None

    @property
    def as_sent(self):
        """The message as the client sent it, if nothing of it was changed, with CR LF."""
        return (b"".join(field.octets for field in self.below) + b"\n" + self.body).replace(b"\n", b"\r\n")

    @property
    def whole(self):
        """The message as it would be passed on, with CR LF."""
        return (b"".join(field.octets for field in self.fields) + b"\n" + self.body).replace(b"\n", b"\r\n")


class Mailboxes:
    """One Maildir that takes everything: virtual(8) makes no file names of addresses that match a pattern."""

    def __init__(self, base):
        self.new = os.path.join(base, "all", "new")
        self.seen, self.by_recipient = set(), {}
        self.lock = threading.Lock()

    def files(self, recipient):
        with self.lock:
            for name in os.listdir(self.new) if os.path.isdir(self.new) else []:
                if name not in self.seen:
                    self.seen.add(name)
                    path = os.path.join(self.new, name)
                    self.by_recipient.setdefault(self.recipient(path), []).append(path)
            return list(self.by_recipient.get(recipient, []))

    @staticmethod
    def recipient(path):
        with open(path, "rb") as file:
            for line in file:
                if line.startswith(b"Delivered-To: "):
                    return line.split(b": ", 1)[1].strip().decode("utf-8", "replace")
                if line == b"\n":
                    return None
        return None

    def all(self, recipient):
        found = []
        for path in self.files(recipient):
            with open(path, "rb") as file:
                found.append(Mail(file.read()))
        return found

    def empty(self):
        """All messages that are there, by recipient; then they are gone."""
        found = {}
        with self.lock:
            for name in os.listdir(self.new) if os.path.isdir(self.new) else []:
                path = os.path.join(self.new, name)
                with open(path, "rb") as file:
                    found.setdefault(self.recipient(path), []).append(Mail(file.read()))
                os.unlink(path)
            self.seen, self.by_recipient = set(), {}
        return found

    def wait(self, recipient, count=1, seconds=20.0):
        waiting.until(f"{count} message(s) for {recipient}", lambda: len(self.files(recipient)) >= count, seconds)
        return self.all(recipient)
