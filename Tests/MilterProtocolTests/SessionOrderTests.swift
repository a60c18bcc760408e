import MailBytes
import MilterProtocol
import Testing

@Suite struct SessionOrderTests {
    private static let connect = MilterCommand.connect(MilterConnection())
    private static let mail = MilterCommand.mail(MilterPath("a@b"))
    private static let recipient = MilterCommand.recipient(MilterPath("c@d"))
    private static let header = MilterCommand.header(name: [UInt8]("A"), value: [UInt8](" b"))

    /// What leads to each place in the dialogue.
    private static let places: [(name: String, commands: [MilterCommand], allowed: String)] = [
        ("start", [], "OQ"),
        ("before the client", [.negotiate(.all)], "ACDKQU"),
        ("idle", [.negotiate(.all), connect], "ADHKMQU"),
        ("after HELO", [.negotiate(.all), connect, .helo([0x61])], "ADHKMQU"),
        ("envelope", [.negotiate(.all), connect, mail], "ADHKLMNQRTU"),
        ("envelope with a recipient", [.negotiate(.all), connect, mail, recipient], "ADHKLMNQRTU"),
        ("header", [.negotiate(.all), connect, mail, recipient, header], "ADKLNQU"),
        ("body", [.negotiate(.all), connect, mail, recipient, header, .endOfHeader], "ABDEKQU"),
        ("deciding", [.negotiate(.all), connect, mail, recipient, .endOfHeader, .endOfMessage([])], "ADKQ"),
        ("after a message is given up", [.negotiate(.all), connect, mail, header, .abort], "ADHKMQU"),
        ("the next client", [.negotiate(.all), connect, mail, header, .quitNewConnection], "ACDKQU"),
    ]

    private static let all: [MilterCommand] = [
        .abort, .body([0x61]), connect, .macros(0x4D, []), .endOfMessage([]), .helo([0x61]), .quitNewConnection,
        header, mail, .endOfHeader, .negotiate(.all), .quit, recipient, .data, .unknown([0x61]),
    ]

    private func session(_ commands: [MilterCommand], _ preferences: MilterPreferences) throws -> MilterSession {
        var session = MilterSession(preferences: preferences)
        session.append(commands.flatMap(\.wire))
        while try session.next() != nil {}
        return session
    }

    @Test func `Each place allows its commands, and names the others`() throws {
        let preferences = MilterPreferences(actions: [], unwanted: [], repliesToBody: false)
        for place in Self.places {
            let before = try session(place.commands, preferences)
            var allowed: [UInt8] = []
            for command in Self.all {
                var session = before
                session.append(command.wire)
                do throws(MilterProtocolError) {
                    _ = try session.next()
                    allowed.append(command.code)
                } catch {
                    let expected: MilterProtocolError.Code =
                        place.name == "deciding" && command.code != 0x4F
                        ? .beforeReply(command.code) : .outOfOrder(command.code)
                    #expect([expected, .beforeReply(command.code)].contains(error.code), "\(place.name)")
                }
            }
            #expect(String(lossy: allowed.sorted()) == place.allowed, "\(place.name)")
        }
    }

    @Test func `Nothing but an end comes before the reply that is due`() throws {
        let preferences = MilterPreferences(actions: [], unwanted: [], decides: Set(MilterStage.allCases))
        let waiting: [(commands: [MilterCommand], answer: (inout MilterSession) -> Void)] = [
            ([Self.connect], { _ = $0.answerStage() }),
            ([.helo([0x61])], { _ = $0.answerStage() }),
            ([Self.mail], { _ = $0.answerStage() }),
            ([Self.recipient], { _ = $0.answerStage() }),
            ([.data], { _ = $0.answerStage() }),
            ([Self.header, .endOfHeader], { _ = $0.answerHeader() }),
            ([.body([0x61])], { _ = $0.answerBody() }),
            ([.endOfMessage([])], { _ in }),
        ]
        var session = try session([.negotiate(.all)], preferences)
        for (commands, answer) in waiting {
            session.append(commands.flatMap(\.wire))
            while try session.next() != nil {}
            #expect(session.isReplyDue)
            for command in Self.all where !"ADKOQ".utf8.contains(command.code) {
                var copy = session
                copy.append(command.wire)
                #expect(throws: MilterProtocolError(.beforeReply(command.code))) { try copy.next() }
            }
            for command in Self.all where "ADKQ".utf8.contains(command.code) {
                var copy = session
                copy.append(command.wire)
                #expect(throws: Never.self) { try copy.next() }
                #expect(copy.isReplyDue == (command.code == 0x44))
            }
            answer(&session)
        }
    }

