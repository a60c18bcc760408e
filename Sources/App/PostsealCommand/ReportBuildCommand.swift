internal import ArgumentParser
internal import Databases
internal import FoundationEssentials
internal import MailBytes
internal import MailNames
internal import MailReports
internal import PostsealConfiguration
internal import PostsealReportSending
internal import PostsealState
internal import PostsealTransport
internal import TLSRPT

struct ReportBuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Shows the reports that the counts of a day come to.",
        discussion: """
            Reads what the daemon has counted, also while it runs, and prints each domain's report, whether the domain \
            asks for one or not: a TLS report on a line, a DMARC report as XML. TLS counts of a day go when its \
            reports are made, a minute after its end. With --kind dmarc-failure it judges a \
            message as the daemon would, prints the redacted report that would go out about it, and says to whom, or \
            why none would; without --dns, --resolver and --trust-anchor it asks whom the configuration says. Nothing \
            is changed, and nothing is sent. Exit status: 0 if there is a report, 1 if nothing was counted or no \
            report would go out, 2 if it can't be told.
            """)

    /// What reports can be made of.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case tlsrpt
        case aggregate = "dmarc-aggregate"
        case failure = "dmarc-failure"
    }

    @Option(
        name: .customLong("kind"),
        help: "The kind of report; without it TLS reports where they are counted, and else DMARC reports.")
    var kind: Kind?

    @Option(
        name: .customLong("domain"), help: ArgumentHelp("Only the report to this domain.", valueName: "domain"))
    var domain: String?

    @Option(
        name: .customLong("day"),
        help: ArgumentHelp("The day, in UTC; without it yesterday.", valueName: "yyyy-mm-dd"))
    var day: String?

    @OptionGroup var place: SendingOptions
    @OptionGroup var failure: ReportFailureOptions
    @OptionGroup(title: "DNS") var dns: DNSOptions

    func validate() throws {
        guard kind == .failure || failure.message == nil else {
            throw ValidationError("a message has a failure report alone: say --kind dmarc-failure")
        }
        guard kind != .failure || (domain == nil && day == nil) else {
            throw ValidationError("--domain and --day are about counts: a failure report is about one message")
        }
    }

    func run() async throws {
        let configuration = try place.configuration()
        let wanted = try SendingOptions.domain(domain)
        let counted = try kind ?? Self.kind(configuration)
        let found =
            switch counted {
            case .tlsrpt: try buildTLS(configuration, wanted)
            case .aggregate: try await buildAggregates(configuration, wanted)
            case .failure: try await failure.build(configuration, dns)
            }
        guard found else { throw Verdict.bad }
    }

    /// What is counted by a configuration.
    static func kind(_ configuration: DaemonConfiguration) throws -> Kind {
        if configuration.transport.reports.submitter != nil { return .tlsrpt }
        if configuration.reports.sending.isUsed { return .aggregate }
        throw CommandFailure(
            "nothing is counted: neither transport.tls-reports.contact nor reports.send.contact and "
                + "reports.send.server are set")
    }

    private func buildTLS(_ configuration: DaemonConfiguration, _ wanted: DomainName?) throws -> Bool {
        let reports = configuration.transport.reports
        guard let submitter = reports.submitter else {
            throw CommandFailure(
                "no TLS sessions are counted: transport.tls-reports.contact is not set"
                    + (configuration.reports.sending.isUsed
                        ? "; --kind dmarc-aggregate shows what is counted of mail" : ""))
        }
        let day = try ReportDay.chosen(day, now: dns.now)
        let counter: TLSReportCounter
        do throws(StateFileError) {
            counter = try TLSReportStore.counter(of: day, in: reports.folder)
        } catch {
            throw CommandFailure(error.description)
        }
        let documents = counter.documents(
            for: day, from: submitter, uniqueID: reports.node.isEmpty ? nil : reports.node
        ).filter { wanted == nil || $0.domain == wanted }
        for document in documents {
            Console.print(document.report.json.text)
            guard document.summed.details > 0 else { continue }
            Console.complain(
                "\(document.summed.details) failure details of the report to \(document.domain.text) are summed up: "
                    + "there were too many")
        }
        if counter.omittedSessions(on: day) > 0 {
            Console.complain("\(counter.omittedSessions(on: day)) sessions are in no report: there were too many")
        }
        if documents.isEmpty {
            let isGone = Self.isGone(day, in: reports.folder, now: dns.now)
            Console.complain(
                isGone ? ReportDay.gone(day, configuration) : ReportDay.nothing("TLS session", of: wanted, on: day))
        }
        return !documents.isEmpty
    }

    /// Whether the counts of a day can be gone, because its reports are made.
    static func isGone(_ day: TLSReportDay, in folder: String, now: UnixTime) -> Bool {
        guard StateFiles.size(of: "\(folder)/\(day.text).counts") == nil else { return false }
        return TLSReportStore.isClosed(day, in: folder) || day < TLSReportDay(containing: now)
    }

    private func buildAggregates(_ configuration: DaemonConfiguration, _ wanted: DomainName?) async throws -> Bool {
        let builder = try place.builder(configuration)
        let day = try ReportDay.chosen(day, now: dns.now)
        var found = false
        do {
            let ledger = try DatabaseVerdictLedger(place.database(configuration), isReadOnly: true)
            for (name, _) in try await ledger.domains(on: day) where wanted == nil || wanted?.text == name {
                guard let domain = try? DomainName(mailDomain: name) else { continue }
                let counts = try await ledger.counts(of: name, on: day)
                for report in try builder.reports(of: domain, on: day, counts: counts) {
                    found = true
                    Console.write(ReportPacking.gunzip(report.document, length: report.documentLength) ?? [])
                }
            }
        } catch let error as DatabaseError {
            throw try place.failure(error, configuration)
        } catch let error as AggregateBuildingError {
            throw CommandFailure(error.description)
        }
        if !found { Console.complain(ReportDay.nothing("message", of: wanted, on: day)) }
        return found
    }
}

