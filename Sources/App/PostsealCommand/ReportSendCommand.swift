internal import ArgumentParser
internal import DNS
internal import Databases
internal import MailBytes
internal import MailNames
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealReportSending
internal import Rendering
internal import TLSRPT
internal import UnboundResolver

struct ReportSendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Says which reports would go to whom.",
        discussion: """
            Asks DNS for each domain of which anything was counted on a day who wants the report, and whether they may \
            have it (RFC 9990 section 4), and lists what waits to be sent. Of reports that are made it says so: they \
            go where they were to go then. Without --dns, --resolver and \
            --trust-anchor it asks whom the configuration says. Nothing is changed: sending is the daemon's part. \
            Exit status: 0 if there is anything to send, 1 if not, 2 if it can't be told.
            """)

    @Flag(name: .customLong("dry-run"), help: "Only say it. There is no other way: the daemon sends.")
    var dryRun = false

    @Option(name: .customLong("domain"), help: ArgumentHelp("Only about this domain.", valueName: "domain"))
    var domain: String?

    @Option(
        name: .customLong("day"),
        help: ArgumentHelp("The day, in UTC; without it yesterday.", valueName: "yyyy-mm-dd"))
    var day: String?

    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup var place: SendingOptions

    @OptionGroup(title: "DNS") var dns: DNSOptions

    func validate() throws {
        guard dryRun else { throw ValidationError("the daemon sends; say --dry-run to see what it would send") }
    }

    func run() async throws {
        let configuration = try place.configuration()
        _ = try place.builder(configuration)
        let wanted = try SendingOptions.domain(domain)
        let day = try ReportDay.chosen(day, now: dns.now)
        let session = try dns.session(of: configuration)
        let outgoing = try place.outgoing(configuration)
        var count = 0
        var isAnythingCounted = false
        do {
            let ledger = try DatabaseVerdictLedger(place.database(configuration), isReadOnly: true)
            for (name, messages) in try await ledger.domains(on: day) where wanted == nil || wanted?.text == name {
                guard let domain = try? DomainName(mailDomain: name) else { continue }
                isAnythingCounted = true
                let made = try await Self.made(name, day, outgoing)
                guard made.isEmpty else {
                    // What waits is listed below.
                    for report in made where !Self.openStates.contains(report.state) {
                        Console.print(json ? report.planned.text : report.ended)
                    }
                    continue
                }
                if show(name, messages, await ReportWish.look(for: domain, session)) { count += 1 }
            }
            count += try await showWaiting(outgoing, wanted)
        } catch let error as DatabaseError {
            throw try place.failure(error, configuration)
        }
        if count > 0, let complaint = await Self.unsigned(configuration, session, at: dns.now) {
            Console.complain(complaint)
        }
        try session.finish()
        if count == 0, !isAnythingCounted {
            Console.complain("\(ReportDay.nothing("message", of: wanted, on: day)); and nothing waits to be sent")
        }
        guard count > 0 else { throw Verdict.bad }
    }

    /// Why reports would not be signed, as a sentence; nil where they would.
    static func unsigned(
        _ configuration: DaemonConfiguration, _ resolver: some Resolver, at now: UnixTime
    ) async -> String? {
        guard let domain = configuration.reports.sending.contact?.domain else { return nil }
        var settings = configuration.guardSettings
        guard var rule = settings.signing.first(where: { $0.pattern.matches(domain) }) else {
            return "reports would not be signed: no rule of outgoing.signing fits \(domain.text): unless the mail "
                + "server signs them, they are ignored where they arrive"
        }
        rule.pattern = .exactly(domain)
        (settings.signing, settings.sealing) = ([rule], [])
        let checks = await MailGuard(settings: settings).checkKeys(resolver: resolver, at: now)
        guard !checks.contains(where: { $0.state == .published }) else { return nil }
        let reasons = checks.map(\.sentence).joined(separator: "; ")
        let verb = checks.contains { $0.state == .unknown } ? "may not be" : "would not be"
        return "reports \(verb) signed: \(reasons.isEmpty ? "the rule for \(domain.text) has no key" : reasons)"
    }

    private static let openStates = [OutgoingDelivery.State.waiting, .unverified, .sending]

    /// The reports of a domain and day that are made already.
    private static func made(
        _ domain: String, _ day: TLSReportDay, _ outgoing: any OutgoingReports
    ) async throws -> [OutgoingReport] {
        var query = OutgoingQuery()
        (query.domain, query.kind, query.since, query.until) = (domain, .dmarcAggregate, day, day)
        return try await outgoing.reports(query)
    }

    /// Whether anybody gets a report.
    private func show(_ domain: String, _ messages: Int, _ wish: ReportWish) -> Bool {
        var (destinations, reason, isWanted): ([ReportDestination], String?, Bool) = ([], nil, false)
        switch wish {
        case .destinations(let all): (destinations, isWanted) = (all, true)
        case .nothing(let why), .unknown(let why): reason = why
        }
        if json {
            let object: JSONValue = [
                "domain": .string(domain), "messages": .integer(Int64(messages)), "wanted": .bool(isWanted),
                "reason": JSONValue(reason), "destinations": .array(destinations.map(\.json)),
                "kind": .string(OutgoingReportKind.dmarcAggregate.rawValue), "id": .null, "report_id": .null,
                "state": .null,
            ]
            Console.print(object.text)
            return isWanted
        }
        Console.print("\(domain)  \(messages.of("message"))" + (reason.map { "  no report: \($0)" } ?? ""))
        for destination in destinations {
            Console.print("  \(destination.words) \(destination.uri): \(destination.reason)")
        }
        return isWanted
    }

    private func showWaiting(_ outgoing: any OutgoingReports, _ wanted: DomainName?) async throws -> Int {
        var count = 0
        for state in Self.openStates {
            var query = OutgoingQuery()
            query.domain = wanted?.text
            query.state = state
            query.count = 10_000
            // One that is open in two ways is listed once.
            for report in try await outgoing.reports(query) where report.state == state {
                count += 1
                Console.print(json ? report.planned.text : report.line)
            }
        }
        return count
    }
}