    @Test func `What was agreed to be left out is not missed`() throws {
        let preferences = MilterPreferences(
            actions: [], unwanted: [.noConnect, .noHelo, .noMail, .noRecipient, .noEndOfHeader, .noHeader])
        var session = try session([.negotiate(.all)], preferences)
        session.append(MilterCommand.endOfMessage([0x61]).wire)
        var expected = MilterMessage()
        expected.number = 1
        expected.header = [0x0D, 0x0A]
        #expect(try session.next() == .messageStarted(expected))
        #expect(session.answerHeader() == nil)
        #expect(try session.next() == .body([0x61]))
        #expect(session.answerBody() == nil)
        #expect(try session.next() == .messageEnded)
        #expect(try session.answer(.accept) == MilterReply.accept.wire)
        session.append(Self.header.wire + MilterCommand.body([0x62]).wire)
        expected.number = 2
        expected.header = [UInt8]("A: b\r\n\r\n")
        #expect(try session.next() == .messageStarted(expected))
        #expect(session.answerHeader() == nil)
        #expect(try session.next() == .body([0x62]))
        #expect(session.answerBody() == MilterReply.continue.wire)
        #expect(try session.next() == nil)
    }

    @Test func `An envelope gives way to the next`() throws {
        var session = try session(
            [
                .negotiate(.all), Self.connect, .macros(0x4D, [MilterMacro("x", "1")]), Self.mail, Self.recipient,
                .macros(0x52, [MilterMacro("y", "1")]), Self.recipient, .macros(0x4D, [MilterMacro("x", "2")]),
                .mail(MilterPath("e@f")), .recipient(MilterPath("g@h")),
            ], MilterPreferences(actions: []))
        session.append(MilterCommand.endOfHeader.wire)
        guard case .messageStarted(let message)? = try session.next() else {
            Issue.record("no message")
            return
        }
        #expect(message.sender == MilterPath("e@f"))
        #expect(message.recipients == [MilterPath("g@h")])
        #expect(message.macros.text("x") == "2")
        #expect(message.macros.text("y") == nil)
    }

    @Test func `EHLO in an envelope ends it`() throws {
        var session = try session(
            [.negotiate(.all), Self.connect, Self.mail, .helo([0x62])], MilterPreferences(actions: []))
        session.append(Self.recipient.wire)
        #expect(throws: MilterProtocolError(.outOfOrder(0x52))) { try session.next() }
    }

    @Test func `Giving up is told where a message was started, and only there`() throws {
        let start: [MilterCommand] = [.negotiate(.all), Self.connect, Self.mail, Self.recipient, Self.header]
        for end in [MilterCommand.abort, .quit, .quitNewConnection] {
            let own: [MilterEvent] = end == .abort ? [] : end == .quit ? [.quit] : [.connectionReset]
            for (more, isStarted) in [
                ([], false), ([.endOfHeader], true), ([.endOfHeader, .endOfMessage([])], true),
            ] as [([MilterCommand], Bool)] {
                var session = try session(start + more, MilterPreferences(actions: []))
                #expect(session.isInMessage == isStarted)
                session.append(end.wire)
                var events: [MilterEvent] = []
                while let event = try session.next() { events.append(event) }
                #expect(events == (isStarted ? [.aborted] : []) + own)
                #expect(!session.isInMessage)
                #expect(try session.answer(.accept) == nil)
                #expect(session.answerBody() == nil)
                #expect(session.progress() == nil)
            }
        }
    }
}
