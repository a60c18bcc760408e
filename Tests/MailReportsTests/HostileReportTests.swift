import MailBytes
import MailReports
import Testing

/// Files made to do harm: each is refused with a reason, and what comes after it is read.
@Suite struct HostileReportTests {
    private static func word(_ octets: [UInt8]) -> String? { ReportFile(reading: octets).words.first }

    @Test func `a bomb of gzip stops at the ratio, and one of little ratio at the size`() {
        let zeros = [UInt8](repeating: 0x20, count: 60 << 20)
        let bomb = ReportPacking.gzip(zeros)
        #expect(bomb.count < 100_000)
        #expect(Self.word(bomb) == "unpacking-ratio")
        #expect(Self.word(ReportPacking.gzip(bomb)) == "unpacking-ratio")
        // As much as a hundred times, which reports reach: so the size has to stop it.
        var mixed: [UInt8] = []
        mixed.reserveCapacity(36 << 20)
        var state: UInt32 = 1
        while mixed.count < 36 << 20 {
            state = state &* 1_664_525 &+ 1_013_904_223
            mixed.append(contentsOf: repeatElement(UInt8(truncatingIfNeeded: state >> 24), count: 100))
        }
        #expect(Self.word(ReportPacking.gzip(mixed)) == "too-large")
    }

    @Test func `bombs of zip stop, one of overlapping entries too, and other files are read after them`() {
        let bomb = ZipSample("bomb.xml", [UInt8](repeating: 0x20, count: 20 << 20))
        let file = ReportFile(reading: Samples.zip([bomb, ZipSample("a.xml", Samples.aggregateOctets), bomb]))
        #expect(file.words == ["unpacking-ratio", "dmarc-aggregate", "unpacking-ratio"])
        // Every entry of the directory means the same octets.
        let one = Samples.zip([ZipSample("a.xml", [UInt8](repeating: 0x20, count: 3 << 20))])
        let start = one.count - 22 - 51
        let directory = [[UInt8]](repeating: Array(one[start..<(one.count - 22)]), count: 1000).flatMap(\.self)
        let end =
            Samples.number(0x0605_4B50, 4) + Samples.number(0, 4) + Samples.number(1000, 2) + Samples.number(1000, 2)
            + Samples.number(directory.count, 4) + Samples.number(start, 4) + Samples.number(0, 2)
        let overlapping = ReportFile(reading: Array(one[..<start]) + directory + end)
        #expect(overlapping.words.contains("too-large"))
        #expect(overlapping.findings.count <= MailReportLimits.findingsMax)
    }

