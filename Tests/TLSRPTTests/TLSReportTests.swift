import MailBytes
import MailNames
import TLSRPT
import Testing

@Suite struct TLSReportTests {
    /// RFC 8460 appendix B, with `mx-host` as its section 4.4 has it.
    static let example = """
        {"organization-name":"Company-X","date-range":{"start-datetime":"2016-04-01T00:00:00Z",\
        "end-datetime":"2016-04-01T23:59:59Z"},"contact-info":"sts-reporting@company-x.example",\
        "report-id":"5065427c-23d3-47ca-b6e0-946ea0e8c4be","policies":[{"policy":{"policy-type":"sts",\
        "policy-string":["version: STSv1","mode: testing","mx: *.mail.company-y.example","max_age: 86400"],\
        "policy-domain":"company-y.example","mx-host":["*.mail.company-y.example"]},\
        "summary":{"total-successful-session-count":5326,"total-failure-session-count":303},\
        "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8:abcd:12::1",\
        "receiving-mx-hostname":"mx1.mail.company-y.example","failed-session-count":100},\
        {"result-type":"starttls-not-supported","sending-mta-ip":"2001:db8:abcd:13::1",\
        "receiving-mx-hostname":"mx2.mail.company-y.example","receiving-ip":"203.0.113.56",\
        "failed-session-count":200,"additional-information":"https://reports.company-x.example/report_info?id=1"},\
        {"result-type":"validation-failure","sending-mta-ip":"198.51.100.62",\
        "receiving-mx-hostname":"mx-backup.mail.company-y.example","receiving-ip":"203.0.113.58",\
        "failed-session-count":3,"failure-reason-code":"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"}]}]}
        """

    private static func read(_ text: String) throws(TLSReportError) -> TLSReport {
        try TLSReport(parsing: Array(text.utf8))
    }

    @Test func `the example of RFC 8460 is read and written octet for octet`() throws {
        let report = try Self.read(Self.example)
        #expect(report.quirks.isEmpty)
        #expect(report.organizationName == "Company-X")
        #expect(report.begin.rfc3339 == "2016-04-01T00:00:00Z")
        #expect(report.contactInfo == "sts-reporting@company-x.example")
        let policy = try #require(report.policies.first)
        #expect(policy.type == .sts)
        #expect(policy.domain?.text == "company-y.example")
        #expect(policy.successfulSessions == 5326 && policy.failedSessions == 303)
        #expect(policy.failures.map(\.failedSessions) == [100, 200, 3])
        #expect(policy.failures.map(\.resultType) == [.certificateExpired, .startTLSNotSupported, .validationFailure])
        #expect(String(decoding: report.octets, as: UTF8.self) == Self.example)
    }

