#!/usr/bin/python3
"""A name server that passes questions on, and takes its time: for a name with a label `msN`, N milliseconds.

    slow_dns.py ADDRESS PORT UPSTREAM UPSTREAM-PORT
"""

import asyncio
import re
import struct
import sys

import dns.message


class Upstream(asyncio.DatagramProtocol):
    """Asks one question, and completes a future with the answer."""

    def __init__(self, question, answer):
        self.question, self.answer = question, answer

    def connection_made(self, transport):
        transport.sendto(self.question)

    def datagram_received(self, data, _):
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, error):
        if not self.answer.done():
            self.answer.set_exception(error)


async def over_udp(question):
    running = asyncio.get_running_loop()
    answer = running.create_future()
    transport, _ = await running.create_datagram_endpoint(lambda: Upstream(question, answer), remote_addr=UPSTREAM)
    try:
        return await asyncio.wait_for(answer, 5)
    finally:
        transport.close()


async def over_tcp(question):
    reader, writer = await asyncio.open_connection(*UPSTREAM)
    try:
        writer.write(struct.pack("!H", len(question)) + question)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    finally:
        writer.close()


async def wait(question):
    name = dns.message.from_wire(question, question_only=True).question[0].name.to_text()
    slow = re.search(r"(?:^|\.)ms(\d+)\.", name)
    if slow:
        await asyncio.sleep(int(slow.group(1)) / 1000)


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.running = set()

    def datagram_received(self, data, address):
        task = asyncio.ensure_future(self.respond(data, address))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def respond(self, data, address):
        await wait(data)
        self.transport.sendto(await over_udp(data), address)


async def stream(reader, writer):
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            question = await reader.readexactly(length)
            await wait(question)
            answer = await over_tcp(question)
            writer.write(struct.pack("!H", len(answer)) + answer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(own):
    running = asyncio.get_running_loop()
    await running.create_datagram_endpoint(Datagrams, local_addr=own)
    await asyncio.start_server(stream, *own)
    await asyncio.Event().wait()


if __name__ == "__main__":
    UPSTREAM = (sys.argv[3], int(sys.argv[4]))
    asyncio.run(main((sys.argv[1], int(sys.argv[2]))))
