import MilterProtocol
import TestSupport
import Testing

@Suite struct ChangeTests {
    private static let name = [UInt8]("A")

    /// A session that waits for the answer to a message.
    private func deciding(
        _ actions: MilterActions = .all, offer: MilterNegotiation = .all
    ) throws -> MilterSession {
        var session = MilterSession(preferences: MilterPreferences(actions: actions))
        session.append(
            ([
                .negotiate(offer), .connect(MilterConnection()), .mail(MilterPath("a@b")), .endOfHeader,
                .endOfMessage([]),
            ] as [MilterCommand]).flatMap(\.wire))
        while try session.next() != nil {}
        return session
    }

    private func replies(_ octets: [UInt8]) throws -> [MilterReply] {
        var reader = MilterPacketReader()
        reader.append(octets)
        var replies: [MilterReply] = []
        while let packet = try reader.next() { replies.append(try MilterReply(packet: packet)) }
        return replies
    }

    private static func add(_ value: String) -> MilterChange { .addHeader(name: name, value: [UInt8](value)) }

    static let malformed: [MilterChange] = [
        add(" b\n"), add(" b\nB: c"), add(" b\r\n\r\n"), add(" b\rc"), add("\0"), add(" b\n\n c"),
        .addHeader(name: [], value: []), .addHeader(name: [UInt8]("A:"), value: []),
        .addHeader(name: [UInt8]("A b"), value: []), .addHeader(name: [UInt8]("A\n"), value: []),
        .insertHeader(index: -1, name: name, value: []), .insertHeader(index: 1 << 31, name: name, value: []),
        .changeHeader(name: name, occurrence: 0, value: []), .deleteHeader(name: name, occurrence: 0),
        .deleteHeader(name: [UInt8]("A\r"), occurrence: 1), .deleteHeader(name: name, occurrence: .max),
        .addRecipient(MilterPath("a\r\n")), .addRecipient(MilterPath("a", arguments: ["b\n"])),
        .deleteRecipient(MilterPath("a\0")), .changeSender(MilterPath("a\n")),
        .quarantine(reason: [UInt8]("a\nb")),
    ]

    @Test(arguments: malformed)
    func `What would be another thing on the wire is refused, and nothing is sent`(_ change: MilterChange) throws {
        var session = try deciding()
        let refused = MilterRefusedChanges(refused: [.init(change: change, reason: .malformed)])
        #expect(throws: refused) { try session.answer(.accept, changes: [Self.add(" b"), change]) }
        #expect(session.isReplyDue)
        #expect(try session.answer(.tempfail) == MilterReply.tempfail.wire)
    }

    static let all: [MilterChange] = [
        add(" b"), .insertHeader(index: 1, name: name, value: []),
        .changeHeader(name: name, occurrence: 1, value: [0x20]),
        .deleteHeader(name: name, occurrence: 1), .replaceBody([0x61]), .addRecipient(MilterPath("c@d")),
        .addRecipient(MilterPath("c@d", arguments: ["NOTIFY=NEVER"])), .deleteRecipient(MilterPath("c@d")),
        .changeSender(MilterPath("c@d")), .quarantine(reason: [0x61]),
    ]

    @Test(arguments: all)
    func `What was not negotiated is refused`(_ change: MilterChange) throws {
        let others = MilterActions.all.subtracting([change.action, .addRecipientWithParameters])
        // Whether the mail server does not offer it, or the filter does not want it.
        var offer = MilterNegotiation.all
        offer.actions = others
        for var session in [try deciding(offer: offer), try deciding(others)] {
            let refused = MilterRefusedChanges(refused: [.init(change: change, reason: .notNegotiated)])
            #expect(throws: refused) { try session.answer(.accept, changes: [change]) }
            #expect(session.refused([change]) == refused.refused)
        }
        var session = try deciding()
        #expect(try session.answer(.accept, changes: [change]) != nil)
    }

    @Test func `Changes go out in the order in which each means what it would alone`() throws {
        var session = try deciding()
        let changes: [MilterChange] = [
            .quarantine(reason: [0x61]), .replaceBody([0x31]), .deleteRecipient(MilterPath("c@d")),
            .insertHeader(index: 1, name: Self.name, value: []), .deleteHeader(name: Self.name, occurrence: 1),
            .replaceBody([0x32]), Self.add(" b"), .deleteHeader(name: Self.name, occurrence: 3),
            .changeHeader(name: Self.name, occurrence: 2, value: [0x20, 0x63]),
        ]
        let octets = try #require(try session.answer(.accept, changes: changes))
        let codes = try replies(octets).map(\.code)
        #expect(codes == Array("mmmih-bbqa".utf8))
        let indices = try replies(octets).compactMap {
            if case .changeHeader(let index, _, _) = $0 { index } else { nil }
        }
        #expect(indices == [3, 2, 1])
    }

