import MilterProtocol
import Testing

@testable import PostsealDemo

/// What is printed of messages that anybody may send.
@Suite struct DemoTextTests {
    static func record(_ json: String) throws -> DemoRecord { try #require(DemoRecord(Array(json.utf8)[...])) }

    @Test("A line of the log is read")
    func record() throws {
        let record = try Self.record(
            """
            {"time":"2026-11-02T09:15:00Z","level":"info","message":"message","queue_id":"A1","client":"192.0.2.1",\
            "helo":"mx.example.org","mail_from":"a@lists.example","from":"xn--bcher-kva.example","disposition":"tag",\
            "spf":"pass","dkim":["fail lists.example","pass xn--bcher-kva.example"],"arc":"none","dmarc":"pass",\
            "reason":"because"}
            """)
        #expect(record.isVerdict && record.queueID == "A1" && record.outcome == .marked)
        #expect(
            record.checks.map { "\($0.name) \($0.word) \($0.domain)" } == [
                "SPF pass lists.example", "DKIM pass bücher.example", "DKIM fail lists.example", "ARC none ",
                "DMARC pass bücher.example",
            ])
        #expect(record.plainReason == "bücher.example vouches for it: its signature is intact")
    }

    static let lines = ["", "no JSON", "[]", "{}", "{\"message\":3}", "{\"message\":\"message\",\"dkim\":{}}"]

    @Test("A line that is none harms nobody", arguments: lines)
    func brokenLine(_ line: String) {
        let record = DemoRecord(Array(line.utf8)[...])
        #expect(record?.isVerdict != true && record?.checks.isEmpty != false)
    }

    @Test("What comes from outside commands no terminal")
    func hostile() throws {
        let record = try Self.record(
            """
            {"message":"message","disposition":"accept","mail_from":"\\u001b[2J\\u202e@x","from":"\\u001b]0;x\\u0007",\
            "dkim":["pass \\u001b[31m"],"spf":"\\u001b[0m","arc":"none","dmarc":"none","reason":"a\\nb\\u001bc"}
            """)
        let paper = Paper()
        DemoPrinter(style: DemoStyle(hasColours: false)) { paper.write($0) }.show(stranger: record)
        let text = paper.lines.joined(separator: "\n")
        #expect(text.contains("a b?c"))
        for scalar in ["\u{1B}", "\u{7}", "\u{202E}"] as [Unicode.Scalar] {
            #expect(!text.unicodeScalars.contains(scalar))
        }
    }

    @Test("Long text is broken at spaces, and longer words are left whole")
    func wrapping() {
        let lines = DemoStyle.wrapped(String(repeating: "word ", count: 60), indent: 20)
        #expect(lines.count == 4 && lines.allSatisfy { $0.count <= 80 })
        #expect(DemoStyle.wrapped(String(repeating: "x", count: 200), indent: 7).count == 1)
        #expect(DemoStyle.wrapped("", indent: 7) == [""])
    }

    @Test("However many signatures there are, their results fit the page")
    func manySignatures() throws {
        let signatures = (1...10).map { "\"fail signer\($0).of-a-long-name.example\"" }.joined(separator: ",")
        let record = try Self.record(
            """
            {"message":"message","disposition":"reject","mail_from":"a@b.example","from":"b.example",\
            "dkim":[\(signatures)],"spf":"fail","arc":"none","dmarc":"fail","reason":"x"}
            """)
        let paper = Paper()
        DemoPrinter(style: DemoStyle(hasColours: false)) { paper.write($0) }.show(stranger: record)
        #expect(paper.lines.allSatisfy { $0.count <= DemoStyle.columns }, "\(paper.lines)")
        #expect(paper.lines.joined().contains("signer10"))
    }

    @Test("Colours are asked for, or not there")
    func colours() {
        #expect(DemoStyle(hasColours: true).paint("x", .bold, .red) == "\u{1B}[1;31mx\u{1B}[0m")
        #expect(DemoStyle(hasColours: false).paint("x", .bold, .red) == "x")
    }

    static let answers: [(reply: MilterReply, changes: [MilterChange], outcome: DemoOutcome)] = [
        (.accept, [], .accepted), (.reject, [], .refused), (.tempfail, [], .deferred),
        (.replyCode(Array("550 5.7.1 no".utf8)), [], .refused),
        (.replyCode(Array("451 4.7.1 later".utf8)), [], .deferred),
        (.accept, [.quarantine(reason: Array("x".utf8))], .quarantined),
        (.accept, [.insertHeader(index: 0, name: Array("X-Postseal".utf8), value: Array(" tag".utf8))], .marked),
        (
            .accept,
            [.insertHeader(index: 0, name: Array("DKIM-Signature".utf8), value: Array(" v=1; d=a".utf8))], .signed
        ),
    ]

    @Test("What became of a message is read off the wire")
    func outcomes() {
        for (reply, changes, outcome) in Self.answers {
            let answer = MilterOutcome(command: 0x45, reply: reply, refusedRecipients: [], changes: changes)
            let verdict = DemoVerdict(answer, record: nil)
            #expect(verdict.outcome == outcome)
            #expect(!verdict.differences(from: DemoExpectation(outcome)).isEmpty)
        }
    }
}
