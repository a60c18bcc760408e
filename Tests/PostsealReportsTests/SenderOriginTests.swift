import MailBytes
import MailNames
import MailReports
import PostsealReports
import Rendering
import TestSupport
import Testing

/// Who sends as a domain, by what the sources are.
@Suite struct SenderOriginTests {
    private static func record(
        _ source: String, _ count: Int, passes: Bool, signed: [String] = [], _ reasons: [DMARCReportReason] = []
    ) -> DMARCReportRecord {
        Made.record(
            source, count, dkim: passes, spf: false, signed: signed, returnPath: nil, reasons)
    }

    private static let records = [
        record("192.0.2.1", 1000, passes: true, signed: ["example.com"]),
        record("192.0.2.2", 400, passes: true, signed: ["example.com"]),
        record("192.0.2.3", 300, passes: true, signed: ["example.com", "news.example"]),
        record("192.0.2.4", 60, passes: false),
        record("192.0.2.5", 50, passes: false),
        record("192.0.2.6", 40, passes: false),
        record("192.0.2.7", 30, passes: false, signed: ["lists.example"], [DMARCReportReason(type: .mailingList)]),
        record("192.0.2.8", 20, passes: false, signed: ["bulk.example"]),
        record("192.0.2.9", 10, passes: false, signed: ["crm.example"]),
        record("192.0.2.10", 200, passes: true, signed: ["example.com"]),
    ]

    private static let hosts: [String: SourceHost] = [
        "192.0.2.1": SourceHost(.confirmed, name: "mx.example.com", lookedUp: Made.now),
        "192.0.2.2": SourceHost(.confirmed, name: "mail-1.google.com", lookedUp: Made.now),
        "192.0.2.3": SourceHost(.confirmed, name: "o1.sendgrid.net", lookedUp: Made.now),
        "192.0.2.4": SourceHost(.confirmed, name: "old.example.com", lookedUp: Made.now),
        "192.0.2.5": SourceHost(.unconfirmed, name: "mx9.example.com", lookedUp: Made.now),
        "192.0.2.6": SourceHost(.confirmed, name: "o2.sendgrid.net", lookedUp: Made.now),
        "192.0.2.7": SourceHost(.confirmed, name: "mail-2.google.com", lookedUp: Made.now),
        "192.0.2.8": SourceHost(.confirmed, name: "o3.sendgrid.net", lookedUp: Made.now),
        "192.0.2.9": SourceHost(.none, lookedUp: Made.now),
        "192.0.2.10": SourceHost(.confirmed, name: "static.10.clients.your-server.de", lookedUp: Made.now),
    ]

    private func summary(
        hosts: [String: SourceHost] = Self.hosts
    ) async throws -> (SenderSummary, ReportCoverage) {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            _ = try await store.take([
                Made.arrival(Made.report(Self.records)),
                Made.arrival(
                    Made.report(
                        [Self.record("192.0.2.1", 500, passes: true, signed: ["example.com"])],
                        begin: Made.day - 86_400)),
            ])
            var found: [IPAddress: SourceHost] = [:]
            for (text, host) in hosts { found[try #require(IPAddress(text))] = host }
            try await store.keep(found)
            let (begin, end) = (UnixTime(seconds: Made.day), UnixTime(seconds: Made.day + 86_400))
            return (
                try await store.summary(of: "example.com", begin: begin, end: end),
                try await store.coverage(of: "example.com", from: begin, to: end)
            )
        }
    }

    @Test func sourcesAreGroupedByWhatTheyAre() async throws {
        let (summary, coverage) = try await summary()
        let origins = summary.origins.map { origin in
            "\(origin.kind.rawValue) \(origin.standing.rawValue) \(origin.name ?? "-") \(origin.messages) "
                + "\(origin.alignedMessages) \(origin.messagesBefore) \(origin.addresses)"
        }
        #expect(
            origins == [
                "own plain example.com 1200 1200 500 2", "own own-server-not-set-up example.com 60 0 0 1",
                "service plain Google 400 400 0 1", "service plain SendGrid 300 300 0 1",
                "service service-not-set-up SendGrid 60 0 0 2", "forwarder plain Google 30 0 0 1",
                "stranger plain crm.example 10 0 0 1", "unproven plain - 50 0 0 1",
            ])
        #expect(summary.origins.reduce(0) { $0 + $1.messages } == summary.messages)
        let lines = summary.lines(coverage)
        for line in [
            "  messages     pass   trend  where from, by host names that lead back to their addresses",
            "     1,200  100.0 %  +140 %  your own servers: 2 addresses, most from 192.0.2.1 (mx.example.com)",
            "        60    0.0 %     new  your own servers that are not set up: 1 address, 192.0.2.4 (old.example.com)",
            "       400  100.0 %     new  Google (mailboxes): 1 address, 192.0.2.2 (mail-1.google.com)",
            "        60    0.0 %     new  SendGrid (bulk mail), not set up for you, or used by somebody else: "
                + "2 addresses, most from 192.0.2.6 (o2.sendgrid.net)",
            "        50    0.0 %     new  nobody proves it: 1 address, 192.0.2.5 (claims to be mx9.example.com, which "
                + "has another address)",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func withoutNamesThereIsWhatMessagesProve() async throws {
        let (summary, coverage) = try await summary(hosts: [:])
        #expect(!summary.hasHosts && !summary.lines(coverage).contains { $0.contains("host names") })
        #expect(
            summary.origins.map { "\($0.kind.rawValue) \($0.name ?? "-") \($0.messages)" } == [
                "own example.com 1600", "service news.example 300", "forwarder lists.example 30",
                "stranger bulk.example 20", "stranger crm.example 10", "unproven - 150",
            ])
        #expect(summary.unnamedAddresses.count == 10)
    }

    @Test func programsReadTheSame() async throws {
        let (summary, coverage) = try await summary()
        let json = summary.json(coverage)
        let forgotten = json["origins"]?.arrayValue?.first { $0["standing"]?.stringValue == "own-server-not-set-up" }
        let source = forgotten?["sources"]?.arrayValue?.first
        #expect(source?["host"]?.stringValue == "old.example.com" && source?["source"]?.stringValue == "192.0.2.4")
        let unproven = json["senders"]?.arrayValue?.first { $0["kind"]?.stringValue == "unproven" }
        let claimed = unproven?["sources"]?.arrayValue?.first { $0["source"]?.stringValue == "192.0.2.5" }
        #expect(claimed?["host"] == .null && claimed?["claimed_host"]?.stringValue == "mx9.example.com")
        #expect(claimed?["host_outcome"]?.stringValue == "unconfirmed")
        let bulk = unproven?["sources"]?.arrayValue?.first { $0["source"]?.stringValue == "192.0.2.6" }
        #expect(bulk?["service"]?.stringValue == "SendGrid")
    }

    /// A server that was forgotten is certainly ours, which a policy would cost its mail.
    @Test func forgottenServersAreSetUpFirst() async throws {
        let (summary, coverage) = try await summary()
        let forecast = PolicyForecast(.reject, summary, coverage)
        #expect(forecast.forgottenServers.map { $0.source.text ?? "" } == ["192.0.2.4"])
        #expect(forecast.step == .setUp(["old.example.com", "bulk.example", "crm.example"]))
        #expect(forecast.questionableSources == ["192.0.2.5", "192.0.2.6"])
        #expect(forecast.endangeredMessages == 120)
        #expect(forecast.json["forgotten_servers"]?.arrayValue?.first?["host"]?.stringValue == "old.example.com")
        #expect(PolicyForecast(.none, summary, coverage).forgottenServers.isEmpty)
    }
}
