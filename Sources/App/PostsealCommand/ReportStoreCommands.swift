internal import ArgumentParser
internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealReports
internal import Rendering

struct ReportListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the reports in the store, the newest first.",
        discussion: "Exit status: 0 if there are any, 1 if not.")

    /// The kinds, as they are told.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case aggregate = "dmarc-aggregate"
        case failure = "dmarc-failure"
        case tlsrpt
    }

    @Option(name: .customLong("domain"), help: ArgumentHelp("About this domain alone.", valueName: "domain"))
    var domain: String?

    @Option(name: .customLong("kind"), help: "Of this kind alone.")
    var kind: Kind?

    @Option(name: .customLong("report-id"), help: ArgumentHelp("With this identifier alone.", valueName: "id"))
    var reportID: String?

    @Option(name: .customLong("count"), help: ArgumentHelp("How many at most.", valueName: "number"))
    var count = 50

    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    func run() async throws {
        let store = try store.open(isReadOnly: true)
        var name: String?
        if let domain {
            guard let read = try? DomainName(mailDomain: domain) else {
                throw CommandFailure("'\(domain)' is no domain")
            }
            name = read.text
        }
        let reports: [StoredReport]
        do {
            reports = try await store.reports(
                ReportQuery(domain: name, reportID: reportID, kind: kind?.rawValue, count: count))
        } catch {
            throw StoreFailure.command(error)
        }
        for report in reports {
            if json {
                Console.write(Array((report.json.text + "\n").utf8))
            } else {
                Console.print(report.line)
            }
        }
        if reports.isEmpty { throw Verdict.bad }
    }
}

struct ReportShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a report of the store.",
        discussion: """
            The number is the one that 'report list' has in front. Exit status: 0 if the report is there, 2 if not.
            """)

    @Argument(help: ArgumentHelp("The number of the report.", valueName: "number"))
    var id: Int64

    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print JSON, as 'report read' does.")
    var json = false

    @Flag(name: .customLong("original"), help: "Write the file that it came in, as it came.")
    var original = false

    func run() async throws {
        let store = try store.open(isReadOnly: true)
        let found: StoredReport?
        let kept: ReportOriginal?
        do {
            found = try await store.report(id)
            kept = try await store.original(of: id)
        } catch {
            throw StoreFailure.command(error)
        }
        guard let report = found else { throw CommandFailure("there is no report \(id)") }
        guard let kept else {
            if original { throw CommandFailure("the file that report \(id) came in is not kept any more") }
            if json {
                Console.write(Array((report.json.text + "\n").utf8))
            } else {
                Console.print(report.line)
            }
            return
        }
        if original {
            Console.write(kept.octets)
            return
        }
        let findings = ReportFile(reading: kept.octets, name: kept.name).findings
        guard findings.indices.contains(report.place) else { throw CommandFailure("report \(id) can't be read again") }
        let finding = findings[report.place]
        if json, case .object(let members) = finding.normalizedJSON {
            let object = JSONValue.object([JSONMember("id", .integer(id))] + members)
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        for line in finding.lines { Console.print(line) }
    }
}

struct ReportSummaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Shows who sends in a domain's name.",
        discussion: """
            Messages are grouped by the domain that they prove to come from. Times are of reports, in UTC, and the \
            trend is against as many days before. Exit status: 0 if there are messages, 2 if nothing is known.
            """)

    @Argument(help: ArgumentHelp("The domain that has the DMARC record.", valueName: "domain"))
    var domain: String

    @OptionGroup var period: ReportPeriodOptions
    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print a JSON object.")
    var json = false

    func run() async throws {
        let (summary, coverage) = try await period.summary(of: domain, in: try store.open(isReadOnly: true))
        if json {
            Console.write(Array((summary.json(coverage).text + "\n").utf8))
        } else if summary.messages > 0 {
            for line in summary.lines(coverage) { Console.print(line) }
        }
        if summary.messages == 0 { throw Verdict.unknown }
    }
}

struct ReportWhatIfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if", abstract: "Tries a DMARC policy on what was reported.",
        discussion: """
            Shows which messages of the last weeks the policy would have touched, whose they are, and what to do next. \
            Exit status: 0 if nothing speaks against the policy, 1 if something does, 2 if too little is known.
            """)

    /// The policies, as they are published.
    enum Policy: String, ExpressibleByArgument, CaseIterable {
        case none
        case quarantine
        case reject

        var forecast: ForecastPolicy {
            switch self {
            case .none: .none
            case .quarantine: .quarantine
            case .reject: .reject
            }
        }
    }

    @Argument(help: ArgumentHelp("The domain that has the DMARC record.", valueName: "domain"))
    var domain: String

    @Option(name: .customLong("policy"), help: "The policy to try.")
    var policy: Policy

    @OptionGroup var period: ReportPeriodOptions
    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print a JSON object.")
    var json = false

    func run() async throws {
        let (summary, coverage) = try await period.summary(of: domain, in: try store.open(isReadOnly: true))
        let forecast = PolicyForecast(policy.forecast, summary, coverage)
        if json {
            Console.write(Array((forecast.json.text + "\n").utf8))
        } else {
            for line in forecast.lines { Console.print(line) }
        }
        switch forecast.step {
        case .waitForReports, .waitForMore: throw Verdict.unknown
        case .setUp: throw Verdict.bad
        case .publish, .keep: break
        }
    }
}