/// Which day.
enum ReportDay {
    /// The day of an option, or yesterday.
    static func chosen(_ day: String?, option: String = "--day", now: UnixTime) throws -> TLSReportDay {
        guard let day else { return TLSReportDay(containing: now.adding(seconds: -86_400)) }
        guard let read = TLSReportDay(text: day) else {
            throw CommandFailure("\(option) '\(day)' is no date such as 2026-11-25")
        }
        return read
    }

    /// That the counts of a day are gone, and where to look for what became of them.
    static func gone(_ day: TLSReportDay, _ configuration: DaemonConfiguration) -> String {
        let place =
            configuration.reports.sending.sendsTLSReports
            ? "'postseal report sent --kind tlsrpt' lists them"
            : "they are in \(configuration.transport.reports.folder)/outbox until they are sent"
        return "the counts of \(day.text) are gone, if there were any: its reports are made, and \(place)"
    }

    /// That nothing was counted on a day, and where else to look.
    static func nothing(_ what: String, of domain: DomainName?, on day: TLSReportDay) -> String {
        let whose = domain.map { " of \($0.text)" } ?? ""
        return "no \(what)\(whose) was counted on \(day.text): --day says which day; "
            + "what is counted today is reported tomorrow (UTC)"
    }
}

/// Where the daemon counts, and by whom its reports are: the daemon's configuration says it.
struct SendingOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file; without it \(ConfigurationLoader.standardPath).", valueName: "file"))
    var file: String?

    func configuration() throws -> DaemonConfiguration {
        do throws(ConfigurationFailure) {
            return try ConfigurationLoader(environment: ProcessInfo.processInfo.environment).load(file).configuration
        } catch {
            throw CommandFailure(error.description)
        }
    }

    func database(_ configuration: DaemonConfiguration) throws -> SendingDatabase {
        do throws(DatabaseError) {
            return try SendingDatabase(configuration.reports.store.forSending)
        } catch {
            throw CommandFailure("reports.store: \(error.description)")
        }
    }

    /// Why the database did not answer, with its place.
    func failure(_ error: DatabaseError, _ configuration: DaemonConfiguration) throws -> CommandFailure {
        let database = try database(configuration)
        if let path = database.path, !FileManager.default.fileExists(atPath: path) {
            return CommandFailure(
                "\(path) is not there: the daemon makes it when it counts (reports.send); reports.store says where")
        }
        return CommandFailure("\(database): \(error.description)")
    }

    func outgoing(_ configuration: DaemonConfiguration) throws -> DatabaseOutgoingReports {
        let database = try database(configuration)
        do throws(DatabaseError) {
            return try DatabaseOutgoingReports(database, isReadOnly: true)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    func builder(_ configuration: DaemonConfiguration) throws -> AggregateReportBuilder {
        let sending = configuration.reports.sending
        guard let contact = sending.contact, sending.isUsed else {
            throw CommandFailure("nothing is counted: reports.send.contact and reports.send.server are not set")
        }
        let submitter = TLSReportSubmitter(
            organizationName: sending.organization, domain: contact.domain, contactLocalPart: contact.localPart)
        return AggregateReportBuilder(
            submitter: submitter, source: sending.source,
            generator: AggregateReportBuilder.generator(version: Version.number))
    }

    static func domain(_ text: String?) throws -> DomainName? {
        guard let text else { return nil }
        guard let name = try? DomainName(mailDomain: text) else { throw CommandFailure("'\(text)' is no domain") }
        return name
    }
}
