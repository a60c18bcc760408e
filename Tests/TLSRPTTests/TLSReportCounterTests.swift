import MailBytes
import MailNames
import TLSRPT
import Testing

@Suite struct TLSReportCounterTests {
    /// 2026-11-25T12:00:00Z
    static let noon = UnixTime(seconds: 1_795_608_000)
    static let day = TLSReportDay(containing: noon)

    static let sts = TLSAppliedPolicy(
        type: .sts, strings: ["version: STSv1", "mode: enforce", "mx: *.b.example", "max_age: 86400"],
        mxHosts: ["*.b.example"])
    static let tlsa = TLSAppliedPolicy(type: .tlsa, strings: ["3 1 1 AB"])

    static func failure(_ type: TLSRPTResultType, _ host: String = "mx.b.example") -> TLSSessionFailure {
        TLSSessionFailure(
            type, sendingAddress: .v4(0xC000_0201), receivingHost: host, receivingHELO: "mx",
            receivingAddress: .v4(0xC000_0202), additionalInformation: "https://a.example/", reasonCode: "X")
    }

    static func session(
        _ domain: String, _ policy: TLSAppliedPolicy, _ failures: [TLSSessionFailure] = []
    ) throws -> TLSSessionOutcome {
        TLSSessionOutcome(
            domain: try DomainName(domain), record: "v=TLSRPTv1; rua=mailto:r@\(domain)",
            policies: [TLSSessionPolicyOutcome(policy: policy, isSuccess: failures.isEmpty, failures: failures)])
    }

    static func submitter() throws -> TLSReportSubmitter {
        TLSReportSubmitter(organizationName: "A", domain: try DomainName("mail.a.example"), contactLocalPart: "tls")
    }

    static func counter() throws -> TLSReportCounter {
        var counter = TLSReportCounter()
        for _ in 0..<3 { counter.count(try session("b.example", sts), at: noon) }
        for _ in 0..<2 { counter.count(try session("b.example", sts, [failure(.certificateExpired)]), at: noon) }
        counter.count(try session("b.example", sts, [failure(.certificateExpired, "mx2.b.example")]), at: noon)
        counter.count(try session("c.example", TLSAppliedPolicy(type: .noPolicyFound)), at: noon)
        counter.count(try session("b.example", sts), at: noon.adding(seconds: 86_400))
        return counter
    }

    @Test func `sessions are counted by day, domain, policy and failure`() throws {
        let counter = try Self.counter()
        #expect(counter.days.map(\.text) == ["2026-11-25", "2026-11-26"])
        let documents = try counter.documents(for: Self.day, from: Self.submitter())
        #expect(documents.map(\.domain.text) == ["b.example", "c.example"])
        let policy = try #require(documents[0].report.policies.first)
        #expect(policy.successfulSessions == 3 && policy.failedSessions == 3)
        #expect(policy.failures.map(\.failedSessions) == [2, 1])
        #expect(policy.failures.map(\.receivingMXHostname) == ["mx.b.example", "mx2.b.example"])
        #expect(policy.domain?.text == "b.example")
        #expect(documents[0].record == "v=TLSRPTv1; rua=mailto:r@b.example")
        #expect(documents[1].report.policies.map(\.type) == [.noPolicyFound])
        #expect(documents[1].report.policies.first?.json["failure-details"] == nil)
    }

    @Test func `DANE and MTA-STS are two policies of one session`() throws {
        var counter = TLSReportCounter()
        let outcome = TLSSessionOutcome(
            domain: try DomainName("b.example"),
            policies: [
                TLSSessionPolicyOutcome(
                    policy: Self.tlsa, isSuccess: false, failures: [Self.failure(.validationFailure)]),
                TLSSessionPolicyOutcome(policy: Self.sts, isSuccess: true),
            ])
        counter.count(outcome, at: Self.noon)
        let policies = try #require(try counter.documents(for: Self.day, from: Self.submitter()).first).report.policies
        #expect(policies.map(\.type) == [.sts, .tlsa])
        #expect(policies.map(\.successfulSessions) == [1, 0] && policies.map(\.failedSessions) == [0, 1])
    }