struct ReportSentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sent", abstract: "Lists our own reports, or shows one of them.",
        discussion: """
            With a number: the report with each attempt to send it, or with --document what it says, as it was sent. \
            Exit status: 0 if there are any, 1 if not, 2 if it can't be told.
            """)

    /// The kinds and states, as they are told.
    typealias Kind = WordArgument<OutgoingReportKind>
    typealias State = WordArgument<OutgoingDelivery.State>

    @Argument(help: ArgumentHelp("The number of a report.", valueName: "number"))
    var number: Int64?

    @Option(name: .customLong("domain"), help: ArgumentHelp("About this domain alone.", valueName: "domain"))
    var domain: String?

    @Option(name: .customLong("kind"), help: "Of this kind alone.")
    var kind: Kind?

    @Option(name: .customLong("state"), help: "With a delivery in this state alone.")
    var state: State?

    @Option(
        name: .customLong("since"), help: ArgumentHelp("Of this day and later ones.", valueName: "yyyy-mm-dd"))
    var since: String?

    @Option(
        name: .customLong("count"), parsing: .unconditional,
        help: ArgumentHelp("How many at most.", valueName: "number"))
    var count = 50

    @Flag(name: .customLong("document"), help: "Write what the report says: XML or JSON.")
    var document = false

    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup var place: SendingOptions

    func validate() throws {
        if document, number == nil { throw ValidationError("--document takes the number of a report") }
        try ReportCount.check(count)
    }

    /// What was looked for and is not there.
    var nothing: String {
        if let number {
            return "there is no report of ours with the number \(number); 'postseal report sent' lists them"
        }
        let wanted = [
            domain.map { "about \($0)" }, kind.map { "of the kind \($0.value.rawValue)" },
            state.map { "in the state \($0.value.rawValue)" }, since.map { "of \($0) or later" },
        ]
        return (["there is no report of ours"] + wanted.compactMap(\.self)).joined(separator: " ")
            + "; those of a day are made when it is over (UTC)"
    }

    func run() async throws {
        let configuration = try place.configuration()
        let outgoing = try place.outgoing(configuration)
        do {
            if let number { try await show(number, outgoing) } else { try await list(outgoing) }
        } catch let error as DatabaseError {
            throw try place.failure(error, configuration)
        }
    }

    private func list(_ outgoing: any OutgoingReports) async throws {
        var query = OutgoingQuery()
        query.domain = try SendingOptions.domain(domain)?.text
        (query.kind, query.state, query.count) = (kind?.value, state?.value, count)
        if let since {
            query.since = try ReportDay.chosen(since, option: "--since", now: UnixTime(seconds: 0))
        }
        let reports = try await outgoing.reports(query)
        for report in reports { Console.print(json ? report.json.text : report.line) }
        guard !reports.isEmpty else {
            Console.complain(nothing)
            throw Verdict.bad
        }
    }

    private func show(_ number: Int64, _ outgoing: any OutgoingReports) async throws {
        guard let (report, attempts) = try await outgoing.history(of: number).map({ ($0.report, $0.attempts) }) else {
            Console.complain(nothing)
            throw Verdict.bad
        }
        if document {
            let packed = try await outgoing.document(of: number) ?? []
            Console.write(report.unpacked(packed))
            return
        }
        if json {
            guard case .object(let members) = report.json else { return }
            let object = JSONValue.object(members + [JSONMember("attempts", .array(attempts.map(\.json)))])
            Console.print(object.text)
            return
        }
        Console.print(report.line)
        Console.print("  \(report.subject)")
        for delivery in report.deliveries {
            Console.print("  \(delivery.state.rawValue)  \(delivery.uri)  \(delivery.reason)")
            for attempt in attempts where attempt.place == delivery.place {
                let outcome = attempt.outcome.isEmpty ? "no end is known" : attempt.outcome
                Console.print("    \(attempt.began.rfc3339)  \(attempt.node)  \(outcome)  \(attempt.answer)")
            }
        }
    }
}

