internal import ArgumentParser
internal import Foundation
internal import MailBytes
internal import MailNames
internal import PostsealReports

/// Where reports are kept.
struct ReportStoreOptions: ParsableArguments {
    static let standardPath = "/var/lib/postseal/reports.db"

    /// The variable of the environment that says where the store is.
    private static let variable = "POSTSEAL_STORE"

    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "Where reports are kept: a file, or PostgreSQL as libpq has it, postgresql://… or service=…, with the "
                + "password in ~/.pgpass. (default: $POSTSEAL_STORE, or \(Self.standardPath))", valueName: "place"))
    var place: String?

    /// Opens the store.
    func open(isReadOnly: Bool) async throws -> SQLReportStore {
        let place = place ?? ProcessInfo.processInfo.environment[Self.variable] ?? Self.standardPath
        do throws(ReportStoreError) {
            let store = try SQLReportStore(at: place, isReadOnly: isReadOnly)
            try await store.connect()
            return store
        } catch {
            throw CommandFailure("\(SQLReportStore.name(of: place)): \(error)")
        }
    }
}

/// Which domain, and how many of its days.
struct ReportPeriodOptions: ParsableArguments {
    @Option(
        name: .customLong("days"), help: ArgumentHelp("How many days, today included.", valueName: "number"))
    var days = 28

    @OptionGroup var clock: ClockOptions

    func validate() throws {
        guard (1...10_000).contains(days) else { throw ValidationError("--days is a number from 1 to 10000") }
    }

    /// A domain as it is kept.
    static func domain(_ name: String) throws -> DomainName {
        guard let domain = try? DomainName(mailDomain: name) else { throw CommandFailure("'\(name)' is no domain") }
        return domain
    }

    /// The first moment of the period, and the one behind it.
    var bounds: (begin: UnixTime, end: UnixTime) {
        let day = ReportTally.Span.day.rawValue
        let now = clock.now.seconds
        let end = UnixTime(seconds: now - now % day).adding(seconds: day)
        return (end.adding(seconds: -day * Int64(days)), end)
    }

    /// What is known of a domain in the period, and in one as long before it.
    func summary(
        of name: String, in store: any ReportStore
    ) async throws -> (summary: SenderSummary, coverage: ReportCoverage) {
        let domain = try Self.domain(name)
        let (begin, end) = bounds
        do {
            let coverage = try await store.coverage(of: domain.text, from: begin, to: end)
            let summary = try await store.summary(of: domain.text, begin: begin, end: end)
            if summary.messages == 0 { try await sayWhatThereIs(domain.text, store) }
            return (summary, coverage)
        } catch let error as ReportStoreError {
            throw CommandFailure(error.description)
        }
    }

    /// What to ask for instead.
    private func sayWhatThereIs(_ domain: String, _ store: any ReportStore) async throws {
        let newest = try await store.reports(ReportQuery(domain: domain, kind: "dmarc-aggregate", count: 1)).first
        if let newest {
            let time = newest.end?.rfc3339 ?? "no date"
            Console.complain("no message of \(domain) is reported for this time; its newest report is of \(time)")
            return
        }
        let known = try await store.domains()
        let shown = known.prefix(10).joined(separator: ", ")
        let names = known.isEmpty ? "" : "; there are reports about \(shown)\(known.count > 10 ? ", …" : "")"
        Console.complain("there is no report about \(domain)\(names)")
    }
}
