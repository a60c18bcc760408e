import MilterProtocol
import Testing

/// Each limit is reached: what is one less goes through.
@Suite struct LimitTests {
    private static let start: [MilterCommand] = [.negotiate(.all), .connect(MilterConnection())]
    private static let mail = MilterCommand.mail(MilterPath("a@b"))

    private func failure(_ commands: [MilterCommand], _ change: (inout MilterLimits) -> Void) -> MilterProtocolError? {
        var limits = MilterLimits()
        change(&limits)
        var session = MilterSession(preferences: MilterPreferences(actions: [], unwanted: [], limits: limits))
        session.append(commands.flatMap(\.wire))
        do throws(MilterProtocolError) {
            while try session.next() != nil {}
            return nil
        } catch {
            #expect(throws: error) { try session.next() }
            return error
        }
    }

    static let reached:
        [(commands: [MilterCommand], limit: MilterLimit, change: @Sendable (inout MilterLimits) -> Void)] =
            [
                ([.helo(.init(repeating: 0x61, count: 11))], .name, { $0.nameOctets = 10 }),
                ([mail, .recipient(MilterPath("12345678901"))], .address, { $0.addressOctets = 10 }),
                ([.mail(MilterPath("a", arguments: ["1234567", "8901"]))], .arguments, { $0.argumentOctets = 10 }),
                ([.mail(MilterPath("a", arguments: ["", "", ""]))], .arguments, { $0.arguments = 2 }),
                (
                    [mail] + Array(repeating: .recipient(MilterPath("c@d")), count: 3), .recipients,
                    { $0.recipients = 2 }
                ),
                // The sender counts, too.
                (
                    [mail] + Array(repeating: .recipient(MilterPath("c@d")), count: 3), .envelope,
                    { $0.envelopeOctets = 11 }
                ),
                (
                    [mail, .header(name: [0x41], value: .init(repeating: 0x61, count: 100)), .endOfHeader], .header,
                    // `A:`, the value, its line end and the empty line.
                    { $0.headerOctets = 105 }
                ),
                (
                    [.macros(0x4D, [MilterMacro("a", "123456"), MilterMacro("b", "123")])], .macros,
                    { $0.macroOctets = 10 }
                ),
                (
                    [
                        .macros(0x4D, [MilterMacro("a", "1")]),
                        .macros(0x52, [MilterMacro("b", "2"), MilterMacro("c", "3")]),
                    ],
                    .macros, { $0.macros = 2 }
                ),
            ]

    @Test(arguments: reached.indices)
    func `Each limit is named where it is reached, and not one before`(_ index: Int) {
        let example = Self.reached[index]
        #expect(
            failure(Self.start + example.commands, example.change) == MilterProtocolError(.limit(example.limit)))
        let more: (inout MilterLimits) -> Void = { limits in
            example.change(&limits)
            limits.nameOctets += 1
            limits.addressOctets += 1
            limits.argumentOctets += 1
            limits.arguments += 1
            limits.recipients += 1
            limits.envelopeOctets += 1
            limits.headerOctets += 1
            limits.macroOctets += 1
            limits.macros += 1
        }
        #expect(failure(Self.start + example.commands, more) == nil)
    }

    @Test func `Macros that take the place of others count once`() {
        let macros = MilterCommand.macros(0x4D, [MilterMacro("a", "1"), MilterMacro("b", "2")])
        #expect(failure(Self.start + Array(repeating: macros, count: 50)) { $0.macros = 2 } == nil)
    }

    static let fields: [(name: String, value: String, isField: Bool)] = [
        ("A", " b", true), ("A", " b\n c", true), ("A", " b\r\n\tc", true), ("A", "", true), ("A", " b\rc", true),
        ("A b", " c", true), ("\u{e9}", " c", true),
        ("", " b", false), ("A:", " b", false), ("A\nB", " c", false), ("A\r", " c", false),
        ("A", " b\nB: c", false), ("A", " b\n", false), ("A", " b\n\nc", false), ("A", " b\r\n\r\n c", false),
    ]

    @Test(arguments: fields)
    func `A field stays one field`(_ example: (name: String, value: String, isField: Bool)) {
        let field = MilterCommand.header(name: [UInt8](example.name), value: [UInt8](example.value))
        let expected = example.isField ? nil : MilterProtocolError(.badField)
        #expect(failure(Self.start + [Self.mail, field, .endOfHeader]) { _ in } == expected)
    }
}