    /// One change of the example, and what is borne for it.
    @Test(arguments: [
        ("[\"*.mail.company-y.example\"]", "\"*.mail.company-y.example\"", TLSReportQuirk.mxHostNotArray),
        ("T00:00:00Z", "T00:00:00", .dateWithoutZone), ("T23:59:59Z", "", .dateWithoutTime),
        ("\"2016-04-01T00:00:00Z\"", "1459468800", .dateAsSeconds),
        ("\"2016-04-01T00:00:00Z\"", "\"1459468800\"", .dateAsSeconds), (":5326", ":\"5326\"", .countNotInteger),
        (":5326", ":5326.0", .countNotInteger), (":100", ":\" 100 \"", .countNotInteger),
        ("\"organization-name\":\"Company-X\",", "", .organizationMissing),
        ("\"report-id\":\"5065427c-23d3-47ca-b6e0-946ea0e8c4be\",", "", .reportIDMissing),
        ("\"sts-reporting@company-x.example\"", "null", .contactMissing),
        ("\"sts-reporting@company-x.example\"", "null", .null), ("\"Company-X\"", "7", .notText),
        ("2016-04-01T23", "2016-03-01T23", .endBeforeBegin), ("\"policies\":[{", "\"policies\":{", .policiesNotArray),
        ("\"sts\"", "\"STS\"", .unknownPolicyType), ("\"policy-type\":\"sts\",", "", .policyTypeMissing),
        ("\"policy-domain\":\"company-y.example\",", "", .policyDomainMissing),
        ("\"company-y.example\"", "\"a b\"", .badPolicyDomain),
        ("\"company-y.example\"", "\"a\\\\b.example\"", .badPolicyDomain),
        ("\"certificate-expired\"", "\"new\"", .unknownResultType),
        ("\"result-type\":\"certificate-expired\",", "", .resultTypeMissing), ("198.51.100.62", "mail", .badAddress),
        (",\"total-failure-session-count\":303", "", .countMissing), (":303", ":-3", .badCount),
        (":303", ":true", .badCount),
        (":303", ":1e300", .badCount), (":303", ":\"3x\"", .badCount),
        ("\"failure-details\":[", "\"failure-details\":[7,", .strayElement),
        ("\"policies\":[", "\"policies\":[null,", .strayElement),
        ("{\"organ", "\u{FEFF}{\"organ", .byteOrderMark),
        ("\"Company-X\"", "\"\"", .organizationMissing), ("\"Company-X\"", "\" \"", .organizationMissing),
        ("\"5065427c-23d3-47ca-b6e0-946ea0e8c4be\"", "\"\"", .reportIDMissing),
        ("\"sts-reporting@company-x.example\"", "\"\"", .contactMissing),
        ("]}]}", "]}]}\u{0}\u{0}", .trailingText), ("]}]}", "]}]}\nEOF", .trailingText),
        ("]}]}", "]}]}\u{1A}", .trailingText), ("]}]}", "]}]} {}", .trailingText), ("]}]}", "]}]}{{", .trailingText),
    ])
    func `what senders do wrong is borne and named`(_ from: String, _ to: String, _ quirk: TLSReportQuirk) throws {
        #expect(Self.example.contains(from))
        var text = Self.example.replacing(from, with: to, maxReplacements: 1)
        if quirk == .policiesNotArray { text = text.replacing("}]}]}", with: "}]}}") }
        let report = try Self.read(text)
        #expect(report.quirks.contains(quirk))
        #expect(report.quirks.count <= 2)
        #expect(report.policies.count == 1)
        // What is written is what the RFC asks for, and is read as the same.
        let again = try TLSReport(parsing: report.octets)
        #expect(again.policies.map(\.failures) == report.policies.map(\.failures))
        #expect(again.octets == (try TLSReport(parsing: again.octets)).octets)
    }

    @Test func `parts in other places and forms are found`() throws {
        let report = try Self.read(
            """
            {"date-range":{"start-datetime":"2026-01-01","end-datetime":"2026-01-01"},"policies":[
            {"policy-type":"tlsa","policy-string":"3 1 1 AA\\n3 1 1 BB","policy-domain":"B\u{fc}cher.example",
            "failure-details":{"result-type":"tlsa-invalid","additional-info-uri":"https://a.example/"}},
            {"policy":{"policy-type":"sts"},"mx-host":"a.example","summary":{}}]}
            """)
        let first = try #require(report.policies.first)
        #expect(report.begin.rfc3339 == "2026-01-01T00:00:00Z" && report.end.rfc3339 == "2026-01-01T23:59:59Z")
        #expect(first.strings == ["3 1 1 AA", "3 1 1 BB"])
        #expect(first.domain?.text == "xn--bcher-kva.example")
        #expect(first.failures.first?.failedSessions == 1)
        #expect(first.failures.first?.additionalInformation == "https://a.example/")
        #expect(report.policies.last?.mxHosts == ["a.example"])
        for quirk in [
            TLSReportQuirk.policyMissing, .policyStringNotArray, .policyStringMissing, .summaryMissing, .countMissing,
            .failureDetailsNotArray, .mxHostNotArray, .dateWithoutTime,
        ] {
            #expect(report.quirks.contains(quirk))
        }
    }

