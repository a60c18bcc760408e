import MailBytes
import MailFormat
import TestSupport
import Testing

@Suite struct MboxTests {
    private static let date = "Fri Nov 20 01:02:03 2026"

    private func messages(_ text: String) -> [String] {
        Mbox.messages(in: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("", [""]), ("\n", ["\n"]), ("From ", ["From "]), ("Subject: x\n\nFrom me\n", ["Subject: x\n\nFrom me\n"]),
            ("From a \(date)\nA: 1\n\nx\n", ["A: 1\n\nx\n"]),
            ("From a \(date)\nA: 1\n\nx\n\nFrom b \(date)\nB: 2\n\ny\n", ["A: 1\n\nx\n\n", "B: 2\n\ny\n"]),
            (
                "From a \(date)\r\nA: 1\r\n\r\nx\r\n\r\nFrom b \(date)\r\nB: 2\r\n",
                ["A: 1\r\n\r\nx\r\n\r\n", "B: 2\r\n"]
            ),
            // Escaped, and not at the beginning of a line.
            ("From a \(date)\nA: 1\n\n>From b \(date)\nB: 2\n From c \(date)\n", nil),
            // An empty line in front of the file.
            ("\n\r\nFrom a \(date)\nA: 1\n\nFrom b \(date)\nB: 2\n", ["A: 1\n\n", "B: 2\n"]),
            // Nothing in between, and nothing at the end.
            ("From a \(date)\nFrom b \(date)\nB: 2\n\nFrom c \(date)", ["B: 2\n\n"]),
            ("From a \(date)", [""]),
            // It had been in an mbox before.
            ("From a \(date)\n>From a \(date)\nA: 1\n", [">From a \(date)\nA: 1\n"]),
            // A field, in the obsolete form.
            (
                "From : a@x.example\n\nx\n\nFrom b \(date)\nB: 2\n",
                ["From : a@x.example\n\nx\n\nFrom b \(date)\nB: 2\n"]
            ),
            // A text that begins like that.
            ("From us\n\nFrom them\n", ["From us\n\nFrom them\n"]),
        ] as [(String, [String]?)])
    func whatPartsMessages(_ text: String, _ expected: [String]?) {
        let rest = text.split(separator: "\n", maxSplits: 1).last.map(String.init) ?? ""
        #expect(messages(text) == expected ?? [rest])
    }

    @Test func messagesNeedNoEmptyLineBetweenThem() {
        let box = (1...3).map { "From a \(Self.date)\nA: \($0)\n\nx\n" }.joined()
        #expect(messages(box) == ["A: 1\n\nx\n", "A: 2\n\nx\n", "A: 3\n\nx\n"])
        // In a text, nothing says that it is a header.
        let text = "A: 1\n\nx\nFrom b \(Self.date)\ny\n"
        #expect(messages("From a \(Self.date)\n" + text) == [text])
    }

    @Test(arguments: [
        "From now on it is another one", "From now on:", "From Fri on", "From a Fri Nov 20 2026",
        "From a Fri Nov 20 01:02:03",
        "From a Fri Nov 200 01:02:03 2026", "From a Fri Nov 20 01-02-03 2026", "From a Foo Nov 20 01:02:03 2026",
        "From a Friday Nov 20 01:02:03 2026", "From a Fri 20 Nov 26 01:02:03", "From \(date)x",
    ])
    func linesOfATextPartNothing(_ line: String) {
        let text = "A: 1\n\nx\n\n\(line)\nB: 2\n\ny\n"
        #expect(messages("From a \(Self.date)\n" + text) == [text])
    }

    @Test(arguments: [
        "From a@x.example Fri Nov 20 01:02:03 2026", "From - Fri Nov  2 01:02:03 2026\r",
        "From MAILER-DAEMON fri nov 20 1:02 2026",
        "From 123@xxx Fri Nov 20 01:02:03 +0000 2026", "From a Fri Nov 20 01:02:03 EST 2026",
        "From a Fri Nov 20 01:02:03 2026 +0100", "From a at x.example  Fri Nov 20 01:02:03 2026",
        "From \"a b\"@x.example Fri Nov 20 01:02:03 2026 remote from x", "From a Fri, 20 Nov 2026 01:02:03 +0000",
        "From Fri@x.example Fri Nov 20 01:02:03 2026", "From Fri Fri Nov 20 01:02:03 2026", "From Fri Nov 2 1:02 2026",
    ])
    func datesThatProgramsWrite(_ line: String) {
        for box in ["\(line)\nA: 1\n\n\(line)\nB: 2\n", "From a \(Self.date)\nA: 1\n\n\(line)\nB: 2\n"] {
            #expect(messages(box) == ["A: 1\n\n", "B: 2\n"])
        }
    }

    @Test func whereTheFirstHasNoDateOthersNeedNone() {
        #expect(messages("From a\nA: 1\n\nx\n\nFrom b\nB: 2\n\ny\n") == ["A: 1\n\nx\n\n", "B: 2\n\ny\n"])
        let text = "A: 1\n\nx\nFrom b\nB: 2\n\nFrom now on\nit is another\n"
        #expect(messages("From a\n" + text) == [text])
    }

    /// Whatever the octets are, the messages put together are the file, but for lines `From ` and line breaks in front.
    @Test func nothingGetsLost() {
        var numbers = Numbers(seed: 4155)
        let line = "From a \(Self.date)\n"
        let pieces = [
            line, "\n\n\(line)", "\n\(line)A: 1\n", "From ", "A: 1", "x", "\n", "\r\n", "\n\n", " ", ">", "\u{0}", "\r",
            Self.date,
        ]
        var several = 0
        for _ in 0..<5000 {
            let start = numbers.below(4) > 0 ? line : ""
            let text = start + (0..<numbers.below(12)).map { _ in pieces[numbers.below(pieces.count)] }.joined()
            let octets = Array(text.utf8)
            let messages = Mbox.messages(in: octets)
            if messages.count > 1 { several += 1 }
            #expect(Self.isWhole(octets, messages), "\(text.debugDescription)")
        }
        #expect(several > 500)
    }

    private static func isWhole(_ octets: [UInt8], _ messages: [ArraySlice<UInt8>]) -> Bool {
        guard Mbox.begins(octets) else { return messages == [octets[...]] }
        var end = octets.prefix { $0 == .lineFeed || $0 == .carriageReturn }.count
        for message in messages + [octets[octets.count...]] {
            guard message.startIndex >= end, message.isEmpty || octets[message.startIndex - 1] == .lineFeed else {
                return false
            }
            let between = octets[end..<message.startIndex].split(separator: .lineFeed)
            guard between.allSatisfy({ $0.starts(with: "From ".utf8) }) else { return false }
            end = message.endIndex
        }
        return true
    }
}
