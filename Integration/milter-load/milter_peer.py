"""The mail server's side of the milter protocol, no more than a load needs: connections that send one message again and
again, and connections that misbehave."""
import asyncio
import socket
import struct

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF
#: Pieces of a body are not answered.
NO_REPLY_TO_BODY = 0x80000
CONTINUES = b'cas'


def packet(code, data=b''):
    return struct.pack('>I', len(data) + 1) + code + data


def strings(*texts):
    return b''.join(text + b'\0' for text in texts)


NEGOTIATION = packet(b'O', struct.pack('>III', 6, ALL_ACTIONS, ALL_STEPS))


class Message:
    """A message as packets: `envelope` up to the last piece of its body, and the end."""

    def __init__(self, octets, ip, mail_from, recipient):
        header, _, body = octets.partition(b'\r\n\r\n')
        fields = header.replace(b'\r\n ', b'\0 ').replace(b'\r\n\t', b'\0\t').split(b'\r\n')
        self.connection = packet(b'C', strings(b'client.example')[:-1] + b'\x00' + b'4' + struct.pack('>H', 2525)
                                 + strings(ip.encode())) + packet(b'H', strings(b'client.example'))
        self.envelope = packet(b'M', strings(b'<' + mail_from.encode() + b'>'))
        self.envelope += packet(b'R', strings(b'<' + recipient.encode() + b'>'))
        for field in fields:
            name, _, value = field.partition(b':')
            self.envelope += packet(b'L', strings(name, value.replace(b'\0', b'\n')))
        self.envelope += packet(b'N')
        self.pieces = [packet(b'B', body[start:start + 65535]) for start in range(0, len(body), 65535)] or []
        self.end = packet(b'D', b'E' + strings(b'i', b'QUEUEID')) + packet(b'E')


class Peer:
    """One connection of a mail server."""

    def __init__(self, address):
        self.address = address

    async def open(self):
        if self.address.startswith('unix:'):
            self.reader, self.writer = await asyncio.open_unix_connection(self.address[5:], limit=1 << 17)
        else:
            host, port = self.address[4:].rsplit(':', 1)
            self.reader, self.writer = await asyncio.open_connection(host, int(port), limit=1 << 17)
            self.writer.get_extra_info('socket').setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.writer.write(NEGOTIATION)
        code, agreed = await self.reply()
        if code != b'O':
            raise ValueError(f'the filter answers the negotiation with {code}')
        self.answers_body = not struct.unpack('>III', agreed[:12])[2] & NO_REPLY_TO_BODY
        return self

    async def greet(self, message):
        self.writer.write(message.connection)
        return self

    async def reply(self):
        length = struct.unpack('>I', await self.reader.readexactly(4))[0]
        data = await self.reader.readexactly(length)
        return data[:1], data[1:]

    async def send(self, message):
        """Sends the message; gives the deciding reply, and the names of the fields that were added."""
        self.writer.write(message.envelope)
        for piece in message.pieces:
            self.writer.write(piece)
            if self.answers_body:
                code, _ = await self.reply()
                if code == b's':
                    break
        self.writer.write(message.end)
        added = []
        while True:
            code, data = await self.reply()
            if code in (b'i', b'h'):
                added.append(data[4 if code == b'i' else 0:].split(b'\0')[0])
            elif code == b'p' or code in (b'm', b'q'):
                continue
            else:
                return code, added

    def close(self):
        self.writer.close()
