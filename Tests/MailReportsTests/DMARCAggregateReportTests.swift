import MailBytes
import MailNames
import MailReports
import Testing

@Suite struct DMARCAggregateReportTests {
    private static func read(_ text: String) throws -> DMARCAggregateReport {
        try DMARCAggregateReport(parsing: Array(text.utf8))
    }

    @Test func `a report of RFC 9990 is read whole, and written octet for octet`() throws {
        let report = try Self.read(Samples.aggregate)
        #expect(report.quirks.isEmpty)
        #expect(report.form == .rfc9990)
        #expect(report.organizationName == "Sample Reporter")
        #expect(report.begin?.seconds == 302_832_000 && report.end?.seconds == 302_918_399)
        #expect(report.errors == ["one"])
        #expect(
            report.policy
                == DMARCReportedPolicy(
                    domain: "example.com", policy: .quarantine, subdomainPolicy: DMARCReportedAction.none,
                    nonexistentPolicy: .reject, isDKIMStrict: true, isSPFStrict: false, failureOptions: "1:d:s",
                    isTesting: false, discoveryMethod: "treewalk"))
        let address = try #require(IPAddress("192.0.2.123"))
        #expect(
            report.records == [
                DMARCReportRecord(
                    source: .address(address), count: 123, disposition: .pass, dkimAligned: true, spfAligned: false,
                    reasons: [DMARCReportReason(type: .localPolicy, comment: "a < b")], headerFrom: "example.com",
                    envelopeFrom: "example.com", envelopeTo: "example.net",
                    dkim: [
                        DMARCReportedSignature(
                            domain: "example.com", selector: "abc123", result: .pass, humanResult: "good")
                    ], spf: [DMARCReportedSPF(domain: "example.com", scope: .mailFrom, result: .softfail)])
            ])
        #expect(report.problems.isEmpty)
        #expect(try String(decoding: report.document(), as: UTF8.self) == Samples.aggregate)
    }

    @Test func `a report of RFC 7489 has no quirks`() throws {
        let report = try Self.read(Samples.old)
        #expect(report.quirks.isEmpty)
        #expect(report.form == .rfc7489)
        #expect(report.policy.percentage == 100)
        let inOldNamespace = Samples.old.replacing(
            "<feedback>", with: "<feedback xmlns='http://dmarc.org/dmarc-xml/0.1'>")
        #expect(try Self.read(inOldNamespace) == report)
        let prefixed = inOldNamespace.replacing("xmlns=", with: "xmlns:d=").replacing("</", with: "</d:")
            .replacing("<", with: "<d:").replacing("<d:/d:", with: "</d:").replacing("<d:?", with: "<?")
        #expect(try Self.read(prefixed) == report)
    }

    /// One change of the report of RFC 9990, and what is borne for it.
    @Test(arguments: [
        ("<version>1.0", "<version>2.0", DMARCAggregateQuirk.badVersion),
        ("urn:ietf:params:xml:ns:dmarc-2.0", "urn:x", .unknownNamespace), ("<row>", "x<row>", .strayText),
        ("Sample Reporter", "A & B", .badReference), ("Sample Reporter", "<A>", .markupInText),
        ("Sample Reporter", "A\u{1}", .invalidText), ("<?xml", "x<?xml", .leadingText),
        ("</feedback>", "</feedback>x", .trailingText), ("<row>", "<row><x/>", .unknownElement),
        ("<row>", "<row><selector/>", .misplacedElement),
        ("<count>123</count>", "<count>123</count><count/>", .repeatedElement),
        ("<aspf>r</aspf>", "<aspf>r</aspf><pct>100</pct>", .mixedForms), ("local_policy", "forwarded", .mixedForms),
        ("mfrom", "helo", .mixedForms), ("<disposition>pass", "<disposition>PASS", .wrongCase),
        ("<org_name>Sample Reporter</org_name>", "<ORG_NAME>Sample Reporter</ORG_NAME>", .wrongCase),
        ("<org_name>Sample Reporter</org_name>", "", .organizationMissing),
        ("<email>report_sender@example-reporter.com</email>", "<email/>", .emailMissing),
        ("<report_id>3v98abbp8ya9n3va8yr8oa3ya</report_id>", "", .reportIDMissing),
        ("<begin>302832000</begin>", "", .dateMissing), ("302832000", "yesterday", .badDate),
        ("302832000", "1979-08-06T00:00:00Z", .dateNotSeconds), ("302832000", "302832000.0", .dateNotSeconds),
        ("<begin>302832000", "<begin>302918400", .endBeforeBegin),
        ("<domain>example.com</domain>\n    <disc", "<disc", .policyDomainMissing),
        ("<p>quarantine</p>", "", .policyActionMissing), ("<p>quarantine", "<p>monitor", .badPolicy),
        ("<adkim>s", "<adkim>strict", .badAlignment), ("<testing>n", "<testing>no", .badPolicyWord),
        ("<discovery_method>treewalk", "<discovery_method>guess", .badPolicyWord),
        ("<source_ip>192.0.2.123</source_ip>", "", .sourceMissing), ("192.0.2.123", "mail.example", .badSource),
        ("192.0.2.123", "192.0.2.0123", .badSource), ("<count>123</count>", "", .countMissing),
        ("<count>123", "<count>-1", .badCount), ("<count>123", "<count>many", .badCount),
        ("<disposition>pass</disposition>", "", .dispositionMissing),
        ("<disposition>pass", "<disposition>deleted", .badDisposition),
        ("<dkim>pass</dkim>", "", .verdictMissing), ("<spf>fail</spf>", "<spf>softfail</spf>", .badVerdict),
        ("<type>local_policy</type>", "", .reasonTypeMissing), ("local_policy", "weather", .unknownReason),
        ("<header_from>example.com</header_from>", "", .headerFromMissing),
        ("<selector>abc123</selector>", "", .selectorMissing), ("<result>pass</result>", "", .resultMissing),
        ("<result>pass", "<result>hardfail", .oldResult), ("<result>pass", "<result>maybe", .unknownResult),
        ("mfrom", "pra", .unknownScope), ("<header_from>example.com", "<header_from>a b", .badDomain),
        ("<header_from>example.com", "<header_from>bücher.example", .unicodeDomain),
        ("</spf>\n    </auth", "</spf><spf><domain>a.example</domain><result>pass</result></spf></auth", .severalSPF),
        ("good", String(repeating: "long ", count: 1000), .textCut),
        ("<result>pass", "<result>softfail", .unknownResult),
        ("<record>", "<extension/><extension/><record>", .repeatedElement),
        ("<record>", "<extension><a>b</a></extension><record>", .unknownElement),
        ("<record>", "<extension><x:a>b</x:a></extension><record>", .unknownElement),
    ])
    func `what reporters do wrong is borne and named`(from: String, to: String, quirk: DMARCAggregateQuirk) throws {
        let text = Samples.aggregate.replacing(from, with: to, maxReplacements: 1)
        #expect(text != Samples.aggregate)
        let report = try Self.read(text)
        #expect(report.quirks.contains(quirk))
        #expect(report.quirks.count <= 2, "\(report.quirks)")
        #expect(report.records.count == 1)
    }

    @Test(arguments: [
        ("row", DMARCAggregateQuirk.rowMissing), ("identifiers", .identifiersMissing),
        ("auth_results", .resultsMissing),
        ("policy_evaluated", .evaluationMissing), ("report_metadata", .metadataMissing),
        ("policy_published", .policyMissing), ("record", .recordsMissing),
    ])
    func `missing parts are borne and named`(element: String, quirk: DMARCAggregateQuirk) throws {
        let start = try #require(Samples.aggregate.firstRange(of: "<\(element)>"))
        let end = try #require(Samples.aggregate.firstRange(of: "</\(element)>"))
        var text = Samples.aggregate
        text.removeSubrange(start.lowerBound..<end.upperBound)
        #expect(try Self.read(text).quirks.contains(quirk))
    }

    @Test func `an order that the RFC does not allow is borne and named`() throws {
        let start = try #require(Samples.aggregate.firstRange(of: "  <identifiers>"))
        let end = try #require(Samples.aggregate.firstRange(of: "</identifiers>\n"))
        let part = Samples.aggregate[start.lowerBound..<end.upperBound]
        var text = Samples.aggregate
        text.removeSubrange(start.lowerBound..<end.upperBound)
        text.replace("<row>", with: part + "<row>")
        let report = try Self.read(text)
        #expect(report.quirks == [.wrongOrder])
        #expect(report.records == (try Self.read(Samples.aggregate)).records)
    }

    @Test func `extensions are passed over without a word`() throws {
        let extended = Samples.aggregate
            .replacing("<record>", with: "<extension><x:a xmlns:x='urn:x'>t<row/></x:a></extension><record>")
            .replacing(
                "</record>", with: "<x:row xmlns:x='urn:x'><count>7</count>text</x:row><y xmlns='urn:y'/></record>")
        #expect(try Self.read(extended) == Self.read(Samples.aggregate))
    }

    @Test(arguments: [
        ("<count>123", "<count xmlns='urn:x'>77</count><count>123"),
        (
            "<auth_results>",
            "<auth_results><dkim xmlns='urn:x'><domain>evil.example</domain><result>pass</result></dkim>"
        ),
        ("</feedback>", "<record xmlns='urn:x'><row><count>7</count></row></record></feedback>"),
    ])
    func `what is in another namespace is an extension's, whatever it is called: RFC 9990 §3_1_1_7`(
        _ own: String, _ extended: String
    ) throws {
        for text in [Samples.aggregate, Samples.old] {
            #expect(try Self.read(text.replacing(own, with: extended)) == Self.read(text))
        }
    }

    private static let namespace = "urn:ietf:params:xml:ns:dmarc-2.0"

    /// The sample with a prefix before the elements of its record, and others than usual of its root and its record.
    private static func prefixed(_ prefix: String, root: String, record: String) throws -> String {
        let start = try #require(Samples.aggregate.firstRange(of: "<record>")).lowerBound
        let end = try #require(Samples.aggregate.firstRange(of: "</record>")).upperBound
        let part = Samples.aggregate[start..<end].replacing("<", with: "<\(prefix):")
            .replacing("<\(prefix):/", with: "</\(prefix):")
        let head = Samples.aggregate[..<start].replacing("<feedback xmlns=\"\(namespace)\">", with: root)
        return "\(head)\(part.replacing("<\(prefix):record>", with: record))\(Samples.aggregate[end...])"
    }

    @Test(arguments: [
        ("d", "<feedback xmlns='\(namespace)'>", "<d:record xmlns:d='\(namespace)'>"),
        ("d", "<feedback xmlns='\(namespace)' xmlns:d='\(namespace)'>", "<d:record>"),
        ("d", "<feedback xmlns='\(namespace)' xmlns:d='urn:x'>", "<d:record a='b' xmlns:d = '\(namespace)'>"),
        ("d", "<feedback xmlns='\(namespace)' xmlns:d='http://dmarc.org/dmarc-xml/0.1'>", "<d:record>"),
        (
            "d", "<feedback xmlns='\(namespace)' xmlns:d='\(namespace)'><d:x xmlns:d='urn:x'><e/></d:x>",
            "<y xmlns='urn:x'/><d:record>"
        ),
    ])
    func `a prefix is what it is declared to be, and not its letters`(
        prefix: String, root: String, record: String
    ) throws {
        #expect(try Self.read(Self.prefixed(prefix, root: root, record: record)) == Self.read(Samples.aggregate))
    }

    @Test func `a prefix that is declared to be another one, or by nobody, is not the report's`() throws {
        let root = "<feedback xmlns='\(Self.namespace)' xmlns:d='\(Self.namespace)'>"
        let foreign = try Self.read(Self.prefixed("d", root: root, record: "<d:record xmlns:d='urn:x'>"))
        #expect(foreign.records.isEmpty && foreign.quirks == [.recordsMissing])
        let undeclared = try Self.read(Self.prefixed("e", root: root, record: "<e:record>"))
        #expect(undeclared.records.isEmpty && undeclared.quirks == [.unknownElement, .recordsMissing])
        // No more declarations are kept than anybody needs.
        let many = (0..<40).map { "xmlns:p\($0)='\(Self.namespace)'" }.joined(separator: " ")
        let manyRoot = "<feedback xmlns='\(Self.namespace)' \(many)>"
        let kept = try Self.prefixed("p30", root: manyRoot, record: "<p30:record>")
        #expect(try Self.read(kept).records.count == 1)
        let left = try Self.prefixed("p31", root: manyRoot, record: "<p31:record>")
        #expect(try Self.read(left).quirks == [.unknownElement, .recordsMissing])
    }

    @Test func `what the element around a report declares holds in it`() throws {
        let inner = Samples.aggregate.replacing(" xmlns=\"\(Self.namespace)\"", with: "")
        let outer = "<reports xmlns='\(Self.namespace)'>\(Samples.withoutDeclaration(inner))</reports>"
        let report = try Self.read(outer)
        #expect(report.form == .rfc9990 && report.quirks == [.wrappedRoot])
        let schema = "<schema xmlns='http://www.w3.org/2001/XMLSchema'>\(Samples.withoutDeclaration(Samples.old))"
        #expect(try Self.read(schema).form == .rfc7489)
        #expect(try Self.read(schema).quirks == [.wrappedRoot])
    }

    @Test(arguments: [
        ("+3", 3), ("007", 7), ("+\(String(repeating: "0", count: 40))12", 12), ("0", 0), ("+0", 0),
        ("9007199254740991", 9_007_199_254_740_991),
    ])
    func `a count is an integer of XML Schema`(text: String, count: Int) throws {
        let report = try Self.read(Samples.aggregate.replacing("<count>123", with: "<count>\(text)"))
        #expect(report.records.map(\.count) == [count] && report.quirks.isEmpty)
        let dated = try Self.read(Samples.aggregate.replacing("<begin>", with: "<begin>+00"))
        #expect(dated.begin?.seconds == 302_832_000 && dated.quirks.isEmpty)
    }

    @Test(arguments: ["+", "++3", "-3", "3 4", "1e3", "", "9007199254740992", "99999999999999999999", "+-1", "0x10"])
    func `what is no count is read as none`(text: String) throws {
        let report = try Self.read(Samples.aggregate.replacing("<count>123", with: "<count>\(text)"))
        #expect(report.records.map(\.count) == [0])
        #expect(report.quirks == [text.isEmpty ? .countMissing : .badCount])
    }

    @Test(arguments: [
        "ann@example.com", "<example.com>", "http://example.com", "example.com:25", "(none)", "[192.0.2.1]",
        "@example.com", "\"example.com\"", "example.com,b.example", "a\\b.example", "\\097.example", "*.example.com",
        ";", "a b;", "example.com;;",
    ])
    func `what plainly is no domain is kept as it is, and named`(text: String) throws {
        let escaped = text.replacing("<", with: "&lt;")
        let report = try Self.read(
            Samples.aggregate.replacing("<header_from>example.com", with: "<header_from>\(escaped)"))
        #expect(report.records.map(\.headerFrom) == [text])
        #expect(report.quirks == [.badDomain])
    }

    @Test(
        arguments: [
            ("Example.COM", "example.com", []), ("example.com.", "example.com", []),
            ("_a.b-c.example", "_a.b-c.example", []),
            ("example.com;", "example.com", [.badDomain]),
            ("B\u{FC}cher.example", "xn--bcher-kva.example", [.unicodeDomain]),
        ] as [(String, String, [DMARCAggregateQuirk])])
    func `a domain is in small letters, without what hangs on`(
        text: String, domain: String, quirks: [DMARCAggregateQuirk]
    ) throws {
        let report = try Self.read(
            Samples.aggregate.replacing("<header_from>example.com", with: "<header_from>\(text)"))
        #expect(report.records.map(\.headerFrom) == [domain])
        #expect(report.quirks == quirks)
    }

    @Test func `a report in a set that is not converted is read but for its names`() throws {
        let text = Samples.aggregate.replacing("UTF-8", with: "Shift_JIS")
        var octets = Array(text.replacing("Sample Reporter", with: "@@").utf8)
        let place = try #require(octets.firstIndex(of: UInt8(ascii: "@")))
        octets.replaceSubrange(place..<(place + 2), with: [0x93, 0xFA, 0x96, 0x7B])
        let report = try DMARCAggregateReport(parsing: octets)
        #expect(report.organizationName == "\u{FFFD}\u{FFFD}\u{FFFD}{" && report.messages == 123)
        #expect(report.quirks == [.invalidText, .wrongEncoding])
    }

    @Test(arguments: ["", "urn:ietf:params:xml:ns:dmarc-2.0", "http://dmarc.org/dmarc-xml/0.1"])
    func `the report's own namespace may be written again, or none`(_ namespace: String) throws {
        for text in [Samples.aggregate, Samples.old] {
            let again = text.replacing("<record>", with: "<record xmlns=\"\(namespace)\">")
            #expect(try Self.read(again) == Self.read(text))
        }
    }

    @Test func `a report in the tag of a schema that is never closed is read`() throws {
        let text = Samples.aggregate.replacing("<feedback", with: "<xs:schema xmlns:xs=\"x\">\n<feedback")
        let report = try Self.read(text)
        #expect(report.quirks == [.wrappedRoot])
        #expect(report.messages == 123)
    }

    @Test(arguments: [
        ("", "no-element"), ("text", "no-element"), ("<html><body/></html>", "not-feedback"), ("<feedback/>", "empty"),
        ("<record><row/></record>", "not-feedback"), ("<a><b><feedback/></b></a>", "empty"),
        ("<a><b><c><feedback/></c></b></a>", "not-feedback"), ("<feedback><record>", "unexpected-end"),
        ("<feedback><record></feedback>", "mismatched-tag"),
        ("<!DOCTYPE feedback SYSTEM 'file:///etc/passwd'><feedback/>", "document-type"),
    ])
    func `what is no report is refused with a reason`(text: String, word: String) {
        do throws(DMARCAggregateError) {
            let report = try DMARCAggregateReport(parsing: Array(text.utf8))
            Issue.record("was read: \(report)")
        } catch {
            #expect(error.word == word)
        }
    }

    @Test func `a truncated report is refused, wherever it ends`() {
        let octets = Samples.aggregateOctets
        for count in stride(from: 1, to: octets.count - 2, by: 7) {
            #expect(throws: DMARCAggregateError.self) { try DMARCAggregateReport(parsing: Array(octets[..<count])) }
        }
    }

    @Test func `addresses are canonical`() throws {
        let cases = [
            ("2001:DB8:0::1", "2001:db8::1"), (" 192.0.2.1 ", "192.0.2.1"), ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("256.0.0.1", "256.0.0.1"), ("1.2.3", "1.2.3"),
        ]
        for (text, expected) in cases {
            let report = try Self.read(Samples.aggregate.replacing("192.0.2.123", with: text))
            #expect(report.records.first?.source.text == expected)
        }
    }

    @Test func `the same text read again comes from what was read before, and is the same`() throws {
        let start = try #require(Samples.aggregate.firstRange(of: "  <record>"))
        let end = try #require(Samples.aggregate.firstRange(of: "</record>\n"))
        let record = String(Samples.aggregate[start.lowerBound..<end.upperBound])
        let text = Samples.aggregate.replacing(record, with: String(repeating: record, count: 500))
        let report = try Self.read(text)
        #expect(report.records.count == 500)
        #expect(Set(report.records).count == 1)
        #expect(report.messages == 61_500)
    }
}

