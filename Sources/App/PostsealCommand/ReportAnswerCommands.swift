internal import ArgumentParser
internal import MailBytes
internal import MailNames
internal import PostsealReports
internal import Rendering

struct ReportSummaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Shows who sends in a domain's name.",
        discussion: """
            Messages are grouped by the domain that they prove to come from. Where host names of sources are known, \
            they are grouped by those as well: own servers, known services, forwarders, and everybody else. A name \
            counts only where it leads back to its address. The daemon looks them up; --look-up does so now. Times \
            are of reports, in UTC. The trend is of the days up to yesterday, or in the morning up to the day before, \
            since reports come later, against as many days before the period, on the same days of the week; there is \
            none where the domain's reports do not go back so far. Exit status: 0 if there are messages, 2 if nothing \
            is known.
            """)

    @Argument(help: ArgumentHelp("The domain that has the DMARC record.", valueName: "domain"))
    var domain: String

    @OptionGroup var period: ReportPeriodOptions
    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print a JSON object.")
    var json = false

    @OptionGroup var hosts: SourceHostOptions

    @Flag(name: .customLong("csv"), help: "Print CSV: the sums of each day, a line for each source and result.")
    var csv = false

    func validate() throws {
        if csv, json { throw ValidationError("--csv and --json can't both be") }
        if csv, hosts.looksUp { throw ValidationError("--csv has the sums as they are kept, without host names") }
    }

    func run() async throws {
        let store = try await store.open(isReadOnly: true)
        if csv {
            try await printSums(store)
            return
        }
        let (summary, coverage) = try await period.summary(of: domain, in: store, hosts)
        if json {
            Console.write(Array((summary.json(coverage).text + "\n").utf8))
        } else if summary.messages > 0 {
            for line in summary.lines(coverage) { Console.print(line) }
        }
        if summary.messages == 0 { throw Verdict.unknown }
    }

    private func printSums(_ store: any ReportStore) async throws {
        let name = try ReportPeriodOptions.domain(domain).text
        let (begin, end) = period.bounds(hosts.dns.now)
        let tallies: [ReportTally]
        do {
            tallies = try await store.tallies(of: name, .day, from: begin, to: end)
        } catch {
            throw StoreFailure.command(error)
        }
        Console.write(ReportTally.csv(tallies, of: name))
        if tallies.isEmpty { throw Verdict.unknown }
    }
}

struct ReportWhatIfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if", abstract: "Tries a DMARC policy on what was reported.",
        discussion: """
            Shows which messages of the last weeks the policy would have touched, whose they are, and what to do next. \
            Exit status: 0 if nothing speaks against the policy, or it is published already, 1 if something does, 2 if \
            too little is known.
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

    @OptionGroup var hosts: SourceHostOptions

    func run() async throws {
        let (summary, coverage) = try await period.summary(
            of: domain, in: try await store.open(isReadOnly: true), hosts)
        let forecast = PolicyForecast(policy.forecast, summary, coverage)
        if json {
            Console.write(Array((forecast.json.text + "\n").utf8))
        } else {
            for line in forecast.lines { Console.print(line) }
        }
        switch forecast.step {
        case .waitForReports, .checkReporting, .waitForMore: throw Verdict.unknown
        case .setUp, .checkSources: throw Verdict.bad
        case .publish, .keep: break
        }
    }
}
