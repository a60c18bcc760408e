"""The other side: OpenDKIM as a milter and as a command, dkimpy as a library."""

import os
import socket
import subprocess

import dkim
import dns.resolver
from mail_world import waiting

COMMON = """Syslog no
Background no
RequireSafeKeys no
UserID root
Nameservers {server}
ExternalIgnoreList refile:{folder}/opendkim.hosts
InternalHosts refile:{folder}/opendkim.hosts
"""


class OpenDKIM:
    """Two of Debian's opendkim: one signs for good.example, one verifies whatever comes to the second mail host."""

    def __init__(self, folder, key, name_server):
        self.folder = folder
        self.signing, self.verifying = "inet:127.0.0.1:8901", "inet:127.0.0.1:8902"
        self.processes = []
        self.write("opendkim.hosts", "198.51.100.0/24\n127.0.0.1\n")
        self.write("opendkim.none", "192.0.2.254\n")
        common = COMMON.format(server=name_server, folder=folder)
        self.write("opendkim-signs.conf", common + f"Mode s\nDomain {key.domain}\nSelector {key.selector}\n"
                   f"KeyFile {key.path}\nSocket inet:8901@127.0.0.1\nCanonicalization simple/simple\n")
        self.write("opendkim-verifies.conf", common.replace("opendkim.hosts", "opendkim.none") +
                   "Mode v\nSocket inet:8902@127.0.0.1\nAuthservID peer.example\nAlwaysAddARHeader yes\n"
                   "On-BadSignature accept\nOn-NoSignature accept\n")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(text)

    def start(self):
        for role, port in (("signs", 8901), ("verifies", 8902)):
            with open(os.path.join(self.folder, f"opendkim-{role}.log"), "w", encoding="ascii") as log:
                process = subprocess.Popen(["opendkim", "-f", "-x", f"{self.folder}/opendkim-{role}.conf"],
                                           stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
            self.processes.append(process)
            waiting.until(f"opendkim that {role}", lambda: self.listens(process, role, port))

    def listens(self, process, role, port):
        if process.poll() is not None:
            with open(os.path.join(self.folder, f"opendkim-{role}.log"), encoding="utf-8") as file:
                raise waiting.TooLate(f"opendkim that {role} ended: {file.read()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def opendkim_test(message):
    """What opendkim-testmsg says about a message: an empty text if all its signatures hold."""
    done = subprocess.run(["opendkim-testmsg", "-C"], input=message, capture_output=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).decode("utf-8", "replace").strip()


def text_record(name, timeout=5):
    """A TXT record for dkimpy, from the world's name server."""
    name = name.decode("ascii") if isinstance(name, bytes) else name
    try:
        answer = dns.resolver.Resolver().resolve(name, "TXT", raise_on_no_answer=False, lifetime=timeout)
    except dns.resolver.NXDOMAIN:
        return None
    return b"".join(answer[0].strings) if answer.rrset else None


def dkimpy_verifies(message):
    """Whether each of the message's signatures holds for dkimpy, from the top."""
    verifier = dkim.DKIM(message, minkey=1024)
    count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    return [verifier.verify(index, dnsfunc=text_record) for index in range(count)]


def sign(message, *keys, forms=(b"relaxed", b"relaxed"), include=None):
    """The message signed by dkimpy with each of the keys; forms are those of header and body."""
    for key in keys:
        algorithm, secret = ((b"ed25519-sha256", key.seed) if "k=ed25519" in key.record else (b"rsa-sha256", key.pem))
        message = dkim.sign(message, key.selector.encode(), key.domain.encode(), secret, canonicalize=forms,
                            signature_algorithm=algorithm, include_headers=include) + message
    return message


def seal(message, key, results):
    """The message with an ARC set by dkimpy. `results`: what the sealer found, without its name."""
    field = f"Authentication-Results: {key.domain}; {results}\r\n".encode()
    lines = dkim.arc_sign(field + message, key.selector.encode(), key.domain.encode(), key.pem, key.domain.encode())
    return b"".join(lines) + message


def arc_result(message):
    """The verdict of dkimpy on the ARC chain, and why."""
    result, _, reason = dkim.arc_verify(message, dnsfunc=text_record)
    return result.decode(), reason