@Suite struct DMARCReportWritingTests {
    private static func sample() throws -> DMARCAggregateReport {
        try DMARCAggregateReport(parsing: Samples.aggregateOctets)
    }

    @Test func `texts come back as they were`() throws {
        for text in ["a&b", "<b>", "]]>", "\u{1F600} ü", "a\r\nb", "\"'", "&amp;"] {
            var report = try Self.sample()
            report.organizationName = text
            report.records[0].reasons[0].comment = text
            #expect(try DMARCAggregateReport(parsing: report.document()) == report)
        }
        var report = try Self.sample()
        report.organizationName = "a\u{0}b"
        #expect(try DMARCAggregateReport(parsing: report.document()).organizationName == "a\u{FFFD}b")
    }

    @Test func `what RFC 9990 does not allow is never written`() throws {
        let changes: [(String, (inout DMARCAggregateReport) -> Void)] = [
            ("org_name", { $0.organizationName = "" }), ("email", { $0.email = nil }),
            ("report_id", { $0.reportID = "a b" }), ("report_id", { $0.reportID = "a@b@c" }),
            ("error", { $0.errors = ["a", "b"] }), ("date_range", { $0.end = nil }),
            ("date_range", { $0.end = $0.begin }), ("policy_published/domain", { $0.policy.domain = "A.example" }),
            ("policy_published/p", { $0.policy.policy = nil }), ("policy_published/p", { $0.policy.policy = .pass }),
            ("policy_published", { $0.policy.percentage = 50 }),
            ("policy_published/discovery_method", { $0.policy.discoveryMethod = "x" }), ("record", { $0.records = [] }),
            ("record 1/row/source_ip", { $0.records[0].source = .other("x") }),
            ("record 1/row/count", { $0.records[0].count = 0 }),
            ("record 1/row/policy_evaluated/disposition", { $0.records[0].disposition = .other("x") }),
            ("record 1/row/policy_evaluated", { $0.records[0].spfAligned = nil }),
            ("record 1/row/policy_evaluated/reason", { $0.records[0].reasons[0].type = .sampledOut }),
            ("record 1/identifiers/header_from", { $0.records[0].headerFrom = nil }),
            ("record 1/identifiers/envelope_from", { $0.records[0].envelopeFrom = "a b" }),
            ("record 1/identifiers/envelope_to", { $0.records[0].envelopeTo = "a@b.example" }),
            ("record 1/auth_results/dkim/selector", { $0.records[0].dkim[0].selector = nil }),
            ("record 1/auth_results/dkim/result", { $0.records[0].dkim[0].result = .softfail }),
            ("record 1/auth_results/spf", { $0.records[0].spf.append($0.records[0].spf[0]) }),
            ("record 1/auth_results/spf/scope", { $0.records[0].spf[0].scope = .helo }),
            ("record 1/auth_results/spf/result", { $0.records[0].spf[0].result = .other("x") }),
        ]
        for (path, change) in changes {
            var report = try Self.sample()
            change(&report)
            #expect(report.problems.map(\.path) == [path])
            #expect(throws: DMARCReportProblems.self) { try report.document() }
        }
    }

