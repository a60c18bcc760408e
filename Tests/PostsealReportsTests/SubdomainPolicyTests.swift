import MailBytes
import MailNames
import MailReports
import PostsealReports
import Rendering
import TestSupport
import Testing

/// What has an author below the domain falls under `sp`, whatever `p` says.
@Suite struct SubdomainPolicyTests {
    private static let records = [
        Made.record("192.0.2.1", 1000),
        // Of a sender with both, half of it each.
        Made.record(
            "192.0.2.2", 50, from: "news.example.com", dkim: false, spf: false, signed: ["esp.example"], returnPath: nil
        ),
        Made.record("192.0.2.3", 20, dkim: false, spf: false, signed: ["crm.example"], returnPath: nil),
        Made.record(
            "192.0.2.3", 20, from: "news.example.com", dkim: false, spf: false, .reject, signed: ["crm.example"],
            returnPath: nil),
        // So much of nobody that it is asked about; and a server that was forgotten.
        Made.record(
            "192.0.2.4", 40, from: "a.example.com", dkim: false, spf: false, signed: [], returnPath: nil),
        Made.record(
            "192.0.2.5", 30, from: "b.example.com", dkim: false, spf: false, signed: [], returnPath: nil),
    ]

    private func forecast(
        _ policy: ForecastPolicy, sp: DMARCReportedAction?, of records: [DMARCReportRecord] = Self.records
    ) async throws -> PolicyForecast {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            for organization in ["One", "Two"] {
                let report = Made.report(records, by: organization, policy: .quarantine, sp: sp)
                _ = try await store.take([Made.arrival(report)])
            }
            try await store.keep([
                try #require(IPAddress("192.0.2.5")): SourceHost(.confirmed, name: "b.example.com", lookedUp: Made.now)
            ])
            let (begin, end) = (UnixTime(seconds: Made.day), UnixTime(seconds: Made.day + 86_400))
            return PolicyForecast(
                policy, try await store.summary(of: "example.com", begin: begin, end: end),
                try await store.coverage(of: "example.com", from: begin, to: end))
        }
    }

    @Test func itsFailuresAreTakenOut() async throws {
        let forecast = try await forecast(.reject, sp: DMARCReportedAction.none)
        #expect(forecast.touchedMessages == 40 && forecast.messagesUnderSubdomainPolicy == 280)
        // What was rejected already has an author below the domain.
        #expect(forecast.alreadyTouchedMessages == 0 && forecast.endangeredMessages == 40)
        #expect(forecast.toSetUp.map(\.via) == ["crm.example"] && forecast.step == .setUp(["crm.example"]))
        #expect(forecast.questionableSources.isEmpty && forecast.forgottenServers.isEmpty)
        #expect(forecast.json["under_subdomain_policy"]?.integerValue == 280)
        #expect(
            forecast.lines.dropFirst(3).dropLast(2) == [
                "     2,000  pass DMARC, 86.2 %: no policy touches them.",
                "        40  fail, and would be rejected.",
                "            40  of crm.example (proves to be itself, not example.com): 1 address, 192.0.2.3",
                "       280  fail with an author below the domain: sp=none counts for them, whatever p= says.",
            ])
    }

    @Test func nothingElseFailsAndNothingIsToBeSetUp() async throws {
        let forecast = try await forecast(.reject, sp: DMARCReportedAction.none, of: Array(Self.records.prefix(2)))
        #expect(forecast.touchedMessages == 0 && forecast.toSetUp.isEmpty && forecast.step == .publish(.reject))
    }

    /// Where the record has no `sp`, reporters say the same as in `p`.
    @Test(arguments: [nil, DMARCReportedAction.quarantine])
    func whatMayNotBeThereChangesNothing(_ sp: DMARCReportedAction?) async throws {
        let forecast = try await forecast(.reject, sp: sp)
        #expect(forecast.touchedMessages == 320 && forecast.messagesUnderSubdomainPolicy == 0)
        #expect(forecast.alreadyTouchedMessages == 40)
        #expect(forecast.step == .setUp(["b.example.com", "esp.example", "crm.example"]))
        #expect(forecast.questionableSources == ["192.0.2.4"])
    }
}
