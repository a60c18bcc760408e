internal import ArgumentParser
internal import MailBytes
internal import MailNames
internal import PostsealReports

/// Where reports are kept.
struct ReportStoreOptions: ParsableArguments {
    static let standardPath = "/var/lib/postseal/reports.db"

    @Option(
        name: .customLong("store"),
        help: ArgumentHelp("The file that reports are kept in.", valueName: "file"))
    var path = Self.standardPath

    /// Opens the store.
    func open(isReadOnly: Bool) throws -> SQLiteReportStore {
        do throws(ReportStoreError) {
            return try SQLiteReportStore(path: path, isReadOnly: isReadOnly)
        } catch {
            throw CommandFailure("\(path): \(error)")
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

    /// What is known of a domain in the period, and in one as long before it.
    func summary(
        of name: String, in store: any ReportStore
    ) async throws -> (summary: SenderSummary, coverage: ReportCoverage) {
        guard let domain = try? DomainName(mailDomain: name) else { throw CommandFailure("'\(name)' is no domain") }
        let day = ReportTally.Span.day.rawValue
        let now = clock.now.seconds
        let end = UnixTime(seconds: now - now % day).adding(seconds: day)
        let begin = end.adding(seconds: -day * Int64(days))
        let before = begin.adding(seconds: -day * Int64(days))
        do {
            let coverage = try await store.coverage(of: domain.text, from: begin, to: end)
            let tallies = try await store.tallies(of: domain.text, .day, from: before, to: end)
            let summary = SenderSummary(domain: domain.text, begin: begin, end: end, tallies: tallies)
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
