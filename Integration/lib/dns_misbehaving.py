"""A DNS server that does what servers out there do: nothing, late, wrong, too much.

What it does depends on the zone of the question (see BEHAVIOUR). Every question is written to a log, one
`udp|tcp NAME TYPE` a line, so that a test can count them.
"""

import asyncio
import os
import random
import struct
import sys

import dns.asyncquery
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 300
SOA_CONTENT = "ns.world. admin.world. 1 3600 600 86400 60"


def records(name, kind, *contents, ttl=TTL):
    return dns.rrset.from_text(name, ttl, "IN", kind, *contents)


def plain(question, query):
    """What an honest server would say: A 192.0.2.7 and TXT "here" for any name that does not begin with `no`."""
    response = dns.message.make_response(query, recursion_available=False)
    response.flags |= dns.flags.AA
    name = question.name
    zone = dns.name.Name(name.labels[-3:])
    kind = dns.rdatatype.to_text(question.rdtype)
    first = name.labels[0].lower()
    if first.startswith(b"no") and not first.startswith(b"nodata"):
        response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(records(zone, "SOA", SOA_CONTENT))
    elif kind == "A" and not first.startswith(b"nodata"):
        response.answer.append(records(name, "A", "192.0.2.7"))
    elif kind == "TXT" and not first.startswith(b"nodata"):
        response.answer.append(records(name, "TXT", '"here"'))
    elif kind == "NS" and name == zone:
        response.answer.append(records(name, "NS", f"ns.{zone}"))
    elif kind == "SOA" and name == zone:
        response.answer.append(records(name, "SOA", SOA_CONTENT))
    else:
        response.authority.append(records(zone, "SOA", SOA_CONTENT))
    return response


def code(value):
    def answer(question, query, transport):
        response = plain(question, query)
        response.answer.clear()
        response.authority.clear()
        response.set_rcode(value)
        return response.to_wire()
    return answer


def large(count):
    """`count` TXT records of 84 octets, truncated over UDP as it must be."""
    def answer(question, query, transport):
        response = plain(question, query)
        if question.rdtype == dns.rdatatype.TXT:
            response.answer = [records(question.name, "TXT", *[f'"{i:05}{"x" * 67}"' for i in range(count)])]
        return cut(response, transport)
    return answer


def cut(response, transport):
    if transport == "tcp" or not response.answer:
        return response.to_wire(max_size=65535)
    if len(response.to_wire(max_size=65535)) > 1232:
        response.answer.clear()
        response.flags |= dns.flags.TC
    return response.to_wire()


def truncated(question, query, transport):
    response = plain(question, query)
    if transport == "udp":
        response.answer.clear()
        response.flags |= dns.flags.TC
    return response.to_wire()


def silent_over_tcp(question, query, transport):
    return None if transport == "tcp" else truncated(question, query, transport)


def wrong_id(question, query, transport):
    wire = bytearray(plain(question, query).to_wire())
    wire[0] ^= 0x5A
    return bytes(wire)


def wrong_question(question, query, transport):
    other = dns.message.make_query("www.elsewhere.org.", question.rdtype)
    other.id = query.id
    return plain(other.question[0], other).to_wire()


def garbage(question, query, transport):
    noise = random.Random(query.id).randbytes(random.Random(query.id).randrange(0, 400))
    return struct.pack("!H", query.id) + b"\x84\x00\x00\x01\x00\xff\x00\x00\x00\x00" + noise


def no_edns(question, query, transport):
    if query.edns >= 0:
        query.use_edns(-1)
        return code(dns.rcode.FORMERR)(question, query, transport)
    return plain(question, query).to_wire()


def loop(question, query, transport):
    response = plain(question, query)
    other = "b" if question.name.labels[0] == b"a" else "a"
    response.answer = [records(question.name, "CNAME", f"{other}.loop.org.")]
    return response.to_wire()


def endless(question, query, transport):
    response = plain(question, query)
    number = int(question.name.labels[0].lstrip(b"n") or b"0") if len(question.name.labels) > 3 else 0
    response.answer = [records(question.name, "CNAME", f"n{number + 1}.endless.org.")]
    return response.to_wire()


def poison(question, query, transport):
    """Answers, and says something about a name that is none of its business."""
    response = plain(question, query)
    response.answer.append(records("www.unsigned.org.", "A", "192.0.2.66"))
    response.additional.append(records("www.unsigned.org.", "A", "192.0.2.66"))
    return response.to_wire()