    @Test func `packings within each other end`() {
        var octets = Samples.aggregateOctets
        for _ in 0..<20 { octets = ReportPacking.gzip(octets) }
        #expect(Self.word(octets) == "too-nested")
        var mail = Array("Subject: x\r\n\r\n".utf8)
        for _ in 0..<200 { mail = Array("Content-Type: message/rfc822\r\n\r\n".utf8) + mail }
        #expect(Self.word(mail) == "too-nested")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [("<!-- <", "-"), ("<? ", "?"), ("<? ", " "), ("<![CDATA[", "]")])
    func `what does not end behind each of many reports costs no more than the text`(start: String, rest: String) {
        let one = "<feedback><version>1.0</version><report_metadata/></feedback>"
        let text = String(repeating: one + start, count: 190) + String(repeating: rest, count: 2 << 20)
        let file = ReportFile(reading: Array(text.utf8))
        #expect(file.words.count == 190 && Set(file.words) == ["dmarc-aggregate"])
        let closed = ReportFile(reading: Array((text + "?>-->]]>").utf8))
        #expect(closed.words == ["dmarc-aggregate"])
    }

    @Test func `deep and endless XML is refused`() {
        let deep = Array("<feedback>".utf8) + Array(String(repeating: "<a>", count: 100_000).utf8)
        #expect(Self.word(deep) == "too-deep")
        let known = Array("<feedback>".utf8) + Array(String(repeating: "<record>", count: 100_000).utf8)
        #expect(Self.word(known) == "too-deep")
        let text = Array("<feedback><version>".utf8) + [UInt8](repeating: 0x61, count: 2 << 20)
        #expect(Self.word(text) == "text-too-long")
        let records =
            Array("<feedback>".utf8)
            + Array(String(repeating: "<record/>", count: MailReportLimits.recordsMax + 1).utf8)
        #expect(Self.word(records) == "too-many-records")
        let results =
            Array("<feedback><record><auth_results>".utf8) + Array(String(repeating: "<dkim/>", count: 1001).utf8)
        #expect(Self.word(results) == "too-many-results")
        let attributes = Array("<feedback ".utf8) + Array(String(repeating: "a='b' ", count: 10_000).utf8)
        #expect(Self.word(attributes) == "tag-too-long")
        let large = Array("<feedback>".utf8) + [UInt8](repeating: 0x20, count: MailReportLimits.documentBytesMax)
        #expect(Self.word(large) == "too-large")
    }

    @Test func `nothing resolves entities`() {
        let laughs = """
            <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>
            <feedback><report_metadata><org_name>&b;</org_name></report_metadata></feedback>
            """
        #expect(Self.word(Array(laughs.utf8)) == "document-type")
        let external = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><feedback>&x;</feedback>"
        #expect(Self.word(Array(external.utf8)) == "document-type")
        let unknown = Samples.aggregate.replacing("Sample Reporter", with: "&x;")
        guard case .aggregate(let report)? = ReportFile(reading: Array(unknown.utf8)).findings.first?.report else {
            Issue.record("no report")
            return
        }
        #expect(report.organizationName == "&x;")
    }

    @Test func `deep JSON is refused`() {
        #expect(Self.word([UInt8](repeating: UInt8(ascii: "["), count: 100_000)) == "not-json")
        let objects = Array(String(repeating: "{\"policies\":", count: 100_000).utf8)
        #expect(Self.word(objects) == "not-json")
    }

    @Test func `many TLS reports in one text are bounded, and what looks like one costs no more than its octets`() {
        let line = Array((Samples.tls + "\n").utf8)
        let many = ReportFile(reading: ReportPacking.gzip(Array([[UInt8]](repeating: line, count: 1000).joined())))
        #expect(many.findings.count == MailReportLimits.findingsMax && many.words.last == "too-many")
        // Reports with a large rest behind each: it is neither copied nor searched through for each of them.
        let rest = [UInt8](repeating: UInt8(ascii: "{"), count: 8 << 20)
        let large = ReportFile(reading: Array([[UInt8]](repeating: line, count: 150).joined()) + rest)
        #expect(large.words == [String](repeating: "tlsrpt", count: 150))
        let objects = Array(String(repeating: "{\"policies\":0}", count: 1 << 20).utf8)
        let none = ReportFile(reading: objects)
        // A few refusals tell it; what else is in the file keeps its room.
        #expect(none.words == [String](repeating: "not-tls-report", count: 10))
    }

    @Test func `failures, hosts and lines of TLS reports count for what they take in memory`() {
        func report(lines: [String] = [], failures: [String] = []) -> [UInt8] {
            let lines = lines.joined(separator: ",")
            let policy = "{\"policy-type\":\"sts\",\"policy-domain\":\"e.example\",\"policy-string\":[\(lines)]}"
            let counts = "{\"total-successful-session-count\":1,\"total-failure-session-count\":0}"
            let head = String(Samples.tls.prefix { $0 != "[" })
            let list = failures.joined(separator: ",")
            return Array("\(head)[{\"policy\":\(policy),\"summary\":\(counts),\"failure-details\":[\(list)]}]}".utf8)
        }
        // Two of each are as much as one file may have.
        let lines = report(lines: Array(repeating: "\"\"", count: MailReportLimits.itemsMax))
        let failures = report(failures: Array(repeating: "{}", count: 59_000))
        for text in [lines, failures] {
            #expect(ReportFile(reading: text + text + text).words == ["tlsrpt", "tlsrpt", "too-many"])
        }
    }

    @Test func `opaque S MIME has a limit`() {
        func words(_ padding: Int) -> [String] {
            let part = Samples.der(0x04, [UInt8](repeating: 0x20, count: padding / 2))
            let string = [0x24, 0x80] + Samples.der(0x04, Samples.aggregateOctets) + part + part + [0, 0]
            return ReportFile(reading: Samples.signed(string, isDefinite: false), name: "a.xml").words
        }
        #expect(words(15 << 20) == ["dmarc-aggregate"])
        #expect(!words(17 << 20).contains("dmarc-aggregate"))
    }

    @Test func `a mail of a thousand broken reports gives a bounded list, and a good one before them is in it`() {
        var parts: [(header: String, body: [UInt8])] = [("Content-Type: text/xml", Samples.aggregateOctets)]
        parts += [(header: String, body: [UInt8])](
            repeating: ("Content-Type: text/xml", Array("<feedback/>".utf8)), count: 400)
        let file = ReportFile(reading: Samples.mail(parts))
        #expect(file.findings.count == MailReportLimits.findingsMax)
        #expect(file.words.first == "dmarc-aggregate" && file.words.last == "too-many")
    }

    /// Empty elements take many times the memory of their octets: what counts is how many they are, in all of a file.
    @Test func `many reports of empty elements stop, and others are read in front of them`() {
        let records = Array("<feedback>\(String(repeating: "<record/>", count: 100_000))</feedback>".utf8)
        let many = (0..<40).map { ZipSample("\($0).xml", records) }
        let file = ReportFile(reading: Samples.zip([ZipSample("a.xml", Samples.aggregateOctets)] + many))
        #expect(file.words.prefix { $0 == "dmarc-aggregate" }.count == 5)
        #expect(file.words.dropFirst(5).allSatisfy { $0 == "too-many" } && file.words.count == 41)
    }

    @Test func `of many reports in one text each takes the memory that it needs`() {
        let text = Array(String(repeating: "<feedback><record/></feedback>", count: 100_000).utf8)
        let file = ReportFile(reading: text)
        #expect(file.findings.count == MailReportLimits.findingsMax && file.words.last == "too-many")
        for finding in file.findings {
            if case .aggregate(let report)? = finding.report {
                #expect(report.records.count == 1 && report.records.capacity < 20)
            }
        }
    }

    /// Reading takes time by octets, whatever comes of them.
    @Test func `reports of few records count for their octets`() {
        let blank = [UInt8](repeating: 0x20, count: 4_000_000)
        let large = ZipSample("a.xml", Array("<feedback><record/>".utf8) + blank + Array("</feedback>".utf8))
        let file = ReportFile(reading: Samples.zip(Array(repeating: large, count: 20)))
        #expect(file.words.prefix { $0 == "dmarc-aggregate" }.count == 13 && file.words.last == "too-many")
    }

    @Test(arguments: ["{}", "{\"failure-details\":[{},{},{},{}]}"])
    func `a TLS report of empty objects is refused, and many of them stop`(policy: String) {
        func report(_ count: Int) -> [UInt8] {
            let policies = Array(repeating: policy, count: count).joined(separator: ",")
            let dates = "{\"start-datetime\":\"2026-11-20T00:00:00Z\",\"end-datetime\":\"2026-11-20T23:59:59Z\"}"
            return Array("{\"date-range\":\(dates),\"policies\":[\(policies)]}".utf8)
        }
        #expect(Self.word(report(60_001)) == "not-tls-report")
        #expect(Self.word(report(10_000)) == "tlsrpt")
        let large = ZipSample("a.json", report(policy.count > 2 ? 80_000 : 490_000))
        let file = ReportFile(reading: Samples.zip(Array(repeating: large, count: 40)))
        #expect(file.words.first == "not-tls-report" && file.words.last == "too-many")
        #expect(file.words.count { $0 == "not-tls-report" } <= 12)
    }

    @Test func `any octet changed in a packed report gives a report or a refusal`() {
        let gzip = ReportPacking.gzip(Samples.aggregateOctets)
        for index in gzip.indices {
            var changed = gzip
            changed[index] ^= 0x55
            #expect(!ReportFile(reading: changed).findings.isEmpty)
        }
    }
}
