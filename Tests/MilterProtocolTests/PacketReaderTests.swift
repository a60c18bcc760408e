import MilterProtocol
import Testing

@Suite struct PacketReaderTests {
    @Test func `A packet without a code is an error`() {
        var reader = MilterPacketReader()
        reader.append([0, 0, 0, 0])
        #expect(throws: MilterProtocolError(.emptyPacket)) { try reader.next() }
    }
}
