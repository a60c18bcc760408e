import DMARC
import MailBytes
import MailNames
import MailReports
import PostsealReportSending
import TLSRPT
import TestSupport
import Testing

@Suite struct BuildingTests {
    private static func read(_ report: BuiltReport) throws -> DMARCAggregateReport {
        let octets = try #require(ReportPacking.gunzip(report.document, length: report.documentLength))
        return try DMARCAggregateReport(parsing: octets)
    }

    @Test func `a report has every message once`() async throws {
        var counts: [VerdictCount] = []
        for letter in CountingTests.cases.map(\.letter) {
            if let verdict = await letter.counted(), verdict.domain == "strict.example" {
                counts.append(VerdictCount(verdict, counts.count + 1))
            }
        }
        #expect(counts.count == 6)
        let reports = try Made.builder.reports(of: World.name("strict.example"), on: day, counts: counts)
        let report = try #require(reports.first)
        #expect(reports.count == 1 && report.messages == 21)
        let read = try Self.read(report)
        #expect(read.quirks.isEmpty && read.form == .rfc9990 && read.problems.isEmpty)
        #expect(read.messages == 21 && read.records.count == 6)
        #expect(read.records.map(\.count) == read.records.map(\.count).sorted(by: >))
        #expect(read.begin == day.begin && read.end == day.end)
        #expect(read.organizationName == "Reporter Ltd" && read.email == "reports@reporter.example")
        #expect(read.policy.subdomainPolicy == .quarantine && read.policy.discoveryMethod == "treewalk")
        #expect(read.generator == "Postseal 1.2.3")
        #expect(report.fileName.hasPrefix("reporter.example!strict.example!\(day.begin.seconds)!"))
        // RFC 9990 §3.1.5: the file's identifier is the report's.
        #expect(report.fileName.hasSuffix("!\(read.reportID).xml.gz"))
        #expect(report.subject.contains("Report-ID: <\(read.reportID)>"))
    }

    @Test func `the same counts in another order make the same report`() throws {
        let counts = (1...50).map { VerdictCount(Made.verdict(source: $0), $0 % 7 + 1) }
        let domain = World.name("strict.example")
        let first = try Made.builder.reports(of: domain, on: day, counts: counts)
        #expect(try Made.builder.reports(of: domain, on: day, counts: counts.reversed()) == first)
        var other = Made.builder
        other.source = "eu1"
        let others = try other.reports(of: domain, on: day, counts: counts)
        #expect(others.first?.reportID != first.first?.reportID)
        #expect(others.first?.reportID.allSatisfy { $0.isLetter || $0.isNumber } == true)
    }

    @Test func `each policy has a report of its own, and what is too much goes with the first`() throws {
        let actions: [DMARCReportedAction?] = [nil, DMARCReportedAction.none, .quarantine, .reject]
        let policies = (0..<12).map { number in
            var policy = Made.policy()
            policy.subdomainPolicy = actions[number % 4]
            policy.nonexistentPolicy = actions[number / 4]
            return policy
        }
        let counts = policies.enumerated().map { VerdictCount(Made.verdict(policy: $1), $0 + 1) }
        let reports = try Made.builder.reports(of: World.name("strict.example"), on: day, counts: counts)
        #expect(reports.count == AggregateReportBuilder.configurationsMax)
        #expect(reports.reduce(0) { $0 + $1.messages } == 78)
        #expect(Set(reports.map(\.reportID)).count == reports.count)
        #expect(Set(reports.map(\.period)).count == reports.count)
        #expect(try Self.read(reports[0]).errors.count == 1)
    }