    @Test func `a null return path is written as an empty element`() throws {
        var report = try Self.sample()
        report.records[0].envelopeFrom = ""
        let octets = try report.document()
        #expect(String(decoding: octets, as: UTF8.self).contains("<envelope_from></envelope_from>"))
        #expect(try DMARCAggregateReport(parsing: octets) == report)
    }

    @Test func `a report goes into a mail and comes out of it`() throws {
        let report = try Self.sample()
        let submitter = try DomainName("mail.receiver.example")
        let document = try #require(DMARCReportDocument(report, submitter: submitter, uniqueID: "a/1"))
        #expect(document.fileName == "mail.receiver.example!example.com!302832000!302918399!a1.xml.gz")
        #expect(
            document.subject
                == "Report Domain: example.com Submitter: mail.receiver.example Report-ID: <3v98abbp8ya9n3va8yr8oa3ya>")
        let head = ReportMailHead(
            from: "Reports <dmarc@mail.receiver.example>", to: "dmarc@example.com",
            date: UnixTime(seconds: 302_918_400),
            messageID: "1@mail.receiver.example")
        let mail = try document.mail(head)
        let file = ReportFile(reading: mail)
        #expect(file.findings.map(\.outcome) == [.success(.aggregate(report))])
        #expect(file.findings.first?.quirks.isEmpty == true)
        #expect(String(decoding: mail, as: UTF8.self).split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    }
}
