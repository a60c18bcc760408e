import MailBytes
import MilterProtocol
import Testing

@Suite struct PacketReaderTests {
    private static let commands: [MilterCommand] = [
        .negotiate(.all), .helo([UInt8]("mx")), .abort, .body([UInt8](repeating: 0x61, count: 300)), .endOfMessage([]),
    ]

    private func read(_ reader: inout MilterPacketReader) throws -> [MilterCommand] {
        var commands: [MilterCommand] = []
        while let packet = try reader.next() { commands.append(try MilterCommand(packet: packet)) }
        return commands
    }

    @Test func `Every cut in two, and every size of pieces, gives the same packets`() throws {
        let octets = Self.commands.flatMap(\.wire)
        for cut in 0...octets.count {
            var reader = MilterPacketReader()
            reader.append(octets[..<cut])
            var commands = try read(&reader)
            reader.append(octets[cut...])
            commands += try read(&reader)
            #expect(commands == Self.commands)
        }
        for size in 1...40 {
            var reader = MilterPacketReader()
            var commands: [MilterCommand] = []
            for start in stride(from: 0, to: octets.count, by: size) {
                reader.append(octets[start...].prefix(size))
                commands += try read(&reader)
            }
            #expect(commands == Self.commands)
            #expect(reader.pendingOctets == 0)
        }
    }

    @Test func `Packets may be kept while more comes`() throws {
        var reader = MilterPacketReader()
        var kept: [ArraySlice<UInt8>] = []
        let bodies = (0..<20).map { [UInt8](repeating: UInt8($0), count: 3000 + 997 * $0) }
        for octet in bodies.map({ MilterCommand.body($0).wire }).joined().chunks(of: 701) {
            reader.append(octet)
            while let packet = try reader.next() { kept.append(packet.dropFirst()) }
        }
        #expect(kept.map { Array($0) } == bodies)
    }

    @Test func `Spans and arrays are the same`() throws {
        var reader = MilterPacketReader()
        let octets = MilterCommand.helo([UInt8]("mx")).wire
        reader.append(octets.span.bytes)
        #expect(try read(&reader) == [.helo([UInt8]("mx"))])
    }

    @Test func `A packet without a code is an error`() {
        var reader = MilterPacketReader()
        reader.append([0, 0, 0, 0])
        #expect(throws: MilterProtocolError(.emptyPacket)) { try reader.next() }
    }

    @Test func `A packet that is too long is refused by its length alone`() throws {
        var reader = MilterPacketReader(packetOctetsMax: 10)
        reader.append([0, 0, 0, 10] + [UInt8](repeating: 0x42, count: 10))
        #expect(try reader.next()?.count == 10)
        reader.append([0, 0, 0, 11])
        #expect(throws: MilterProtocolError(.packetTooLong(octets: 11))) { try reader.next() }
        var largest = MilterPacketReader()
        largest.append([0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: MilterProtocolError(.packetTooLong(octets: 0xFFFF_FFFF))) { try largest.next() }
    }
}

extension Sequence<UInt8> {
    /// Pieces of this size, the last one shorter.
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        let all = Array(self)
        return stride(from: 0, to: all.count, by: size).map { Array(all[$0...].prefix(size)) }
    }
}
