import MailBytes
import MailNames
import MilterProtocol
import TestSupport
import Testing

extension Numbers {
    fileprivate mutating func negotiation() -> MilterNegotiation {
        MilterNegotiation(
            version: UInt32(below(1 << 32)), actions: MilterActions(rawValue: UInt32(below(1 << 32))),
            steps: MilterSteps(rawValue: UInt32(below(1 << 32))),
            macros: (0..<below(4)).map { index in
                MilterMacroList(MilterStage.allCases[below(7)], (0..<index).map { ["j", "{client_addr}", "{i}"][$0] })
            })
    }

    fileprivate mutating func path() -> MilterPath {
        let address = text(30).filter { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
        return MilterPath(address, arguments: (0..<below(4)).map { _ in text(10) }, hasBrackets: below(2) == 0)
    }

    fileprivate mutating func connection() -> MilterConnection {
        if below(4) == 0 { return MilterConnection(hostName: text(20)) }
        let families: [MilterConnection.Family] = [.unix, .inet, .inet6]
        return MilterConnection(
            hostName: text(20), family: families[below(3)], port: UInt16(below(65_536)), addressText: text(20))
    }

    fileprivate mutating func macro() -> MilterMacro {
        MilterMacro(text(10).filter { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") }, text(20))
    }

    fileprivate mutating func command() -> MilterCommand {
        switch below(15) {
        case 0: .negotiate(negotiation())
        case 1: .macros(UInt8(below(256)), (0..<below(5)).map { _ in macro() })
        case 2: .connect(connection())
        case 3: .helo(text(20))
        case 4: .mail(path())
        case 5: .recipient(path())
        case 6: .data
        case 7: .header(name: text(20), value: text(100))
        case 8: .endOfHeader
        case 9: .body(octets(300))
        case 10: .endOfMessage(octets(300))
        case 11: .abort
        case 12: .quit
        case 13: .quitNewConnection
        default: .unknown(text(20))
        }
    }

    fileprivate mutating func reply() -> MilterReply {
        let plain: [MilterReply] = [
            .continue, .accept, .reject, .tempfail, .discard, .skip, .progress, .shutdown, .connectionFailure,
        ]
        switch below(12) {
        case 0: return .negotiate(negotiation())
        case 1: return .replyCode(text(50))
        case 2: return .macroList(MilterMacroList(.data, ["i", "{auth_type}"]))
        case 3: return .addHeader(name: text(20), value: text(50))
        case 4: return .insertHeader(index: UInt32(below(1 << 32)), name: text(20), value: text(50))
        case 5: return .changeHeader(index: UInt32(below(1 << 32)), name: text(20), value: text(50))
        case 6: return .replaceBody(octets(300))
        case 7: return .addRecipient(text(20), parameters: below(2) == 0 ? nil : text(20))
        case 8: return .deleteRecipient(text(20))
        case 9: return .changeSender(text(20), parameters: below(2) == 0 ? nil : text(20))
        case 10: return .quarantine(text(20))
        default: return plain[below(plain.count)]
        }
    }
}

@Suite struct RoundTripTests {
    /// The tables have `~` for NUL, so that the log of a run is text.
    private static func withNULs(_ text: String) -> [UInt8] {
        [UInt8](text).map { $0 == UInt8(ascii: "~") ? 0 : $0 }
    }

    @Test func `A command that is written is read as the same, and its length is right`() throws {
        var numbers = Numbers(seed: 1)
        var seen: Set<UInt8> = []
        for _ in 0..<3000 {
            let command = numbers.command()
            var reader = MilterPacketReader()
            reader.append(command.wire)
            let packet = try #require(try reader.next())
            #expect(reader.pendingOctets == 0)
            #expect(packet.first == command.code)
            #expect(try MilterCommand(packet: packet) == command)
            seen.insert(command.code)
        }
        #expect(String(lossy: seen.sorted()) == "ABCDEHKLMNOQRTU")
    }

    @Test func `A reply that is written is read as the same, and its length is right`() throws {
        var numbers = Numbers(seed: 2)
        var seen: Set<UInt8> = []
        for _ in 0..<3000 {
            let reply = numbers.reply()
            var reader = MilterPacketReader()
            reader.append(reply.wire)
            let packet = try #require(try reader.next())
            #expect(reader.pendingOctets == 0)
            #expect(packet.first == reply.code)
            #expect(try MilterReply(packet: packet) == reply)
            seen.insert(reply.code)
        }
        #expect(String(lossy: seen.sorted()) == "+-24Oabcdefhilmpqrsty")
    }

    @Test(arguments: [
        "C", "Cmx", "Cmx~", "Cmx~4", "Cmx~4ab", "Cmx~4ab192.0.2.1", "Cmx~4ab192.0.2.1~more",
        "D", "DCj", "DCj~", "DCj~mail", "H", "Hmx", "Hmx~more", "M", "M<a@b>", "M<a@b>~SIZE=1", "R", "Rx",
        "L", "LSubject", "LSubject~", "LSubject~ x", "LSubject~ x~more", "O", "O~~~\u{6}", "U", "Ux",
        "O~~~\u{6}~~~~~~~~more", "O~~~\u{6}~~~~~~~~~~~\u{1}j",
    ])
    func `What is not of its command's form is refused`(_ packet: String) {
        let octets = Self.withNULs(packet)
        #expect(throws: MilterProtocolError(.malformed(octets[0]))) { try MilterCommand(packet: octets[...]) }
    }

    @Test(arguments: [
        "cx", "ax", "rx", "tx", "dx", "sx", "px", "4x", "fx", "y", "y550 no", "y550 no~more", "h", "hX-A", "hX-A~",
        "hX-A~ v~more", "i", "i~~~\u{1}", "m~~~\u{1}X-A~", "+", "+<a@b>", "+<a@b>~NOTIFY~", "2", "2<a@b>~x",
        "2<a@b>~x~y~", "-", "-<a@b>", "e", "q", "qwhy", "l", "l~~~\u{1}", "l~~~\u{9}j~",
    ])
    func `What is not of its reply's form is refused`(_ packet: String) {
        let octets = Self.withNULs(packet)
        #expect(throws: MilterProtocolError(.malformed(octets[0]))) { try MilterReply(packet: octets[...]) }
    }

    @Test func `Letters that nobody knows are named`() {
        #expect(throws: MilterProtocolError(.unknownCommand(0x5A))) { try MilterCommand(packet: [0x5A]) }
        #expect(throws: MilterProtocolError(.unknownReply(0x01))) { try MilterReply(packet: [0x01]) }
        #expect(throws: MilterProtocolError(.emptyPacket)) { try MilterCommand(packet: []) }
        #expect(throws: MilterProtocolError(.emptyPacket)) { try MilterReply(packet: []) }
        #expect(MilterProtocolError(.unknownCommand(0x5A)).description == "unknown command 'Z'")
        #expect(MilterProtocolError(.unknownReply(0x01)).description == "unknown reply 0x1")
    }

    @Test func `A string ends at its first NUL, whoever put it there`() throws {
        let wire = MilterCommand.helo([UInt8]("mx\0evil")).wire
        #expect(wire == MilterCommand.helo([UInt8]("mx")).wire)
    }

    @Test func `Macros come with braces and without`() throws {
        let packet = [UInt8]("DM{auth_type}\0PLAIN\0i\u{0}4F2A\0{j}\0mx\0{}\0x\0")
        guard case .macros(0x4D, let macros) = try MilterCommand(packet: packet[...]) else {
            Issue.record("no macros")
            return
        }
        #expect(
            macros == [
                MilterMacro("auth_type", "PLAIN"), MilterMacro("i", "4F2A"), MilterMacro("j", "mx"),
                MilterMacro("", "x"),
            ])
    }

    @Test(arguments: [
        ("4", "192.0.2.1", IPAddress.v4(0xC000_0201)), ("6", "2001:db8::1", .v6(0x2001_0DB8_0000_0000, 1)),
        ("6", "IPv6:2001:db8::1", .v6(0x2001_0DB8_0000_0000, 1)), ("6", "ipv6:::1", .v6(0, 1)),
        ("6", "::ffff:192.0.2.1", .v6(0, 0xFFFF_C000_0201)), ("6", "192.0.2.1", .v4(0xC000_0201)),
        ("4", "192.0.2", nil), ("6", "", nil), ("6", "fe80::1%eth0", nil), ("L", "192.0.2.1", nil),
        ("U", "192.0.2.1", nil), ("7", "192.0.2.1", nil),
    ])
    func `Addresses are read in the forms of Postfix and Sendmail`(
        _ family: String, _ text: String, _ address: IPAddress?
    ) throws {
        let packet = [UInt8]("C[x]\0\(family)\u{1}\u{2}\(text)\0")
        guard case .connect(let connection) = try MilterCommand(packet: packet[...]) else {
            Issue.record("no connection")
            return
        }
        #expect(connection.address == address)
        #expect(connection.hostName == [UInt8]("[x]"))
    }

    @Test func `Angle brackets come off addresses, and arguments stay apart`() throws {
        guard case .mail(let path) = try MilterCommand(packet: [UInt8]("M<a@b>\0SIZE=1\0BODY=8BITMIME\0")[...]),
            case .recipient(let bare) = try MilterCommand(packet: [UInt8]("Rc@d\0")[...]),
            case .mail(let null) = try MilterCommand(packet: [UInt8]("M<>\0")[...])
        else {
            Issue.record("no paths")
            return
        }
        #expect(path == MilterPath("a@b", arguments: ["SIZE=1", "BODY=8BITMIME"]))
        #expect(bare == MilterPath([UInt8]("c@d"), hasBrackets: false))
        #expect(bare.wireAddress == [UInt8]("c@d"))
        #expect(null == MilterPath())
        #expect(null.wireAddress == [UInt8]("<>"))
    }
}
