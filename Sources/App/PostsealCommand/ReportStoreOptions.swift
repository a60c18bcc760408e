internal import ArgumentParser
internal import Databases
internal import FoundationEssentials
internal import Glibc
internal import MailBytes
internal import MailNames
internal import PostsealConfiguration
internal import PostsealReports
internal import UnboundResolver

/// Where reports are kept.
struct ReportStoreOptions: ParsableArguments {
    static let standardPath = "/var/lib/postseal/reports.db"

    /// The variable of the environment that says where the store is.
    private static let variable = "POSTSEAL_STORE"

    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "Where reports are kept: a file, or PostgreSQL as libpq has it, postgresql://… or service=…, with the "
                + "password in ~/.pgpass. Without it, --config says where, $POSTSEAL_STORE, the configuration "
                + "\(ConfigurationLoader.standardPath) where it can be read, or else it is \(Self.standardPath).",
            valueName: "place"))
    var explicit: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The configuration whose reports are meant.", valueName: "file"))
    var file: String?

    /// Where reports are.
    func place(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        standardFile: String = ConfigurationLoader.standardPath
    ) throws -> ConfiguredPlace {
        try ConfiguredPlace.find(
            option: "--store", explicit: explicit, file: file, variable: environment[Self.variable],
            environment: environment, standardFile: standardFile, standard: Self.standardPath
        ) { ConfiguredPlace.text($0.reports.store) }
    }

    /// Opens the store. A database in which nobody has made one yet is read as a store without reports.
    func open(isReadOnly: Bool) async throws -> SQLReportStore {
        let place = try place().text
        let isNew = !PostgreSQLAddress.isMeant(by: place) && access(place, F_OK) != 0
        do throws(ReportStoreError) {
            let store = try await Self.store(place, isReadOnly: isReadOnly)
            // What an earlier version left, before anything is added to it.
            while !isReadOnly, try await store.catchUp() > 0 {}
            if isNew, !isReadOnly { ConfiguredPlace.noteNew(place) }
            return store
        } catch {
            throw CommandFailure(error.sentence(at: place, setting: "say with --store where reports are kept"))
        }
    }

    private static func store(_ place: String, isReadOnly: Bool) async throws(ReportStoreError) -> SQLReportStore {
        do throws(ReportStoreError) {
            let store = try SQLReportStore(at: place, isReadOnly: isReadOnly)
            try await store.connect()
            return store
        } catch {
            guard isReadOnly, error.problem == .empty else { throw error }
            return try SQLReportStore()
        }
    }
}

/// How many of a list are wanted.
enum ReportCount {
    static func check(_ count: Int) throws {
        guard (1...ReportQuery.countMax).contains(count) else {
            throw ValidationError("--count is a number from 1 to \(ReportQuery.countMax)")
        }
    }
}

/// Which domain, and how many of its days.
struct ReportPeriodOptions: ParsableArguments {
    @Option(
        name: .customLong("days"), parsing: .unconditional,
        help: ArgumentHelp("How many days, today included.", valueName: "number"))
    var days = 28

    func validate() throws {
        guard (1...10_000).contains(days) else { throw ValidationError("--days is a number from 1 to 10000") }
    }

    /// A domain as it is kept.
    static func domain(_ name: String) throws -> DomainName {
        guard let domain = try? DomainName(mailDomain: name) else { throw CommandFailure("'\(name)' is no domain") }
        return domain
    }

    /// The first moment of the period up to now, and the one behind it.
    func bounds(_ now: UnixTime) -> (begin: UnixTime, end: UnixTime) {
        let day = ReportTally.Span.day.rawValue
        let now = now.seconds
        let end = UnixTime(seconds: now - now % day).adding(seconds: day)
        return (end.adding(seconds: -day * Int64(days)), end)
    }

    /// What is known of a domain in the period, and in the days before that it is compared with.
    func summary(
        of name: String, in store: any ReportStore, _ hosts: SourceHostOptions
    ) async throws -> (summary: SenderSummary, coverage: ReportCoverage) {
        let domain = try Self.domain(name)
        let (begin, end) = bounds(hosts.dns.now)
        do {
            let coverage = try await store.coverage(of: domain.text, from: begin, to: end)
            let compared = ComparedDays(begin: begin, end: end, now: hosts.dns.now)
            var summary = try await store.summary(of: domain.text, begin: begin, end: end, compared: compared)
            try await hosts.complete(&summary)
            if summary.messages == 0 { Console.complain(try await Self.whatThereIs(domain.text, store)) }
            return (summary, coverage)
        } catch let error as ReportStoreError {
            throw CommandFailure(error.description)
        }
    }

    /// What to ask for instead, where nothing is counted of a domain.
    static func whatThereIs(_ domain: String, _ store: any ReportStore) async throws -> String {
        let newest = try await store.reports(ReportQuery(domain: domain, kind: "dmarc-aggregate", count: 1)).first
        if let newest {
            let time = newest.end?.rfc3339 ?? "no date"
            return "no message of \(domain) is reported for this time; its newest report is of \(time)"
        }
        for (kind, name) in [("tlsrpt", "TLS"), ("dmarc-failure", "failure")] {
            let others = try await store.reports(ReportQuery(domain: domain, kind: kind, count: 1))
            if !others.isEmpty {
                return "no aggregate report is about \(domain), but \(name) reports are: "
                    + "see 'postseal report list --domain \(domain) --kind \(kind)'"
            }
        }
        let known = try await store.domains().filter { $0 != domain }
        let shown = known.prefix(10).joined(separator: ", ")
        let names = known.isEmpty ? "" : "; there are reports about \(shown)\(known.count > 10 ? ", …" : "")"
        return "there is no report about \(domain)\(names)"
    }
}

/// Whose the addresses are that messages came from.
struct SourceHostOptions: ParsableArguments {
    /// Limit: addresses that are looked up.
    private static let addressesMax = 200
    /// Limit: those that are looked up at the same time.
    private static let width = 16
    private static let timeLimit = Duration.seconds(10)

    @Flag(
        name: .customLong("look-up"),
        help: "Look up the host names of the largest sources that the store has no names of.")
    var looksUp = false

    @OptionGroup(title: "DNS") var dns: DNSOptions

    func validate() throws {
        if !looksUp, dns.isExplicit || dns.recordFile != nil {
            throw ValidationError("--dns, --record, --resolver and --trust-anchor have a meaning with --look-up alone")
        }
    }

    /// Looks up what is missing, if that is wanted. Nothing of it is kept: who only asks changes nothing.
    func complete(_ summary: inout SenderSummary) async throws {
        let missing = summary.unnamedAddresses.prefix(Self.addressesMax)
        guard looksUp, !missing.isEmpty else { return }
        let session = try dns.session()
        let now = dns.now
        let lookup = SourceHostLookup(
            resolver: {
                BudgetedResolver(
                    session, questionsMax: SourceHostLookup<DNSSession>.questionsMax, timeLimit: Self.timeLimit)
            }, now: { now })
        summary.take(await lookup.hosts(of: Array(missing), width: Self.width).bySource)
        try session.finish()
    }
}
