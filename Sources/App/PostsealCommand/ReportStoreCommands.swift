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

    @Option(
        name: .customLong("source"),
        help: ArgumentHelp(
            "With records, or failures, of this address alone; TLS reports are not looked through.",
            valueName: "address"))
    var source: String?

    @Option(name: .customLong("organization"), help: ArgumentHelp("Of this reporter alone.", valueName: "name"))
    var organization: String?

    @Option(
        name: .customLong("search"),
        help: ArgumentHelp(
            "With this in the identifier, reporter or domain; an address is looked for as by --source.",
            valueName: "text"))
    var search: String?

    @Flag(name: .customLong("apart"), help: "Those alone that do not count, because nobody knows who sent them.")
    var apart = false

    @Option(name: .customLong("before"), help: ArgumentHelp("Go on behind this report.", valueName: "number"))
    var before: Int64?

    @Option(
        name: .customLong("count"), parsing: .unconditional,
        help: ArgumentHelp("How many at most.", valueName: "number"))
    var count = 50

    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    @Flag(name: .customLong("csv"), help: "Print CSV.")
    var csv = false

    func validate() throws {
        if csv, json { throw ValidationError("--csv and --json can't both be") }
        try ReportCount.check(count)
    }

    /// What was looked for and is not there.
    var nothing: String {
        let wanted = [
            domain.map { "about \($0)" }, kind.map { "of the kind \($0.rawValue)" },
            reportID.map { "with the identifier \($0)" }, source.map { "with the address \($0)" },
            organization.map { "of the reporter \($0)" }, search.map { "with '\($0)'" },
            apart ? "that is kept apart" : nil, before.map { "behind report \($0)" },
        ].compactMap(\.self)
        return "there is no report \(wanted.isEmpty ? "in the store" : wanted.joined(separator: " "))"
    }

    func run() async throws {
        var query = ReportQuery(
            domain: try domain.map { try ReportPeriodOptions.domain($0).text }, reportID: reportID,
            kind: kind?.rawValue,
            organization: organization, search: search, isCounted: apart ? false : nil, before: before, count: count)
        if let source {
            guard let address = IPAddress(source) else { throw CommandFailure("'\(source)' is no address") }
            query.source = .address(address)
        }
        let store = try await store.open(isReadOnly: true)
        let reports: [StoredReport]
        do {
            reports = try await store.reports(query)
        } catch {
            throw StoreFailure.command(error)
        }
        if csv { Console.write(StoredReport.csv(reports)) }
        for report in reports where !csv {
            if json {
                Console.write(Array((report.json.text + "\n").utf8))
            } else {
                Console.print(report.line)
            }
        }
        guard !reports.isEmpty else {
            Console.complain(nothing)
            throw Verdict.bad
        }
    }
}

struct ReportShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a report of the store.",
        discussion: """
            The number is the one that 'report list' has in front. Exit status: 0 if the report is there, 1 if not.
            """)

    @Argument(help: ArgumentHelp("The number of the report.", valueName: "number"))
    var id: Int64

    @OptionGroup var store: ReportStoreOptions

    @Flag(name: .customLong("json"), help: "Print JSON, as 'report read' does.")
    var json = false

    @Flag(name: .customLong("csv"), help: "Print CSV, a line for each record.")
    var csv = false

    @Flag(name: .customLong("original"), help: "Write the file that it came in, as it came.")
    var original = false

    func run() async throws {
        let store = try await store.open(isReadOnly: true)
        let found: StoredReport?
        let kept: ReportOriginal?
        let apart: String?
        do {
            found = try await store.report(id)
            kept = try await store.original(of: id)
            apart = try await Self.apart(found, store)
        } catch {
            throw StoreFailure.command(error)
        }
        guard let report = found else {
            Console.complain("there is no report \(id); 'postseal report list' lists them")
            throw Verdict.bad
        }
        guard let kept else {
            if original || csv { throw CommandFailure("the file that report \(id) came in is not kept any more") }
            if json {
                Console.write(Array((report.json.text + "\n").utf8))
            } else {
                Console.print(report.line)
                if let apart { Console.print(apart) }
            }
            return
        }
        if original {
            Console.write(kept.octets)
            return
        }
        let findings = ReportFile(reading: kept.octets, name: kept.name).findings
        guard let place = report.mark.place(in: findings) else {
            throw CommandFailure("report \(id) can't be read again")
        }
        let finding = findings[place]
        if csv, let report = finding.report {
            Console.write(report.csv)
            return
        }
        if json, case .object(let members) = finding.normalizedJSON {
            let object = JSONValue.object([JSONMember("id", .integer(id))] + members)
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        for line in finding.lines { Console.print(line) }
        if let apart { Console.print(apart) }
    }

    /// That a report is kept apart, why, and what to do; nil where it counts.
    static func apart(_ report: StoredReport?, _ store: any ReportStore) async throws -> String? {
        guard let report, let reason = try await store.reasonApart(of: report) else { return nil }
        let command = "'postseal report accept \(report.id)"
        let remedy = (reason.canCount ? "\(command)' lets it count, " : "") + "\(command) --drop' removes it"
        let other = reason.counted.map { " (report \($0))" } ?? ""
        return "kept apart, and not counted: \(reason.words)\(other); \(remedy)"
    }
}

struct ReportAcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Lets reports count that are kept apart.",
        discussion: """
            Reports are kept apart where nobody could verify who sent them; 'report list --apart' shows them. One \
            that says other things than a report of the same reporter, identifier, domain and period that counts, or \
            that names no domain, can't count: it can be removed. Exit status: 0 if all of them count now, or are \
            gone, 1 if not.
            """)

    @Argument(help: ArgumentHelp("The numbers of the reports.", valueName: "number"))
    var ids: [Int64]

    @Flag(name: .customLong("drop"), help: "Remove them instead.")
    var drop = false

    @OptionGroup var store: ReportStoreOptions

    func run() async throws {
        let store = try await store.open(isReadOnly: false)
        let left: [Int64]
        do {
            let done = drop ? try await store.drop(ids) : try await store.accept(ids)
            left = Set(ids).subtracting(done).sorted()
            for id in left { Console.complain(try await Self.refusal(id, store)) }
        } catch {
            throw StoreFailure.command(error)
        }
        if !left.isEmpty { throw Verdict.bad }
    }

    /// Why nothing was done with a report.
    static func refusal(_ id: Int64, _ store: any ReportStore) async throws(ReportStoreError) -> String {
        guard let report = try await store.report(id) else { return "there is no report \(id)" }
        switch try await store.reasonApart(of: report) {
        case nil: return "report \(id) is not kept apart: it counts already"
        case .noDomain?: return "report \(id) names no domain that it could count for; --drop removes it"
        case .otherCounts(let other)?:
            return "report \(id) can't count: report \(other) of the same reporter, identifier, domain and period "
                + "does, and says other things; --drop removes the one that is kept apart"
        case .unprovenCounts?, .unverified?:
            return "report \(id) can't count any more: the file that it came in is "
                + (report.hasOriginal ? "not to be read" : "not kept")
        }
    }
}