/// A library's word as an argument.
struct WordArgument<Value: RawRepresentable<String> & CaseIterable & Sendable>: ExpressibleByArgument, Sendable {
    let value: Value

    init?(argument: String) {
        guard let value = Value(rawValue: argument) else { return nil }
        self.value = value
    }

    static var allValueStrings: [String] { Value.allCases.map(\.rawValue) }
}

extension OutgoingReport {
    /// The report on a line, for a person.
    var line: String {
        func list(_ isRefused: Bool) -> String {
            deliveries.filter { ($0.state == .refused) == isRefused }.map(\.uri).joined(separator: ", ")
        }
        let (to, notTo) = (list(false), list(true))
        let places = [to.isEmpty ? "" : "to \(to)", notTo.isEmpty ? "" : "not to \(notTo)"].filter { !$0.isEmpty }
        let counted = messages.of(kind == .tlsrpt ? "session" : "message")
        return "\(id)  \(day.text)  \(kind.rawValue)  \(domain)  \(counted)  \(state.rawValue)  "
            + places.joined(separator: ", ")
    }

    /// For who asks what will go: that this one went, or will not go.
    var ended: String {
        let counted = messages.of("message")
        let word = state == .sent ? "already sent" : "already made and \(state.rawValue)"
        return "\(domain)  \(counted)  \(word): see 'postseal report sent \(id)'"
    }

    /// The report in the form of those that are not made yet.
    var planned: JSONValue {
        let destinations = deliveries.map { delivery -> JSONValue in
            let permission =
                switch delivery.state {
                case .refused: "refused"
                case .unverified: "unknown"
                case .waiting, .sending, .sent, .failed: "granted"
                }
            return [
                "requested": .string(delivery.requested), "uri": .string(delivery.uri),
                "permission": .string(permission), "reason": .string(delivery.reason),
            ]
        }
        return [
            "domain": .string(domain), "messages": .integer(Int64(messages)), "wanted": .bool(true), "reason": .null,
            "destinations": .array(destinations), "kind": .string(kind.rawValue), "id": .integer(id),
            "report_id": .string(reportID), "state": .string(state.rawValue),
        ]
    }
}
