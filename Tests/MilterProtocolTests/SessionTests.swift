import MailBytes
import MailNames
import MilterProtocol
import TestSupport
import Testing

@Suite struct SessionTests {
    /// Two messages of one client, and one of another, as a mail server of version 6 sends them: after the negotiation
    /// nothing waits for a reply but pieces of a body and its end.
    private static let packets: [MilterCommand] = [
        .negotiate(.all),
        .macros(0x43, [MilterMacro("j", "mail.example.org")]),
        .connect(MilterConnection(hostName: "mx.example.net", address: .v4(0xC000_0201), port: 25)),
        .helo([UInt8]("mx.example.net")),
        .macros(0x4D, [MilterMacro("mail_addr", "a@b")]),
        .mail(MilterPath("a@b", arguments: ["SIZE=5"])),
        .recipient(MilterPath("c@d")),
        .recipient(MilterPath("e@f")),
        .header(name: [UInt8]("From"), value: [UInt8](" a@b")),
        .header(name: [UInt8]("Subject"), value: [UInt8](" one\n two\n\tthree")),
        .macros(0x4E, [MilterMacro("i", "4F2A")]),
        .endOfHeader,
        .body([UInt8]("Hello\r\n")),
        .endOfMessage([UInt8]("World\r\n")),
        .abort,
        .mail(MilterPath("")),
        .recipient(MilterPath("g@h")),
        .endOfHeader,
        .endOfMessage([]),
        .quitNewConnection,
        .connect(MilterConnection(hostName: [UInt8]("localhost"))),
        .mail(MilterPath("i@j")),
        .recipient(MilterPath("k@l")),
        .header(name: [UInt8]("X"), value: []),
        .endOfHeader,
        .abort,
        .quit,
    ]

    private func host() -> FilterHost { FilterHost(TestFilter(preferences: MilterPreferences(actions: [.addHeader]))) }

    private static func messages(_ log: [MilterEvent]) -> [MilterMessage] {
        log.compactMap { if case .messageStarted(let message) = $0 { message } else { nil } }
    }

    @Test func `Messages come out whole`() throws {
        var host = host()
        _ = try host.receive(Self.packets.flatMap(\.wire))
        let messages = Self.messages(host.log)
        try #require(messages.count == 3)
        #expect(messages.map(\.number) == [1, 2, 3])

        #expect(messages[0].connection.hostName == [UInt8]("mx.example.net"))
        #expect(messages[0].connection.address == .v4(0xC000_0201))
        #expect(messages[0].connection.port == 25)
        #expect(messages[0].helo == [UInt8]("mx.example.net"))
        #expect(messages[0].sender == MilterPath("a@b", arguments: ["SIZE=5"]))
        #expect(messages[0].recipients == [MilterPath("c@d"), MilterPath("e@f")])
        #expect(messages[0].header == [UInt8]("From: a@b\r\nSubject: one\r\n two\r\n\tthree\r\n\r\n"))
        #expect(messages[0].macros.text("{i}") == "4F2A")
        #expect(messages[0].macros.text("j") == "mail.example.org")
        #expect(messages[0].macros.text("mail_addr") == "a@b")

        #expect(messages[1].connection == messages[0].connection)
        #expect(messages[1].helo == messages[0].helo)
        #expect(messages[1].sender == MilterPath(""))
        #expect(messages[1].recipients == [MilterPath("g@h")])
        #expect(messages[1].header == [UInt8]("\r\n"))
        #expect(messages[1].macros.text("i") == nil)
        #expect(messages[1].macros.text("j") == "mail.example.org")

        #expect(messages[2].connection == MilterConnection(hostName: [UInt8]("localhost")))
        #expect(messages[2].helo == nil)
        #expect(messages[2].macros.count == 0)
        #expect(messages[2].header == [UInt8]("X:\r\n\r\n"))
        #expect(host.log.suffix(3) == [.messageStarted(messages[2]), .aborted, .quit])
        #expect(host.log.contains(.body([UInt8]("Hello\r\nWorld\r\n")[...])))
    }