    @Test func `what RFC 9990 does not allow is not sent`() {
        var verdict = Made.verdict()
        verdict.record.headerFrom = "Not A Domain"
        let counts = [VerdictCount(verdict, 1)]
        #expect(throws: AggregateBuildingError.self) {
            try Made.builder.reports(of: World.name("strict.example"), on: day, counts: counts)
        }
    }

    // MARK: - Destinations

    struct DestinationCase: Sendable {
        var uri: String
        var domain = "a.example.org"
        var zone: [String] = []
        var permission: ReportDestination.Permission
        var uris: [String]?
    }

    static let org = "_dmarc.example.org TXT \"v=DMARC1; p=none\""
    static let name = "a.example.org._report._dmarc.reports.test"
    static let destinations: [DestinationCase] = [
        .init(uri: "mailto:x@a.example.org", permission: .granted),
        .init(uri: "mailto:x@b.example.org", zone: [org], permission: .granted),
        // Without any record in common they are of two organizations.
        .init(uri: "mailto:x@b.example.org", permission: .refused),
        .init(uri: "mailto:x@reports.test", zone: [org], permission: .refused),
        .init(uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=DMARC1\""], permission: .granted),
        .init(uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=DMARC1;\""], permission: .granted),
        .init(uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=spf1 -all\""], permission: .refused),
        .init(uri: "mailto:x@reports.test", zone: ["\(name) TXT \"p=none; v=DMARC1\""], permission: .refused),
        .init(uri: "mailto:x@reports.test", zone: ["\(name) TXT timeout"], permission: .unknown),
        .init(uri: "mailto:x@reports.test", zone: ["\(name) TXT servfail"], permission: .unknown),
        .init(uri: "mailto:x@reports.test", zone: ["_dmarc.reports.test TXT timeout"], permission: .unknown),
        .init(
            uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=spf1\"", "\(name) TXT \"v=DMARC1\""],
            permission: .granted),
        .init(
            uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=DMARC1; rua=mailto:y@reports.test\""],
            permission: .granted, uris: ["mailto:y@reports.test"]),
        .init(
            uri: "mailto:x@reports.test",
            zone: ["\(name) TXT \"v=DMARC1; rua=mailto:y@reports.test,mailto:z@reports.test\""],
            permission: .granted, uris: ["mailto:y@reports.test", "mailto:z@reports.test"]),
        .init(
            uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=DMARC1; rua=mailto:y@victim.test\""],
            permission: .refused),
        .init(
            uri: "mailto:x@reports.test",
            zone: [
                "\(name) TXT \"v=DMARC1; rua=mailto:y@reports.test\"",
                "\(name) TXT \"v=DMARC1; rua=mailto:y@victim.test\"",
            ], permission: .refused),
        // For failure reports only.
        .init(
            uri: "mailto:x@reports.test", zone: ["\(name) TXT \"v=DMARC1; ruf=mailto:y@victim.test\""],
            permission: .granted),
        .init(uri: "https://reports.test/", zone: [], permission: .refused),
        .init(
            uri: "mailto:x@\(String(repeating: "a", count: 60)).test",
            domain: Array(repeating: String(repeating: "b", count: 60), count: 3).joined(separator: ".") + ".test",
            permission: .refused),
    ]

    @Test func `who may get reports`() async throws {
        for one in Self.destinations {
            let uri = try #require(DMARCReportURI(one.uri))
            let found = await DestinationVerifier(resolver: Zone(one.zone))
                .destinations([uri], of: World.name(one.domain))
            #expect(found.first?.permission == one.permission, "\(one.uri) \(one.zone): \(found)")
            #expect(found.map(\.uri) == one.uris ?? [one.uri], "\(one.uri) \(one.zone)")
            #expect(found.allSatisfy { !$0.reason.isEmpty })
        }
    }

    @Test func `a wildcard permits everybody`() async throws {
        // As a server answers that has `*._report._dmarc.reports.test`.
        let zone = Zone(["any.example._report._dmarc.reports.test TXT \"v=DMARC1\""])
        let uri = try #require(DMARCReportURI("mailto:x@reports.test"))
        let found = await DestinationVerifier(resolver: zone).destinations([uri], of: World.name("any.example"))
        #expect(found.map(\.permission) == [.granted])
    }

    @Test func `an address is a destination once, however it is written`() async throws {
        let same = ["mailto:a@a.example.org", "mailto:a@A.EXAMPLE.ORG", "MAILTO:a@a.example.org"]
        let more = ["mailto:%61@a.example.org", "mailto:a@a.example.org?x=1", "mailto:A@a.example.org"]
        let uris = try (same + more).map { try #require(DMARCReportURI($0)) }
        let found = await DestinationVerifier(resolver: Zone([])).destinations(uris, of: World.name("a.example.org"))
        // Whether capitals matter in a local part is for its host to say (RFC 5321 §2.4).
        #expect(found.map(\.uri) == ["mailto:a@a.example.org", "mailto:A@a.example.org"])
    }

    @Test func `an address is a destination once, and there are so many at most`() async throws {
        let uris = try (0..<12).flatMap { _ in [try #require(DMARCReportURI("mailto:x@a.example.org"))] }
        let found = await DestinationVerifier(resolver: Zone([])).destinations(uris, of: World.name("a.example.org"))
        #expect(found.count { $0.permission == .granted } == 1)
        #expect(found.filter { $0.permission != .granted }.allSatisfy { $0.permission == .refused })
    }

    // MARK: - Times

    @Test func `reports are spread, each domain at its own time`() {
        let schedule = SendingSchedule(settlingSeconds: 600, spreadSeconds: 7200)
        #expect(schedule.closing(of: day) == day.end.adding(seconds: 601))
        let times = (0..<200).map { schedule.due("\($0).example", of: day).seconds - day.end.seconds - 601 }
        #expect(times.allSatisfy { (0..<7200).contains($0) })
        #expect(Set(times.map { $0 / 1200 }).count == 6)
        #expect(schedule.due("a.example", of: day) == schedule.due("a.example", of: day))
        #expect(SendingSchedule(spreadSeconds: 0).due("a.example", of: day) == SendingSchedule().closing(of: day))
    }

    @Test func `pauses grow, and end`() {
        let schedule = SendingSchedule(ageMaxSeconds: 86_400)
        let begin = noon
        #expect(schedule.retry(after: 1, since: begin, now: begin) == begin.adding(seconds: 300))
        #expect(schedule.retry(after: 3, since: begin, now: begin) == begin.adding(seconds: 1200))
        #expect(schedule.retry(after: 1000, since: begin, now: begin) == begin.adding(seconds: 4 * 3600))
        #expect(schedule.retry(after: 9, since: begin, now: begin.adding(seconds: 86_000)) == nil)
        var (now, tries) = (begin, 0)
        while let next = schedule.retry(after: tries + 1, since: begin, now: now) { (now, tries) = (next, tries + 1) }
        #expect((8...14).contains(tries))
    }
}
