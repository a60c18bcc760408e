import MailBytes
import MailReports
import PostsealReports
import Rendering
import TestSupport
import Testing

/// What is known of a domain, and which domains there are: what every store promises.
@Suite struct ReportCoverageTests {
    private static let (begin, end) = (UnixTime(seconds: Made.day), UnixTime(seconds: Made.day + 30 * 86_400))

    /// A report as far as it goes.
    private static func bare(_ policy: String, received: UnixTime = Made.now) -> ReportArrival {
        let text = """
            <feedback><report_metadata><org_name>Bare</org_name><report_id>1</report_id></report_metadata>
            <policy_published><domain>example.com</domain>\(policy)</policy_published></feedback>
            """
        return ReportArrival(reading: Array(text.utf8), name: nil, received: received)
    }

    @Test(arguments: StoreKind.allCases)
    func aReportWithoutPolicyOrDatesDoesNotHideTheOthers(_ kind: StoreKind) async throws {
        func policy(_ arrivals: ReportArrival...) async throws -> String? {
            try await kind.withStore { store, _ in
                for arrival in arrivals { _ = try await store.take([arrival]) }
                return try await store.coverage(of: "example.com", from: Self.begin, to: Self.end).policy?.policy
            }
        }
        let dated = try Made.arrival(Made.report(policy: .quarantine))
        #expect(try await policy(dated, Self.bare("")) == "quarantine")
        #expect(try await policy(dated, Self.bare("<p>none</p>")) == "quarantine")
        #expect(try await policy(Self.bare("<p>none</p>")) == "none")
        #expect(try await policy(Self.bare("")) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func aReporterIsOneInWhateverLetters(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for name in ["Google.com", "google.com", "Other"] {
                _ = try await store.take([Made.arrival(Made.report(id: name, by: name))])
            }
            let coverage = try await store.coverage(of: "example.com", from: Self.begin, to: Self.end)
            #expect(coverage.reports == 3 && coverage.reporters == 2)
        }
    }

    @Test func aSingleReporterIsNotCalledTooLittleMail() async throws {
        let key = ReportTallyKey(
            source: .missing, via: "example.com", isDKIMAligned: true, isSPFAligned: true, disposition: .none)
        func advice(_ messages: Int) -> String {
            let tallies = [ReportTally(start: Self.begin, key: key, messages: messages)]
            let summary = SenderSummary(domain: "example.com", begin: Self.begin, end: Self.end, tallies: tallies)
            let coverage = ReportCoverage(reports: 2, reporters: 1, uncountedReports: 0, policy: nil)
            return PolicyForecast(.reject, summary, coverage).advice
        }
        #expect(advice(2000).hasPrefix("wait for reports of somebody else: what a single reporter sees"))
        #expect(advice(20).hasPrefix("wait for more reports: so little mail"))
    }

    @Test(arguments: StoreKind.allCases)
    func whereReportsCameBeforeItIsAskedWhetherTheyStillDo(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take([Made.arrival(Made.report())])
            let (begin, end) = (Self.end, Self.end.adding(seconds: 28 * 86_400))
            let forecast = PolicyForecast(
                .quarantine, try await store.summary(of: "example.com", begin: begin, end: end),
                try await store.coverage(of: "example.com", from: begin, to: end))
            #expect(forecast.step == .checkReporting(since: UnixTime(seconds: Made.day)))
            #expect(forecast.json["step"]?.stringValue == "check-reporting")
            #expect(forecast.json["last_report"]?.integerValue == Made.day)
            #expect(forecast.advice.hasPrefix("no report is newer than 2026-11-20: does the reporting address"))
            // What comes later is not known then.
            let early = try await store.coverage(
                of: "example.com", from: UnixTime(seconds: 0), to: UnixTime(seconds: 86_400))
            #expect(early.lastReport == nil)
        }
    }

    @Test func aReportWithoutMessagesSaysThatReportsCome() async throws {
        let empty = SenderSummary(domain: "example.com", begin: Self.begin, end: Self.end, tallies: [])
        let coverage = ReportCoverage(
            reports: 1, reporters: 1, uncountedReports: 0, policy: nil,
            lastReport: Self.end.adding(seconds: -20 * 86_400))
        #expect(PolicyForecast(.reject, empty, coverage).step == .waitForMore)
    }

    private static func sessions(_ policies: [(type: String, domain: String)]) -> ReportArrival {
        let list = policies.map { type, domain in
            """
            {"policy":{"policy-type":"\(type)","policy-domain":"\(domain)"},
            "summary":{"total-successful-session-count":5,"total-failure-session-count":0}}
            """
        }
        let text = """
            {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
            "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@sender.example","report-id":"1",
            "policies":[\(list.joined(separator: ","))]}
            """
        return ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now)
    }

    @Test(arguments: StoreKind.allCases)
    func mailServersWithDANEAreNoDomains(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let arrival = Self.sessions([
                ("tlsa", "mx.example.com"), ("tlsa", "mx.only.example"), ("sts", "only.example"),
                ("tlsa", "sub.example.com"), ("sts", "sub.example.com"), ("tlsa", "news.example.com"),
                // Some reporters name the recipients' domain; and of this one nothing else is known.
                ("tlsa", "dane.example"),
            ])
            _ = try await store.take([
                arrival, Made.arrival(Made.report()), Made.arrival(Made.report(of: "news.example.com")),
            ])
            #expect(
                try await store.domains() == [
                    "dane.example", "example.com", "news.example.com", "only.example", "sub.example.com",
                ])
            #expect(try await store.tlsDomains().contains("mx.example.com"))
        }
    }

    @Test func whatIsOlderThanIsKeptIsKnownBefore() throws {
        let text = "<feedback></feedback>"
        let refused = ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now)
        let arrival = try Made.arrival(Made.report(begin: Made.day - 1100 * 86_400))
        let midnight = UnixTime(seconds: Made.day + 3600)
        #expect(ReportRetention().forgets(arrival, at: midnight) == [false])
        #expect(ReportRetention().forgets(arrival, at: midnight.adding(seconds: 86_400)) == [true])
        #expect(ReportRetention().forgets(refused, at: midnight) == [false])
    }
}