    @Test func `a document has names, subject and fields as RFC 8460 asks`() throws {
        let documents = try Self.counter().documents(for: Self.day, from: Self.submitter(), uniqueID: "no-de 1\u{e4}")
        let document = try #require(documents.first)
        #expect(document.fileName(isCompressed: true) == "mail.a.example!b.example!1795564800!1795651199!node1.json.gz")
        #expect(document.fileName(isCompressed: false).hasSuffix("!node1.json"))
        #expect(
            document.subject
                == "Report Domain: b.example Submitter: mail.a.example "
                + "Report-ID: <2026-11-25.b.example.node1@mail.a.example>")
        #expect(document.headerFields.map(\.name) == ["Subject", "TLS-Report-Domain", "TLS-Report-Submitter"])
        #expect(document.headerFields.map(\.value) == [document.subject, "b.example", "mail.a.example"])
        #expect(document.report.contactInfo == "tls@mail.a.example")
        #expect(document.report.begin.rfc3339 == "2026-11-25T00:00:00Z")
        #expect(document.report.end.rfc3339 == "2026-11-25T23:59:59Z")
        #expect(TLSReportDocument.mediaType(isCompressed: true) == "application/tlsrpt+gzip")
        #expect(try TLSReport(parsing: document.report.octets) == document.report)
        let plain = try Self.counter().documents(for: Self.day, from: Self.submitter(), uniqueID: "-")
        #expect(plain.first?.fileName(isCompressed: false) == "mail.a.example!b.example!1795564800!1795651199.json")
    }

    @Test func `counts outlive a restart`() throws {
        let counter = try Self.counter()
        let (read, skipped) = TLSReportCounter.reading(Array(counter.text.utf8))
        #expect(skipped.isEmpty)
        #expect(read == counter)
        #expect(read.text == counter.text)
    }

    @Test func `two counters add up, in either order, and so do their texts`() throws {
        let one = try Self.counter()
        var two = TLSReportCounter()
        two.count(try Self.session("b.example", Self.sts, [Self.failure(.certificateExpired)]), at: Self.noon)
        two.count(try Self.session("d.example", Self.tlsa), at: Self.noon)
        var left = one
        left.merge(two)
        var right = two
        right.merge(one)
        #expect(left == right)
        #expect(TLSReportCounter.reading(Array((one.text + two.text).utf8)).counter == left)
        let documents = try left.documents(for: Self.day, from: Self.submitter())
        #expect(documents.first?.report.policies.first?.failures.map(\.failedSessions) == [3, 1])
        left.remove(Self.day)
        #expect(left.days.map(\.text) == ["2026-11-26"])
    }

    @Test(arguments: [
        ("x", "no JSON: expected a value at column 1"), ("{}", "unknown version"), ("{\"v\":1}", "no day"),
        ("{\"v\":1,\"day\":\"2026-13-01\"}", "no day"), ("{\"v\":1,\"day\":\"2026-11-25\"}", "no domain"),
        ("{\"v\":1,\"day\":\"2026-11-25\",\"omitted\":-1}", "a count that cannot be"),
        ("{\"v\":1,\"day\":\"2026-11-25\",\"domain\":\"a\"}", "a policy that cannot be"),
        ("{\"v\":1,\"day\":\"2026-11-25\",\"domain\":\"a\",\"type\":\"sts\",\"mx\":[1]}", "a policy that cannot be"),
        ("{\"v\":1,\"day\":\"2026-11-25\",\"domain\":\"a\",\"type\":\"sts\",\"ok\":1}", "a count that cannot be"),
        (
            "{\"v\":1,\"day\":\"2026-11-25\",\"domain\":\"a\",\"type\":\"sts\","
                + "\"ok\":1,\"failed\":1,\"failures\":[{}]}",
            "a failure that cannot be"
        ),
    ])
    func `a line that is none is left out, and the others are read`(_ line: String, _ reason: String) throws {
        let counter = try Self.counter()
        let (read, skipped) = TLSReportCounter.reading(Array((line + "\n\n" + counter.text).utf8))
        #expect(read == counter)
        #expect(skipped.map(\.line) == [1])
        #expect(skipped.first?.reason == reason)
    }

    @Test func `every beginning of a text gives the lines that are whole`() throws {
        let octets = Array(try Self.counter().text.utf8)
        for length in stride(from: 0, through: octets.count, by: 5) {
            #expect(TLSReportCounter.reading(Array(octets[..<length])).skipped.count <= 1)
        }
    }

    @Test func `limits lose details, never sessions without a trace`() throws {
        var counter = TLSReportCounter(
            limits: TLSReportCounterLimits(domainsMax: 2, policiesMax: 2, failuresMax: 3, daysMax: 2))
        for index in 0..<10 {
            counter.count(try Self.session("d\(index).example", Self.sts), at: Self.noon)
        }
        #expect(counter.domains(on: Self.day).count == 2 && counter.omittedSessions(on: Self.day) == 8)
        for index in 0..<10 {
            let policy = TLSAppliedPolicy(type: .tlsa, strings: ["3 1 1 0\(index)"])
            counter.count(try Self.session("d0.example", policy), at: Self.noon)
        }
        #expect(counter.omittedSessions(on: Self.day) == 17)
        for index in 0..<10 {
            let failures = [
                Self.failure(.certificateExpired, "mx\(index).example"), Self.failure(.unknown("\(index)")),
            ]
            counter.count(try Self.session("d1.example", Self.sts, failures), at: Self.noon)
        }
        let policy = try #require(
            try counter.documents(for: Self.day, from: Self.submitter()).last?.report.policies.first)
        #expect(policy.failedSessions == 10)
        #expect(policy.failures.count <= 5)
        #expect(policy.failures.map(\.failedSessions).reduce(0, +) == 20)
        #expect(policy.failures.contains { $0.resultType == .certificateExpired && $0.receivingMXHostname == nil })
        #expect(
            TLSReportCounter.reading(Array(counter.text.utf8), limits: counter.limits).counter.omittedSessions(
                on: Self.day) == 17)
    }

    @Test func `the oldest day gives way to a newer one`() throws {
        var counter = TLSReportCounter(limits: TLSReportCounterLimits(daysMax: 2))
        for days: Int64 in [0, 1, 2, -5] {
            counter.count(try Self.session("b.example", Self.sts), at: Self.noon.adding(seconds: days * 86_400))
        }
        #expect(counter.days.map(\.text) == ["2026-11-26", "2026-11-27"])
    }

    @Test func `texts of strangers are cut, and names that no report can have are not counted`() throws {
        var counter = TLSReportCounter()
        var failure = Self.failure(.validationFailure)
        failure.receivingHELO = String(repeating: "\u{e4}", count: 10_000)
        let long = TLSAppliedPolicy(type: .sts, strings: Array(repeating: "mx: a", count: 10_000))
        counter.count(try Self.session("b.example", long, [failure]), at: Self.noon)
        counter.count(try Self.session("a!b.example", Self.sts), at: Self.noon)
        let policy = try #require(
            try counter.documents(for: Self.day, from: Self.submitter()).first?.report.policies.first)
        #expect(policy.failures.first?.receivingMXHELO?.utf8.count == 512)
        #expect(policy.strings.count == 64)
        #expect(counter.omittedSessions(on: Self.day) == 1)
    }

    @Test(arguments: [
        (0, "1970-01-01"), (86_399, "1970-01-01"), (86_400, "1970-01-02"), (-1, "1969-12-31"), (-86_400, "1969-12-31"),
        (-86_401, "1969-12-30"), (Int64.max, "9999-12-31"), (.min, "0000-01-01"),
    ])
    func `a day is one of UTC`(_ seconds: Int64, _ text: String) {
        let day = TLSReportDay(containing: UnixTime(seconds: seconds))
        #expect(day.text == text)
        #expect(TLSReportDay(text: text) == day)
        #expect(day.end.seconds - day.begin.seconds == 86_399)
        #expect(TLSReportDay(text: text + "Z") == nil)
    }

    @Test func `a day takes no more room than it may, and what it has no room for is counted`() throws {
        var counter = TLSReportCounter(limits: TLSReportCounterLimits(octetsMax: 4_000))
        for number in 0..<100 {
            counter.count(try Self.session("d\(number).example", Self.tlsa), at: Self.noon)
        }
        let kept = counter.domains(on: Self.day).count
        #expect((5...12).contains(kept))
        #expect(counter.omittedSessions(on: Self.day) == 100 - counter.sessions(on: Self.day))
        // Failures without room are there by their type.
        for number in 0..<100 {
            let failure = Self.failure(.certificateExpired, "mx\(number).d0.example")
            counter.count(try Self.session("d0.example", Self.tlsa, [failure]), at: Self.noon)
        }
        let policy = try #require(
            try counter.documents(for: Self.day, from: Self.submitter()).first?.report.policies.first)
        #expect(policy.failedSessions == 100 && policy.failures.map(\.failedSessions).reduce(0, +) == 100)
        #expect(policy.failures.first?.receivingMXHostname == nil)
        #expect(counter.only(Self.day) == counter)
        #expect(counter.only(TLSReportDay(containing: UnixTime(seconds: 0))).days.isEmpty)
    }
}