def no_soa(question, query, transport):
    response = plain(question, query)
    response.authority.clear()
    return response.to_wire()


def honest(question, query, transport):
    return cut(plain(question, query), transport)


def brief(question, query, transport):
    """Answers that may not be kept."""
    response = plain(question, query)
    for rrset in response.answer + response.authority:
        rrset.ttl = 0
    return response.to_wire()


class FirstTimeDeaf:
    """Hears a question the second time."""
    def __init__(self):
        self.heard = set()

    def __call__(self, question, query, transport):
        key = (question.name, question.rdtype)
        if key in self.heard:
            return plain(question, query).to_wire()
        self.heard.add(key)
        return None


BEHAVIOUR = {
    "never.org.": lambda *_: None,
    "deaf.org.": FirstTimeDeaf(),
    "late.org.": honest,
    "wrongid.org.": wrong_id,
    "wrongquestion.org.": wrong_question,
    "truncated.org.": truncated,
    "tcprefused.org.": truncated,
    "tcpsilent.org.": silent_over_tcp,
    "servfail.org.": code(dns.rcode.SERVFAIL),
    "refused.org.": code(dns.rcode.REFUSED),
    "notimp.org.": code(dns.rcode.NOTIMP),
    "noedns.org.": no_edns,
    "garbage.org.": garbage,
    "loop.org.": loop,
    "endless.org.": endless,
    "large.org.": large(49),
    "huge.org.": large(600),
    "poison.org.": poison,
    "nosoa.org.": no_soa,
    "counted.org.": honest,
    "brief.org.": brief,
    "outage.org.": honest,
}
#: These have servers of their own, which don't listen on TCP.
WITHOUT_TCP = ["tcprefused.org."]


class Server:
    def __init__(self, directory):
        self.log = open(os.path.join(directory, "questions.log"), "a", encoding="ascii", buffering=1)
        self.outage = os.path.join(directory, "outage")

    async def answer(self, wire, transport):
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except Exception:
            return None
        self.log.write(f"{transport} {question.name} {dns.rdatatype.to_text(question.rdtype)}\n")
        zone = dns.name.Name(question.name.labels[-3:]).to_text().lower()
        behaviour = BEHAVIOUR.get(zone, code(dns.rcode.REFUSED))
        if zone == "outage.org." and os.path.exists(self.outage):
            return None
        if zone == "late.org." and question.name.labels[0].startswith(b"ms"):
            await asyncio.sleep(int(question.name.labels[0][2:]) / 1000)
        return behaviour(question, query, transport)


class StrippingResolver:
    """Passes questions on to an honest server, but neither asks for nor hands out anything of DNSSEC."""
    KINDS = (dns.rdatatype.DNSKEY, dns.rdatatype.DS, dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3)

    def __init__(self, upstream, port):
        self.upstream, self.port = upstream, port

    async def answer(self, wire, transport):
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
            onward = dns.message.make_query(question.name, question.rdtype, use_edns=False)
            found = await dns.asyncquery.udp(onward, self.upstream, port=self.port, timeout=1)
        except Exception:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        response.set_rcode(found.rcode())
        response.answer = [rrset for rrset in found.answer if rrset.rdtype not in self.KINDS]
        response.authority = [rrset for rrset in found.authority if rrset.rdtype == dns.rdatatype.SOA]
        return response.to_wire()


class Silence:
    async def answer(self, wire, transport):
        return None


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server):
        self.server = server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        asyncio.ensure_future(self.respond(data, address))

    async def respond(self, data, address):
        wire = await self.server.answer(data, "udp")
        if wire is not None:
            self.transport.sendto(wire, address)


async def stream(server, reader, writer):
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            wire = await server.answer(await reader.readexactly(length), "tcp")
            if wire is not None:
                writer.write(struct.pack("!H", len(wire)) + wire)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(directory, honest_address, network, ports):
    server = Server(directory)
    # By the last octet of the address: what answers there, and whether also over TCP.
    servers = {
        20: (server, True),
        21: (server, False),
        22: (StrippingResolver(honest_address, ports[0]), False),
        23: (Silence(), False),
    }
    running = asyncio.get_running_loop()
    for port in ports:
        for last, (responder, has_tcp) in servers.items():
            host = f"{network}.{last}"
            await running.create_datagram_endpoint(lambda r=responder: Datagrams(r), local_addr=(host, port))
            if has_tcp:
                await asyncio.start_server(lambda r, w, s=responder: stream(s, r, w), host, port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], [int(port) for port in sys.argv[4:]]))
