import DMARC
import Testing

@Suite("Reading records")
struct DMARCRecordParsingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var printed: String
        var notes: [String] = []
        var testDescription: String { text }
    }

    static let readable: [Case] = [
        Case(text: "v=DMARC1", printed: "v=DMARC1"),
        Case(text: "v=DMARC1;", printed: "v=DMARC1"),
        Case(text: "v=DMARC1 ;\t", printed: "v=DMARC1"),
        Case(text: "v = DMARC1;p=none", printed: "v=DMARC1; p=none"),
        Case(text: "V=DMARC1; P=Reject; SP=NONE; NP=quarantine", printed: "v=DMARC1; p=reject; sp=none; np=quarantine"),
        Case(text: "v=DMARC1; sp=none; np=reject; p=none", printed: "v=DMARC1; p=none; sp=none; np=reject"),
        Case(
            text: "v=DMARC1; p=reject; adkim=s; aspf=S; t=y; psd=N; fo=s:1:d; ruf=mailto:a@example.com",
            printed: "v=DMARC1; p=reject; t=y; psd=n; adkim=s; aspf=s; ruf=mailto:a@example.com; fo=1:d:s"),
        Case(text: "v=DMARC1; p=none; adkim=r; aspf=r; t=n; psd=u; fo=0", printed: "v=DMARC1; p=none"),
        Case(text: "v=DMARC1 ;  p = reject  ; psd = y ", printed: "v=DMARC1; p=reject; psd=y"),
        // RFC 9989 §4.7: unknown tags are ignored; §9.3: so are those that became historic.
        Case(
            text: "v=DMARC1; p=reject; pct=50; rf=afrf; ri=3600; future=1", printed: "v=DMARC1; p=reject",
            notes: ["historic-tag pct 20", "historic-tag rf 28", "historic-tag ri 37", "unknown-tag future 46"]),
        // RFC 9989 §4.8: what is broken behind the version is ignored, or has its default.
        Case(
            text: "v=DMARC1; p=reject;; =x; novalue; p2=none; 7=1; sp reject", printed: "v=DMARC1; p=reject",
            notes: ["no-tag  19", "no-tag  21", "no-tag  25", "no-tag  34", "no-tag  43", "no-tag  48"]),
        Case(
            text: "v=DMARC1; p=reject; adkim=x; aspf=; t=1; psd=yes; fo=0:1", printed: "v=DMARC1; p=reject",
            notes: [
                "bad-value adkim 20", "bad-value aspf 29", "bad-value t 36", "bad-value psd 41", "bad-value fo 50",
            ]),
        Case(text: "v=DMARC1; p=rejected", printed: "v=DMARC1", notes: ["bad-value p 10"]),
        Case(text: "v=DMARC1; p=", printed: "v=DMARC1", notes: ["bad-value p 10"]),
        Case(text: "v=DMARC1; p=\u{1}none", printed: "v=DMARC1", notes: ["bad-value p 10"]),
        Case(text: "v=DMARC1; p=none\u{e9}", printed: "v=DMARC1", notes: ["bad-value p 10"]),
        Case(
            text: "v=DMARC1; p=none; p=reject; v=DMARC1", printed: "v=DMARC1; p=none",
            notes: ["duplicate-tag p 18", "duplicate-tag v 28"]),
        Case(text: "v=DMARC1; fo=d:s; p=none", printed: "v=DMARC1; p=none; fo=d:s"),
        Case(text: "v=DMARC1; fo=d:0:s; p=none", printed: "v=DMARC1; p=none; fo=0:d:s"),
    ]

    @Test("A record is read with its defaults, and what is ignored is noted (RFC 9989 §4.7, §4.8)", arguments: readable)
    func reads(_ example: Case) throws {
        let record = try DMARCRecord(parsing: Array(example.text.utf8))
        #expect(record.text == example.printed)
        #expect(record.notes.map { "\($0.problem.rawValue) \($0.tag) \($0.offset)" } == example.notes)
    }

    static let unreadable: [(String, DMARCRecordError)] = [
        ("", DMARCRecordError(.versionNotFirst, at: 0)),
        ("v", DMARCRecordError(.versionNotFirst, at: 1)),
        ("p=none; v=DMARC1", DMARCRecordError(.versionNotFirst, at: 0)),
        (" v=DMARC1; p=none", DMARCRecordError(.versionNotFirst, at: 0)),
        (";v=DMARC1; p=none", DMARCRecordError(.versionNotFirst, at: 0)),
        ("v=spf1 -all", DMARCRecordError(.unknownVersion, at: 2)),
        ("v=dmarc1; p=none", DMARCRecordError(.unknownVersion, at: 2)),
        ("v=DMARC2; p=none", DMARCRecordError(.unknownVersion, at: 2)),
        ("v=DMARC11", DMARCRecordError(.unknownVersion, at: 2)),
        ("v=DMARC1 p=none", DMARCRecordError(.unknownVersion, at: 2)),
        ("v=DMARC1, p=none", DMARCRecordError(.unknownVersion, at: 2)),
        ("vv=DMARC1; p=none", DMARCRecordError(.versionNotFirst, at: 1)),
    ]

    @Test("What does not start with exactly v=DMARC1 is no record (RFC 9989 §4.7)", arguments: unreadable)
    func refuses(_ text: String, _ error: DMARCRecordError) {
        #expect(throws: error) { try DMARCRecord(parsing: Array(text.utf8)) }
    }

    @Test("Errors and notes are one clause with a place")
    func clauses() throws {
        #expect(DMARCRecordError(.versionNotFirst, at: 0).description == "expected 'v=DMARC1' at byte 0")
        #expect(DMARCRecordError(.unknownVersion, at: 2).description == "version is not exactly 'DMARC1' at byte 2")
        for problem in DMARCRecordNote.Problem.allCases {
            let text = DMARCRecordNote(problem, tag: "rua", at: 7).description
            #expect(text.contains("byte 7") && text.first?.isLowercase == true && !text.hasSuffix("."))
        }
    }

    @Test("Destinations are split, stripped of sizes, and taken one by one (RFC 9989 §4.6, §4.8)")
    func destinations() throws {
        let text =
            "v=DMARC1; p=none; rua=mailto:a@example.com!10m , mailto:b%2Cc@example.com,,dmarc@example.com"
            + " ,https://example.com/report?x=1; ruf=mailto:d%21e@example.com!5, mailto:f@example.com!x"
        let record = try DMARCRecord(parsing: Array(text.utf8))
        #expect(record.aggregateReports.map(\.text) == ["mailto:a@example.com", "https://example.com/report?x=1"])
        #expect(record.failureReports.map(\.text) == ["mailto:d%21e@example.com"])
        #expect(
            record.notes.map { "\($0.problem.rawValue) \($0.tag)" } == [
                "report-size rua", "bad-uri rua", "bad-uri rua", "bad-uri rua", "report-size ruf", "bad-uri ruf",
            ])
    }

    @Test("More tags and destinations than anyone needs are not read")
    func limits() throws {
        let many = "v=DMARC1; rua=" + Array(repeating: "mailto:a@example.com", count: 60).joined(separator: ",")
        let record = try DMARCRecord(parsing: Array(many.utf8))
        #expect(record.aggregateReports.count == 50)
        #expect(record.notes.map(\.problem) == [.tooMany])
        let tags = "v=DMARC1" + (0..<200).map { _ in "; x=1" }.joined() + "; p=reject"
        #expect(try DMARCRecord(parsing: Array(tags.utf8)).policy == nil)
        #expect(throws: DMARCRecordError(.tooLong, at: 70_000)) {
            try DMARCRecord(parsing: Array(repeating: 0x20, count: 70_000))
        }
    }
}
