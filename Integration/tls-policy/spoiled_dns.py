#!/usr/bin/python3
"""A name server that passes questions on, and fails on those for TLSA, as load balancers do, or of one type of addresses.

    spoiled_dns.py ADDRESS PORT UPSTREAM UPSTREAM-PORT

How it fails, the name says: `_25._tcp.tlsa-HOW.…` with servfail, silent, notimp or refused; `aaaa-servfail.…` and
`a-servfail.…` when asked for that type.
"""

import asyncio
import re
import struct
import sys

import dns.asyncquery
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

CODES = {"servfail": dns.rcode.SERVFAIL, "notimp": dns.rcode.NOTIMP, "refused": dns.rcode.REFUSED}


async def answer(wire, transport):
    """The answer, or nothing."""
    try:
        query = dns.message.from_wire(wire)
        question = query.question[0]
    except Exception:
        return None
    kind = re.match(r"(a|aaaa)-servfail\.", question.name.to_text().lower())
    if kind and dns.rdatatype.to_text(question.rdtype) == kind.group(1).upper():
        response = dns.message.make_response(query)
        response.set_rcode(CODES["servfail"])
        return response.to_wire()
    how = re.search(r"_tcp\.tlsa-(\w+)\.", question.name.to_text().lower())
    # The name below the host too, which a resolver may ask for on its way.
    if how and (question.rdtype == dns.rdatatype.TLSA or question.name.labels[0] == b"_tcp"):
        if how.group(1) == "silent":
            return None
        response = dns.message.make_response(query)
        response.set_rcode(CODES[how.group(1)])
        return response.to_wire()
    try:
        ask = dns.asyncquery.tcp if transport == "tcp" else dns.asyncquery.udp
        return (await ask(query, UPSTREAM[0], port=UPSTREAM[1], timeout=2)).to_wire()
    except Exception:
        return None


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport, self.running = transport, set()

    def datagram_received(self, data, address):
        task = asyncio.ensure_future(self.respond(data, address))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def respond(self, data, address):
        wire = await answer(data, "udp")
        if wire is not None:
            self.transport.sendto(wire, address)


async def stream(reader, writer):
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = await answer(await reader.readexactly(length), "tcp")
            if wire is None:
                return
            writer.write(struct.pack("!H", len(wire)) + wire)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(own):
    await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, local_addr=own)
    await asyncio.start_server(stream, *own)
    await asyncio.Event().wait()


if __name__ == "__main__":
    UPSTREAM = (sys.argv[3], int(sys.argv[4]))
    asyncio.run(main((sys.argv[1], int(sys.argv[2]))))
