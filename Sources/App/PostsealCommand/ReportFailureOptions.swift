internal import ArgumentParser
internal import MailBytes
internal import MailFormat
internal import PostsealConfiguration
internal import PostsealDaemon
internal import PostsealEngine
internal import PostsealReportSending
internal import UnboundResolver

/// The message that a failure report is about, and how it came.
struct ReportFailureOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "With --kind dmarc-failure: the message; - is standard input.", valueName: "message"))
    var message: String?

    @OptionGroup(title: "The session that brought the message") var envelope: EnvelopeOptions

    /// Prints the report that the daemon would send about the message, and says whether it would, and to whom.
    ///
    /// - Returns: whether one would be sent.
    func build(_ configuration: DaemonConfiguration, _ dns: DNSOptions) async throws -> Bool {
        guard let message else {
            throw CommandFailure("a failure report is about one message: say which file it is in")
        }
        let session = try dns.session(of: configuration)
        let came = try Envelopes(envelope).envelope(of: message)
        let transaction = MailTransaction(
            clientAddress: came.clientAddress, helo: came.helo, mailFrom: came.mailFrom, recipients: came.recipients,
            message: try FileInput.message(InputPath(message)), receivedAt: dns.now)
        let shares = DNSBudget().resolvers(session)
        let preview = await FailurePreview(
            of: transaction, configuration, checks: BudgetedSession(session, shares.checks),
            policy: BudgetedSession(session, shares.policy))
        try session.finish()
        if let mail = preview.mail { Console.write(mail) }
        for destination in preview.destinations {
            Console.report("\(destination.words) \(destination.uri): \(destination.reason)")
        }
        for obstacle in preview.obstacles { Console.complain(obstacle) }
        return preview.mail != nil && preview.obstacles.isEmpty
    }
}

extension ReportDestination {
    /// Whether a report goes there, for people.
    var words: String {
        switch permission {
        case .granted: "goes to"
        case .refused: "not to"
        case .unknown: "perhaps to"
        }
    }
}