    @Test func `A long body goes in pieces that make it up`() throws {
        for count in [0, 1, 65_535, 65_536, 131_070, 200_000] {
            var session = try deciding()
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let octets = try #require(try session.answer(.accept, changes: [.replaceBody(body)]))
            let pieces = try replies(octets).compactMap { if case .replaceBody(let piece) = $0 { piece } else { nil } }
            #expect(Array(pieces.joined()) == body)
            #expect(pieces.allSatisfy { $0.count <= 65_535 })
            #expect(pieces.count == max(1, (count + 65_534) / 65_535))
        }
    }

    @Test func `The space behind the colon is written by one side alone`() throws {
        var offer = MilterNegotiation.all
        for hasSpace in [true, false] {
            if !hasSpace { offer.steps.remove(.leadingSpace) }
            var session = try deciding(offer: offer)
            let octets = try #require(try session.answer(.accept, changes: [Self.add(" b\r\n c"), Self.add("d")]))
            let values = try replies(octets).compactMap { if case .addHeader(_, let value) = $0 { value } else { nil } }
            #expect(values == [[UInt8](hasSpace ? " b\n c" : "b\n c"), [UInt8]("d")])
        }
    }

    // MARK: What the mail server makes of them

    private var applier: MilterChangeApplier {
        var transaction = MilterTransaction.sample
        transaction.fields = ["1", "2", "3"].map { MilterField("A", $0) } + [MilterField("B", "4")]
        return MilterChangeApplier(transaction, ownFields: [MilterField("A", "own")])
    }

    static let applied: [(change: MilterChange, values: String)] = [
        (.addHeader(name: [UInt8]("C"), value: [UInt8]("x")), "own,1,2,3,4,x"),
        (.insertHeader(index: 0, name: [UInt8]("C"), value: [UInt8]("x")), "x,own,1,2,3,4"),
        (.insertHeader(index: 1, name: [UInt8]("C"), value: [UInt8]("x")), "own,x,1,2,3,4"),
        (.insertHeader(index: 99, name: [UInt8]("C"), value: [UInt8]("x")), "own,1,2,3,4,x"),
        (.changeHeader(name: [UInt8]("a"), occurrence: 2, value: [UInt8]("x")), "own,1,x,3,4"),
        (.changeHeader(name: [UInt8]("A"), occurrence: 4, value: [UInt8]("x")), "own,1,2,3,4,x"),
        (.deleteHeader(name: [UInt8]("A"), occurrence: 1), "own,2,3,4"),
        (.deleteHeader(name: [UInt8]("A"), occurrence: 4), "own,1,2,3,4"),
        (.deleteHeader(name: [UInt8]("C"), occurrence: 1), "own,1,2,3,4"),
        (.deleteHeader(name: [UInt8]("A"), occurrence: 0), "own,1,2,3,4"),
    ]

    @Test(arguments: applied)
    func `A header is changed as Postfix does it`(_ example: (change: MilterChange, values: String)) {
        var applier = applier
        applier.apply(example.change)
        let values = applier.fields.map { field in String(decoding: field.value.filter { $0 != 0x20 }, as: UTF8.self) }
        #expect(values.joined(separator: ",") == example.values)
    }

    @Test func `Envelope and body are changed, and the message is kept back`() {
        var applier = applier
        applier.apply([
            .changeSender(MilterPath("s@t")), .deleteRecipient(MilterPath("one@example.org")),
            .addRecipient(MilterPath("c@d")), .replaceBody([0x31]), .replaceBody([0x32]), .quarantine(reason: [0x71]),
        ])
        #expect(applier.sender == MilterPath("s@t"))
        #expect(applier.recipients.map(\.address) == [[UInt8]("two@example.org"), [UInt8]("c@d")])
        #expect(applier.body == [UInt8]("12"))
        #expect(applier.quarantineReason == [0x71])
        #expect(applier.message.suffix(4) == [0x0D, 0x0A, 0x31, 0x32])
    }

    static let messages: [(text: String, fields: [String], body: String)] = [
        ("A: b\r\nC:d\r\n\r\nx", ["A: b", "C:d"], "x"), ("A: b\nC: d\n e\n\nx\n", ["A: b", "C: d\r\n e"], "x\n"),
        ("A : b\r\n\r\n", ["A: b"], ""), ("\r\nA: b\r\n", [], "A: b\r\n"),
        ("A: b\r\nno field\r\n", ["A: b"], "no field\r\n"),
        ("", [], ""), (" a\r\n", [], " a\r\n"), (": b\r\n", [], ": b\r\n"), ("A: b", ["A: b"], ""),
    ]

    @Test(arguments: messages)
    func `A message is taken apart as mail servers do it`(_ example: (text: String, fields: [String], body: String)) {
        let (fields, body) = MilterField.read(message: [UInt8](example.text))
        #expect(fields.map { String(decoding: $0.octets, as: UTF8.self) } == example.fields.map { $0 + "\r\n" })
        #expect(Array(body) == [UInt8](example.body))
    }
}
