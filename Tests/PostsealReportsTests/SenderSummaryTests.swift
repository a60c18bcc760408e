import MailBytes
import MailNames
import MailReports
import PostsealReports
import Rendering
import TestSupport
import Testing

/// From reports to what an administrator reads.
@Suite struct SenderSummaryTests {
    /// A summary of records, and of what was before.
    ///
    /// - Parameter odd: what is written in place of `odd.example`; we ourselves write no such domain.
    private func summary(
        _ records: [DMARCReportRecord], before: [DMARCReportRecord] = [], policy: DMARCReportedAction = .none,
        isTesting: Bool = false, reporters: Int = 2, odd: String = "odd.example"
    ) async throws -> (SenderSummary, ReportCoverage) {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            var reports = [Made.report(records, policy: policy, isTesting: isTesting)]
            for number in 1..<max(reporters, 1) {
                reports.append(
                    Made.report([Made.record()], by: "Other \(number)", policy: policy, isTesting: isTesting))
            }
            if !before.isEmpty { reports.append(Made.report(before, begin: Made.day - 86_400)) }
            for report in reports {
                let document = try String(decoding: report.document(), as: UTF8.self)
                let octets = Array(document.replacing("odd.example", with: odd).utf8)
                _ = try await store.take([ReportArrival(reading: octets, name: "report.xml", received: Made.now)])
            }
            let (begin, end) = (UnixTime(seconds: Made.day), UnixTime(seconds: Made.day + 86_400))
            let tallies = try await store.tallies(
                of: "example.com", .day, from: begin.adding(seconds: -86_400), to: end)
            return (
                SenderSummary(domain: "example.com", begin: begin, end: end, tallies: tallies),
                try await store.coverage(of: "example.com", from: begin, to: end)
            )
        }
    }

    private static let service = Made.record(
        "198.51.100.1", 500, spf: false, signed: ["example.com", "service.example"], returnPath: "b.service.example")
    private static let stranger = Made.record(
        "198.51.100.9", 50, dkim: false, spf: false, signed: ["crm.example.net"], returnPath: "crm.example.net")
    private static let nobody = Made.record(
        "203.0.113.5", 30, dkim: false, spf: false, .quarantine, signed: [], returnPath: nil)
    private static let list = Made.record(
        "192.0.2.99", 20, dkim: false, spf: false, signed: ["list.example.org"], returnPath: "list.example.org",
        [DMARCReportReason(type: .mailingList)])
    private static let own = Made.record("192.0.2.1", 1000)

    @Test func sendersAreGroupedByWhatTheyProve() async throws {
        let (summary, coverage) = try await summary(
            [Self.own, Self.service, Self.stranger, Self.nobody, Self.list], before: [Self.own, Self.service])
        #expect(
            summary.senders.map { "\($0.via ?? "-") \($0.kind.rawValue) \($0.messages) \($0.alignedMessages)" } == [
                "example.com own 1010 1010", "service.example service 500 500", "crm.example.net stranger 50 0",
                "- unproven 30 0", "list.example.org forwarder 20 0",
            ])
        #expect(summary.messages == 1610 && summary.alignedMessages == 1510 && summary.messagesBefore == 1500)
        #expect(
            summary.lines(coverage) == [
                "example.com, 2026-11-20 to 2026-11-20: 1,610 messages in 2 reports of 2 reporters",
                "The policy when last reported: p=none.",
                "93.7 % pass DMARC; 100 do not. 2026-11-20 to 2026-11-20: 1,610; before, 2026-11-19 to 2026-11-19: "
                    + "1,500, 100.0 %.", "",
                "  messages     pass   trend  who sends as example.com",
                "     1,010  100.0 %    +1 %  example.com (itself): 1 address, 192.0.2.1",
                "       500  100.0 %    same  service.example (set up to send as example.com): 1 address, 198.51.100.1",
                "        50    0.0 %     new  crm.example.net (proves to be itself, not example.com): "
                    + "1 address, 198.51.100.9",
                "        30    0.0 %     new  nobody (impostors, or servers that were forgotten): "
                    + "1 address, 203.0.113.5",
                "        20    0.0 %     new  list.example.org (hands on what others send): 1 address, 192.0.2.99",
            ])
    }

    @Test(arguments: ["&lt;script>", "ann@crm.example.net", "http://crm.example.net", "(none)", "a\\b.example"])
    func whatIsNoDomainIsNobody(_ name: String) async throws {
        let record = Made.record(
            "192.0.2.1", 5, dkim: false, spf: false, signed: ["odd.example"], returnPath: nil)
        let key = try await summary([record], odd: name).0.senders.map(\.via)
        #expect(key == ["example.com", nil])
    }

    @Test func nextSteps() async throws {
        func step(
            _ records: [DMARCReportRecord], _ wanted: ForecastPolicy = .reject, policy: DMARCReportedAction = .none,
            isTesting: Bool = false, reporters: Int = 2
        ) async throws -> PolicyForecast.Step {
            let (summary, coverage) = try await summary(
                records, policy: policy, isTesting: isTesting, reporters: reporters)
            return PolicyForecast(wanted, summary, coverage).step
        }
        #expect(try await step([Self.own, Self.stranger]) == .setUp(["crm.example.net"]))
        #expect(try await step([Self.own]) == .publish(.quarantine))
        #expect(try await step([Self.own], policy: .quarantine) == .publish(.reject))
        #expect(try await step([Self.own, Self.nobody]) == .checkSources(["203.0.113.5"]))
        #expect(try await step([Self.own, Self.nobody], policy: .reject) == .keep)
        #expect(try await step([Self.own], policy: .reject) == .keep)
        // In test mode reject asks for quarantine alone.
        #expect(try await step([Self.own], policy: .reject, isTesting: true) == .publish(.reject))
        #expect(try await step([Self.own], policy: .quarantine, isTesting: true) == .publish(.quarantine))
        #expect(try await step([Self.own, Self.list], .quarantine) == .publish(.quarantine))
        #expect(try await step([Self.own], reporters: 1) == .waitForMore)
        #expect(try await step([Made.record("192.0.2.1", 3)]) == .waitForMore)
        #expect(try await step([Self.own], .none) == .keep)
        #expect(try await step([Self.own], .none, policy: .reject) == .publish(.none))
        let empty = SenderSummary(domain: "example.com", begin: .init(seconds: 0), end: .init(seconds: 1), tallies: [])
        let unknown = ReportCoverage(reports: 0, reporters: 0, uncountedReports: 0, policy: nil)
        #expect(PolicyForecast(.reject, empty, unknown).step == .waitForReports)
    }

    @Test func aForecastForAPerson() async throws {
        let (summary, coverage) = try await summary([Self.own, Self.stranger, Self.nobody])
        let forecast = PolicyForecast(.quarantine, summary, coverage)
        #expect(
            forecast.lines == [
                "example.com with p=quarantine, tried on 2026-11-20 to 2026-11-20: 1,090 messages in 2 reports of 2 "
                    + "reporters",
                "The policy when last reported: p=none.", "",
                "     1,010  pass DMARC, 92.6 %: no policy touches them.",
                "        80  fail, and would be put into the junk folder. That, or more, was done with 30 already.",
                "            50  of crm.example.net (proves to be itself, not example.com): 1 address, 198.51.100.9",
                "            30  of nobody (impostors, or servers that were forgotten): 1 address, 203.0.113.5", "",
                "Next: set up first what belongs to you of crm.example.net: let it sign with DKIM as example.com, "
                    + "or use a return path of example.com. What does not belong to you is what the policy is for.",
            ])
        #expect(forecast.json["endangered"]?.integerValue == 50)
        #expect(forecast.json["already_touched"]?.integerValue == 30)
        #expect(forecast.json["set_up"]?.arrayValue == [.string("crm.example.net")])
    }

    @Test func serversThatMayBeForgottenAreAskedAbout() async throws {
        let (summary, coverage) = try await summary([Self.own, Self.nobody], policy: .quarantine)
        let forecast = PolicyForecast(.reject, summary, coverage)
        #expect(forecast.questionableSources == ["203.0.113.5"])
        #expect(forecast.advice.hasPrefix("see first whether 203.0.113.5 is yours"))
    }

    /// Who signs some with the domain's key, and has its own return path, looks like a forwarder: reasons decide.
    @Test func aServiceThatIsSetUpInPartIsToBeSetUp() async throws {
        func sent(
            _ count: Int, _ name: String, passes: Bool = false, _ reason: DMARCReasonType? = nil
        ) -> DMARCReportRecord {
            Made.record(
                "198.51.100.1", count, dkim: passes, spf: false, signed: passes ? ["example.com", name] : [name],
                returnPath: "em.\(name)", reason.map { [DMARCReportReason(type: $0)] } ?? [])
        }
        func judged(_ records: DMARCReportRecord...) async throws -> (SenderGroup.Kind?, PolicyForecast.Step) {
            let (summary, coverage) = try await summary([Self.own] + records, policy: .quarantine)
            return (
                summary.senders.first { $0.via != "example.com" }?.kind, PolicyForecast(.reject, summary, coverage).step
            )
        }
        for name in ["sendgrid.net", "service.example"] {
            #expect(
                try await judged(sent(500, name, passes: true), sent(4500, name))
                    == (.service, .setUp([name])))
        }
        // The receivers say what it is.
        #expect(
            try await judged(sent(50, "list.example", passes: true), sent(50, "list.example", .mailingList))
                == (.forwarder, .publish(.reject)))
        #expect(
            try await judged(
                sent(50, "list.example", passes: true), sent(20, "list.example", .trustedForwarder),
                sent(30, "list.example"))
                == (.service, .setUp(["list.example"])))
        // Of a service for bulk mail nobody believes it, and of a known forwarder everybody does.
        #expect(
            try await judged(sent(50, "sendgrid.net", passes: true), sent(50, "sendgrid.net", .trustedForwarder))
                == (.service, .setUp(["sendgrid.net"])))
        #expect(
            try await judged(sent(50, "groups.io", passes: true), sent(50, "groups.io"))
                == (.forwarder, .publish(.reject)))
        // Anybody can have handed on a message or two.
        #expect(
            try await judged(sent(1, "school.example", passes: true), sent(1, "school.example"))
                == (.service, .publish(.reject)))
    }

    @Test func noneTouchesNothing() async throws {
        let (summary, coverage) = try await summary([Self.own, Self.stranger, Self.nobody])
        let forecast = PolicyForecast(.none, summary, coverage)
        #expect(forecast.json["touched"]?.integerValue == 0 && forecast.json["already_touched"]?.integerValue == 0)
        #expect(forecast.lines.contains("        80  fail, and are let through: p=none asks for nothing."))
    }
}
