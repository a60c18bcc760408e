import ArgumentParser
import DNS
import Foundation
import MailBytes
import MailNames
import PostsealReportSending
import PostsealReports
import TLSRPT
import TestSupport
import Testing

@testable import PostsealCommand

/// What the commands about reports say where there is nothing, or something else.
@Suite struct ReportCommandTests {
    @Test(arguments: [
        (["report", "list", "--count", "-5"], "--count is a number from 1 to 10000"),
        (["report", "list", "--count", "0"], "--count is a number from 1 to 10000"),
        (["report", "sent", "--count", "-5"], "--count is a number from 1 to 10000"),
        (["report", "summary", "a.example", "--days", "-1"], "--days is a number from 1 to 10000"),
        (["serve", "--threads", "-1"], "between 1 and 1024"),
        (["config", "check", "a", "--config", "b"], "given twice"),
        (["report", "sent", "--document"], "--document takes the number of a report"),
    ])
    func wrongNumbersAreSaidWithWhatIsAllowed(_ arguments: [String], _ sentence: String) throws {
        let error = #expect(throws: (any Error).self) { try Postseal.parseAsRoot(arguments) }
        #expect(Postseal.message(for: try #require(error)).contains(sentence))
    }

    @Test func theConfigurationIsNamedEitherWay() throws {
        for arguments in [["a.yaml"], ["--config", "a.yaml"]] {
            let command = try #require(
                try Postseal.parseAsRoot(["config", "check"] + arguments) as? ConfigCheckCommand)
            #expect((command.argument ?? command.option) == "a.yaml")
        }
    }

    @Test func whyAReportIsNotAcceptedIsSaid() async throws {
        func text(_ count: Int) -> String {
            """
            <feedback><report_metadata><org_name>R</org_name><email>a@r.example</email><report_id>1</report_id>
            <date_range><begin>1795132800</begin><end>1795219199</end></date_range></report_metadata>
            <policy_published><domain>example.com</domain><p>none</p></policy_published><record><row>
            <source_ip>192.0.2.1</source_ip><count>\(count)</count><policy_evaluated><disposition>none</disposition>
            <dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers>
            <header_from>example.com</header_from></identifiers><auth_results></auth_results></record></feedback>
            """
        }
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            let now = UnixTime(seconds: 1_795_564_800)
            for count in [1, 2] {
                _ = try await store.take([ReportArrival(reading: Array(text(count).utf8), name: nil, received: now)])
            }
            #expect(try await ReportShowCommand.apart(try await store.report(1), store) == nil)
            #expect(
                try await ReportShowCommand.apart(try await store.report(2), store)
                    == "kept apart, and not counted: another report of the same identifier counts, and says other "
                    + "things (report 1); 'postseal report accept 2 --drop' removes it")
            #expect(try await ReportAcceptCommand.refusal(9, store) == "there is no report 9")
            #expect(
                try await ReportAcceptCommand.refusal(1, store) == "report 1 is not kept apart: it counts already")
            #expect(
                try await ReportAcceptCommand.refusal(2, store)
                    == "report 2 can't count: report 1 of the same reporter, identifier, domain and period does, and "
                    + "says other things; --drop removes the one that is kept apart")
        }
    }

    @Test func whatIsNotThereIsNamed() throws {
        func list(_ arguments: String...) throws -> String { try ReportListCommand.parse(arguments).nothing }
        #expect(try list() == "there is no report in the store")
        #expect(
            try list("--domain", "a.example", "--kind", "tlsrpt", "--apart")
                == "there is no report about a.example of the kind tlsrpt that is kept apart")
        func sent(_ arguments: String...) throws -> String { try ReportSentCommand.parse(arguments).nothing }
        #expect(try sent("17").hasPrefix("there is no report of ours with the number 17;"))
        #expect(
            try sent("--domain", "a.example", "--state", "failed")
                == "there is no report of ours about a.example in the state failed; "
                + "those of a day are made when it is over (UTC)")
        let day = try ReportDay.chosen("2026-11-25", now: UnixTime(seconds: 0))
        #expect(
            ReportDay.nothing("message", of: try DomainName("a.example"), on: day)
                == "no message of a.example was counted on 2026-11-25: --day says which day; "
                + "what is counted today is reported tomorrow (UTC)")
        #expect(ReportImportCommand.warning(old: 1).hasPrefix("1 new report is older than 1100 days: the daemon"))
    }

    @Test func aWrongDateIsSaidWithItsOption() throws {
        let failure = #expect(throws: CommandFailure.self) {
            try ReportDay.chosen("yesterday", option: "--since", now: UnixTime(seconds: 0))
        }
        #expect(failure?.sentence == "--since 'yesterday' is no date such as 2026-11-25")
    }

    /// A configuration that sends from a folder, and its text beside it.
    private static func configuration(_ folder: String) throws -> (file: String, read: () throws -> String) {
        let file = "\(folder)/postseal.yaml"
        let text = """
            milter: {listen: "unix:\(folder)/m"}
            dns: {recorded: "\(folder)/dns.json"}
            reports:
              store: \(folder)/reports.db
              send: {contact: r@example.org, server: "tcp:127.0.0.1:25", organization: Example}
            transport: {tls-reports: {contact: r@example.org, folder: "\(folder)/tls"}}

            """
        let zone = Zone(["_dmarc.a.example TXT \"v=DMARC1; p=none; rua=mailto:r@a.example\""])
        try Data(zone.answers.file.indentedText.utf8).write(to: URL(filePath: "\(folder)/dns.json"))
        try Data(text.utf8).write(to: URL(filePath: file))
        return (file, { try String(contentsOf: URL(filePath: file), encoding: .utf8) })
    }

    @Test func aDatabaseThatIsNotThereIsNamed() async throws {
        try await withFolder { folder in
            let file = try Self.configuration(folder).file
            for arguments in [
                ["build", "--kind", "dmarc-aggregate"], ["send", "--dry-run"], ["sent"],
            ] {
                let parsed = try Postseal.parseAsRoot(["report"] + arguments + ["--config", file])
                var command = try #require(parsed as? any AsyncParsableCommand)
                var failure: CommandFailure?
                do {
                    try await command.run()
                } catch let error as CommandFailure {
                    failure = error
                }
                #expect(
                    failure?.sentence == "\(folder)/sending.db is not there: the daemon makes it when it counts "
                        + "(reports.send); reports.store says where")
            }
        }
    }

    @Test func aReportThatHasGoneIsSaidToBeSent() async throws {
        try await withFolder { folder in
            let outgoing = try DatabaseOutgoingReports(SendingDatabase("\(folder)/sending.db"))
            let now = UnixTime(seconds: 1_795_608_000)
            func add(_ kind: OutgoingReportKind) async throws {
                let report = BuiltReport(
                    kind: kind, period: "p", domain: "a.example", day: TLSReportDay(containing: now),
                    reportID: kind.rawValue, fileName: "f", subject: "s", submitter: "example.org", messages: 2,
                    document: [1], documentLength: 1)
                let places: [(String, ReportDestination.Permission)] = [
                    ("mailto:a@a.example", .granted), ("mailto:b@b.example", .refused),
                    ("mailto:c@c.example", .unknown),
                ]
                let destinations = places.map {
                    ReportDestination(requested: $0.0, uri: $0.0, permission: $0.1, reason: "")
                }
                try await outgoing.add(report, to: destinations, due: now, at: now, by: "mx")
            }
            func first() async throws -> OutgoingReport { try #require(try await outgoing.report(1)) }
            try await add(.dmarcAggregate)
            let planned = try await first().planned
            #expect(planned["report_id"]?.stringValue == "dmarc-aggregate" && planned["state"] != .null)
            let permissions = planned["destinations"]?.arrayValue?.compactMap { $0["permission"]?.stringValue }
            #expect(permissions == ["granted", "refused", "unknown"])
            while let delivery = try await outgoing.claim(by: "mx", at: now, lease: 60) {
                try await outgoing.end(delivery, .sent(answer: "250 ok"), at: now)
            }
            let sent = try await first()
            #expect(sent.ended == "a.example  2 messages  already sent: see 'postseal report sent 1'")
            #expect(
                sent.line == "1  2026-11-25  dmarc-aggregate  a.example  2 messages  sent  "
                    + "to mailto:a@a.example, mailto:c@c.example, not to mailto:b@b.example")
            try await add(.tlsrpt)
            #expect(try await outgoing.report(2)?.line.contains("2 sessions") == true)
        }
    }

    @Test func countsThatAreGoneAreSaidToBe() async throws {
        try await withFolder { folder in
            let now = try #require(UnixTime(text: "2026-11-26T12:00:00Z"))
            func isGone(_ day: String) throws -> Bool {
                ReportBuildCommand.isGone(try ReportDay.chosen(day, now: now), in: folder, now: now)
            }
            #expect(try isGone("2026-11-25") && !isGone("2026-11-26") && !isGone("2026-11-27"))
            try Data().write(to: URL(filePath: "\(folder)/2026-11-25.counts"))
            try Data().write(to: URL(filePath: "\(folder)/2026-11-26.closed"))
            #expect(try !isGone("2026-11-25") && isGone("2026-11-26"))
            let configuration = try SendingOptions.parse(["--config", Self.configuration(folder).file]).configuration()
            let day = try ReportDay.chosen("2026-11-25", now: now)
            #expect(
                ReportDay.gone(day, configuration) == "the counts of 2026-11-25 are gone, if there were any: "
                    + "its reports are made, and 'postseal report sent --kind tlsrpt' lists them")
        }
    }

    @Test func whatTheDaemonWouldMissIsAWarning() async throws {
        try await withFolder { folder in
            let (file, text) = try Self.configuration(folder)
            func missing() throws -> [String] {
                ConfigCheckCommand.missingPlaces(try SendingOptions.parse(["--config", file]).configuration())
            }
            #expect(try missing().isEmpty)
            let other = try text().replacing("\(folder)/reports.db", with: "\(folder)/none/reports.db")
                .replacing("  send:", with: "  folders: [\(folder)/gone]\n  send:")
            try Data(other.utf8).write(to: URL(filePath: file))
            #expect(
                try missing() == [
                    "reports.store: the folder \(folder)/none is not there; without it the daemon does not start",
                    "reports.folders: the folder \(folder)/gone is not there",
                ])
        }
    }

    @Test func whereThereIsNoFolderItIsSaidWhatToDo() async throws {
        try await withFolder { folder in
            let options = try ReportStoreOptions.parse(["--store", "\(folder)/none/reports.db"])
            for isReadOnly in [true, false] {
                let failure = await #expect(throws: CommandFailure.self) {
                    _ = try await options.open(isReadOnly: isReadOnly)
                }
                #expect(failure?.sentence.contains("the folder \(folder)/none is not there: say with --store") == true)
            }
            let other = try ReportStoreOptions.parse(["--store", "\(folder)/reports.db"])
            let failure = await #expect(throws: CommandFailure.self) { _ = try await other.open(isReadOnly: true) }
            #expect(failure?.sentence.contains("can't be opened") == true)
        }
    }

    @Test func whereThereAreOtherReportsTheyAreNamed() async throws {
        try await withFolder { folder in
            let store = try SQLReportStore(path: "\(folder)/reports.db")
            let text = """
                {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
                "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@sender.example","report-id":"1","policies":[
                {"policy":{"policy-type":"sts","policy-domain":"tls.example"},
                "summary":{"total-successful-session-count":5,"total-failure-session-count":0}}]}
                """
            let now = UnixTime(seconds: 1_795_305_600)
            _ = try await store.take([ReportArrival(reading: Array(text.utf8), name: "t.json", received: now)])
            #expect(
                try await ReportPeriodOptions.whatThereIs("tls.example", store)
                    == "no aggregate report is about tls.example, but TLS reports are: "
                    + "see 'postseal report list --domain tls.example --kind tlsrpt'")
            #expect(
                try await ReportPeriodOptions.whatThereIs("other.example", store)
                    == "there is no report about other.example; there are reports about tls.example")
        }
    }

    @Test func theConfigurationSaysWhomToAsk() async throws {
        try await withFolder { folder in
            let zones = ["configured": Zone(["a.example TXT configured"]), "given": Zone(["a.example TXT given"])]
            for (name, zone) in zones {
                let text = zone.answers.file.indentedText
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name).json"))
            }
            let file = "\(folder)/postseal.yaml"
            try Data("dns:\n  recorded: \(folder)/configured.json\nmilter:\n  listen: unix:\(folder)/m\n".utf8)
                .write(to: URL(filePath: file))
            let configuration = try SendingOptions.parse(["--config", file]).configuration()
            func texts(_ arguments: String...) async throws -> [[UInt8]] {
                let session = try DNSOptions.parse(arguments).session(of: configuration)
                return await session.answer(DNSQuestion(try DomainName("a.example"), .txt)).texts
            }
            #expect(try await texts() == [Array("configured".utf8)])
            #expect(try await texts("--dns", "\(folder)/given.json") == [Array("given".utf8)])
        }
    }
}
