internal import ArgumentParser
internal import FoundationEssentials
internal import MailBytes
internal import MailNames
internal import PostsealConfiguration
internal import PostsealTransport
internal import TLSRPT

struct TLSReportBuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Shows the reports that the counts of a day come to.",
        discussion: """
            Reads what the daemon has counted, also while it runs, and prints each domain's report on a line, whether \
            the domain asks for one or not. Nothing is changed, and nothing is put into the outbox. Exit status: 0 if \
            there is a report, 1 if nothing was counted, 2 if it can't be told.
            """)

    /// What reports can be made of.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case tlsrpt
    }

    @Option(name: .customLong("kind"), help: "The kind of report.")
    var kind = Kind.tlsrpt

    @Option(
        name: .customLong("day"),
        help: ArgumentHelp("The day, in UTC; without it yesterday.", valueName: "yyyy-mm-dd"))
    var day: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The configuration file; without it \(ConfigurationLoader.standardPath).", valueName: "file"))
    var file: String?

    @Option(
        name: .customLong("domain"), help: ArgumentHelp("Only the report to this domain.", valueName: "domain"))
    var domain: String?

    @OptionGroup var clock: ClockOptions

    func run() throws {
        let configuration: DaemonConfiguration
        do throws(ConfigurationFailure) {
            configuration = try ConfigurationLoader(environment: ProcessInfo.processInfo.environment).load(file)
                .configuration
        } catch {
            throw CommandFailure(error.description)
        }
        let reports = configuration.transport.reports
        guard let submitter = reports.submitter else {
            throw CommandFailure("nothing is counted: transport.tls-reports.contact is not set")
        }
        var wanted: DomainName?
        if let domain {
            guard let name = try? DomainName(mailDomain: domain) else {
                throw CommandFailure("'\(domain)' is no domain")
            }
            wanted = name
        }
        let day = try chosenDay()
        let counter: TLSReportCounter
        do throws(StateFileError) {
            counter = try TLSReportStore.counter(of: day, in: reports.folder)
        } catch {
            throw CommandFailure(error.description)
        }
        let documents = counter.documents(
            for: day, from: submitter, uniqueID: reports.node.isEmpty ? nil : reports.node
        ).filter { wanted == nil || $0.domain == wanted }
        for document in documents { Console.print(document.report.json.text) }
        if counter.omittedSessions(on: day) > 0 {
            Console.complain("\(counter.omittedSessions(on: day)) sessions are in no report: there were too many")
        }
        guard !documents.isEmpty else { throw Verdict.bad }
    }

    private func chosenDay() throws -> TLSReportDay {
        guard let day else { return TLSReportDay(containing: clock.now.adding(seconds: -86_400)) }
        guard let read = TLSReportDay(text: day) else {
            throw CommandFailure("--day '\(day)' is no date such as 2026-11-25")
        }
        return read
    }
}