    @Test func `Every cut of the octets gives the same events and replies`() throws {
        let octets = Self.packets.flatMap(\.wire)
        var whole = host()
        let replies = try whole.receive(octets)
        for cut in 0...octets.count {
            var host = host()
            let parts = try host.receive(octets[..<cut]) + host.receive(octets[cut...])
            #expect(host.log == whole.log)
            #expect(parts == replies)
        }
        for size in [1, 2, 3, 5, 7, 11] {
            var host = host()
            var parts: [UInt8] = []
            for start in stride(from: 0, to: octets.count, by: size) {
                parts += try host.receive(octets[start...].prefix(size))
            }
            #expect(host.log == whole.log)
            #expect(parts == replies)
        }
    }

    @Test func `Replies are those that are awaited, and no other`() throws {
        var host = host()
        let output = try host.receive(Self.packets.flatMap(\.wire))
        var reader = MilterPacketReader()
        reader.append(output)
        var codes: [UInt8] = []
        while let packet = try reader.next() { codes.append(packet[packet.startIndex]) }
        // The offer; the piece of a body; two ends of messages, each with a sign of progress before.
        #expect(String(lossy: codes) == "Ocpapa")
    }

    @Test func `After the end nothing is read`() throws {
        var session = MilterSession(preferences: MilterPreferences(actions: []))
        session.append(MilterCommand.quit.wire + [1, 2, 3, 4, 5])
        #expect(try session.next() == .quit)
        session.append([0, 0, 0, 0])
        #expect(try session.next() == nil)
    }

    @Test func `After an error everything is the same error`() throws {
        var session = MilterSession(preferences: MilterPreferences(actions: []))
        session.append(MilterCommand.data.wire)
        #expect(throws: MilterProtocolError(.outOfOrder(0x54))) { try session.next() }
        session.append(MilterCommand.negotiate(.all).wire)
        #expect(throws: MilterProtocolError(.outOfOrder(0x54))) { try session.next() }
        #expect(session.progress() == nil)
        #expect(try session.answer(.accept) == nil)
    }

    @Test func `Macros of a stage take the place of its old ones, and the last set counts`() throws {
        var session = MilterSession(preferences: MilterPreferences(actions: []))
        let commands: [MilterCommand] = [
            .negotiate(.all),
            .macros(0x43, [MilterMacro("j", "one"), MilterMacro("x", "connect")]),
            .connect(MilterConnection()),
            .macros(0x48, [MilterMacro("x", "helo"), MilterMacro("y", "helo")]),
            .macros(0x48, [MilterMacro("y", "again"), MilterMacro("y", "twice")]),
            .macros(0x5A, [MilterMacro("z", "nobody")]),
        ]
        session.append(commands.flatMap(\.wire))
        while try session.next() != nil {}
        #expect(session.macros.text("x") == "connect")
        #expect(session.macros.text("y") == "twice")
        #expect(session.macros.text("{z}") == "nobody")
        session.append(MilterCommand.macros(0x43, [MilterMacro("x", "")]).wire)
        #expect(try session.next() == nil)
        #expect(session.macros["x"] == [])
        #expect(session.macros.text("x") == nil)
        #expect(session.macros["j"] == nil)
        session.append(MilterCommand.quitNewConnection.wire)
        #expect(try session.next() == .connectionReset)
        #expect(session.macros.count == 0)
    }

    @Test func `Macros that come with the end of a message are there when it is decided`() throws {
        var dialogue = try Dialogue(TestFilter(preferences: MilterPreferences(actions: [])))
        var transaction = MilterTransaction.sample
        transaction.macros[.endOfMessage] = [MilterMacro("i", "at the end")]
        dialogue.client.begin(transaction)
        let octets = dialogue.client.octetsToSend()
        dialogue.host.session.append(octets)
        while let event = try dialogue.host.session.next() {
            if case .body = event { _ = dialogue.host.session.answerBody() }
        }
        // The piece of the body is answered, so the end is still to come.
        dialogue.client.append(MilterReply.continue.wire)
        #expect(try dialogue.client.next() == nil)
        dialogue.host.session.append(dialogue.client.octetsToSend())
        #expect(try dialogue.host.session.next() == .messageEnded)
        #expect(dialogue.host.session.macros.text("i") == "at the end")
    }
}
