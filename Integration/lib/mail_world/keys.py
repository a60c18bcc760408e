"""Signing keys: made by `postseal dkim key` and by opendkim-genkey, each with the record to publish."""

import base64
import os
import re
import subprocess


class Key:
    """A private key in a file, and its record's text."""

    def __init__(self, domain, selector, path, record):
        self.domain, self.selector, self.path, self.record = domain, selector, path, record

    @property
    def pem(self):
        with open(self.path, "rb") as file:
            return file.read()

    @property
    def seed(self):
        """An Ed25519 key as dkimpy wants it: the 32 octets in Base64."""
        der = base64.b64decode(b"".join(line for line in self.pem.splitlines() if not line.startswith(b"-")))
        return base64.b64encode(der[-32:])

    def line(self, selector=None, record=None):
        """The record as a line of a zone file, in strings that are short enough."""
        text = self.record if record is None else record
        parts = " ".join(f'"{text[at:at + 200]}"' for at in range(0, len(text), 200))
        return f"{selector or self.selector}._domainkey 5 IN TXT {parts}"


class KeyMaker:
    def __init__(self, postseal, folder):
        self.postseal, self.folder = postseal, folder
        os.makedirs(folder, exist_ok=True)

    def postseal_key(self, domain, selector, kind="rsa"):
        path = os.path.join(self.folder, f"{selector}.{domain}.pem")
        shown = subprocess.run(
            [self.postseal, "dkim", "key", "--domain", domain, "--selector", selector, "--type", kind, "--out", path],
            check=True, capture_output=True, text=True).stdout
        return Key(domain, selector, path, self.text_of(shown))

    def opendkim_key(self, domain, selector):
        subprocess.run(["opendkim-genkey", "-b", "2048", "-D", self.folder, "-d", domain, "-s", selector],
                       check=True, capture_output=True)
        path = os.path.join(self.folder, f"{selector}.{domain}.pem")
        os.rename(os.path.join(self.folder, f"{selector}.private"), path)
        with open(os.path.join(self.folder, f"{selector}.txt"), encoding="ascii") as file:
            return Key(domain, selector, path, self.text_of(file.read()))

    @staticmethod
    def text_of(zone_line):
        """The strings of a TXT record in zone file format, joined."""
        return "".join(re.findall(r'"([^"]*)"', zone_line))