    @Test(arguments: [
        ("sts", "sts-policy-fetch-error", false), ("sts", "sts-webpki-invalid", false),
        ("tlsa", "dnssec-invalid", false), ("tlsa", "dane-required", false), ("sts", "sts-policy-invalid", true),
        ("tlsa", "tlsa-invalid", true),
        ("no-policy-found", "validation-failure", false),
    ])
    func `a policy that nobody knows has no text`(type: String, result: String, isMissing: Bool) throws {
        let text = Self.example.replacing("\"sts\"", with: "\"\(type)\"")
            .replacing("\"policy-string\":", with: "\"x\":").replacing("certificate-expired", with: result)
        #expect(try Self.read(text).quirks.contains(.policyStringMissing) == isMissing)
    }

    @Test(arguments: [
        ("", "expected a value, found the end at line 1, column 1"), ("[]", "report is no JSON object"),
        ("{\n \"a\":\n x}", "expected a value at line 3, column 2"), ("{}", "report without 'date-range'"),
        ("{\"date-range\":{}}", "'date-range' without a usable 'start-datetime'"),
        ("{\"date-range\":{\"start-datetime\":\"yesterday\"}}", "'date-range' without a usable 'start-datetime'"),
        (
            "{\"date-range\":{\"start-datetime\":\"2026-01-01T00:00:00Z\",\"end-datetime\":\"2026-01-02T00:00:00Z\"}}",
            "report without 'policies'"
        ),
        ("{\"a\":1,\"a\":2}", "member name used twice at line 1, column 8"),
        (String(repeating: "[", count: 100), "nested deeper than 16 levels at line 1, column 18"),
    ])
    func `what is no report is refused with the place`(_ text: String, _ reason: String) {
        let error = #expect(throws: TLSReportError.self) { try Self.read(text) }
        #expect(error?.description == reason)
    }

    @Test func `every beginning of a report is refused`() {
        let octets = Array(Self.example.utf8)
        for length in 0..<octets.count {
            let error = #expect(throws: TLSReportError.self) { try TLSReport(parsing: Array(octets[..<length])) }
            #expect(error?.line == 1)
        }
    }

    @Test func `UTF-16 is read, and said`() throws {
        let units = Self.example.replacing("Company-X", with: "B\u{fc}cher \u{1F4EC}").utf16
        let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        for octets in [little, big, [0xFF, 0xFE] + little, [0xFE, 0xFF] + big] {
            let report = try TLSReport(parsing: octets)
            #expect(report.quirks == [.wrongEncoding])
            #expect(report.organizationName == "B\u{fc}cher \u{1F4EC}")
        }
        for octets in [[0xFF, 0xFE], [0xFF, 0xFE, 0x7B], little + [0], [0xFF, 0xFE, 0x00, 0xD8], [0x7B, 0]] {
            let error = #expect(throws: TLSReportError.self) { try TLSReport(parsing: octets) }
            #expect(error?.line == 1)
        }
    }

    @Test func `more values than a report can need are refused`() {
        let octets = Array("[".utf8) + Array(String(repeating: "0,", count: TLSRPTLimits.reportValuesMax).utf8)
        #expect(throws: TLSReportError.self) { try TLSReport(parsing: octets) }
    }

    @Test func `the words are those of the registry`() {
        let words = TLSRPTResultType.known.map(\.word)
        #expect(Set(words).count == 11 && words.contains("sts-webpki-invalid"))
        for word in words { #expect(TLSRPTResultType(word).word == word) }
        #expect(TLSRPTResultType("x") == .unknown("x") && TLSRPTPolicyType("X") == .unknown("X"))
        #expect(TLSRPTPolicyType.known.map { TLSRPTPolicyType($0.word) } == TLSRPTPolicyType.known)
    }
}
