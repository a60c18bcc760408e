#!/usr/bin/python3
"""Policy hosts: an HTTPS server for each domain with a policy, at an address of its own.

    policy_hosts.py FILE

FILE is a JSON array of objects: `address`, `pem` (key and chain), `serve`, `media`, `body`. Standard output gets a line
for each handshake that begins, with the name of the server name indication: `ADDRESS NAME hello`; and one for each
request: `ADDRESS PATH STATUS`.
"""

import asyncio
import json
import ssl
import sys

REASONS = {200: "OK", 203: "Non-Authoritative Information", 301: "Moved Permanently", 404: "Not Found",
           500: "Internal Server Error"}
WELL_KNOWN = "/.well-known/mta-sts.txt"


class PolicyHost:
    def __init__(self, address, pem, serve, media, body):
        self.address, self.serve, self.media, self.body = address, serve, media, body.encode()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.context.sni_callback = self.note

    def note(self, _, name, __):
        print(self.address, name or "-", "hello", flush=True)

    async def start(self):
        await asyncio.start_server(self.answer, self.address, 443, ssl=self.context, ssl_handshake_timeout=20)

    async def answer(self, reader, writer):
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            path = head.split()[1].decode("ascii", "replace")
            await self.respond(writer, path)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            writer.close()

    async def respond(self, writer, path):
        status, body, more = 200, self.body, ""
        if isinstance(self.serve, int):
            status = self.serve
        elif self.serve == "redirect" and path == WELL_KNOWN:
            # Where a good policy is.
            status, more, body = 301, "Location: /elsewhere/mta-sts.txt\r\n", b""
        elif path not in (WELL_KNOWN, "/elsewhere/mta-sts.txt"):
            status, body = 404, b"no such page\n"
        elif self.serve == "huge":
            # Good lines first, so that who stops reading must not take what came so far.
            body += b"".join(b"x%d: %s\r\n" % (place, b"y" * 100) for place in range(1000))
        print(self.address, path, status, flush=True)
        if self.serve == "stall":
            await asyncio.sleep(300)
        length = "" if self.serve == "huge" else f"Content-Length: {len(body)}\r\n"
        writer.write(f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {self.media}\r\n{length}{more}"
                     "Connection: close\r\n\r\n".encode())
        if self.serve == "slow":
            for octet in body:
                writer.write(bytes([octet]))
                await writer.drain()
                await asyncio.sleep(2)
        writer.write(body if self.serve != "slow" else b"")
        await writer.drain()


async def main(path):
    with open(path, encoding="utf-8") as file:
        for each in json.load(file):
            await PolicyHost(**each).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
