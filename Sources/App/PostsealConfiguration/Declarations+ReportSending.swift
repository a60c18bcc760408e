internal import Sockets

extension Declarations {
    static let reportSending: [Key<Draft>] = [
        .optional(
            "contact", .contact, \.configuration.reports.sending.contact, note: "nothing is counted or sent",
            example: "reports@example.org",
            """
            The address that reports are from, and to ask at. Its domain signs them: it needs a rule in \
            outgoing.signing, or a mail server that signs.
            """),
        .optional(
            "server", .listenAddress, \.configuration.reports.sending.server, note: "nothing is counted or sent",
            example: "tcp:127.0.0.1:25",
            "The mail server that takes the mail with reports: an address, as tcp:127.0.0.1:25, or a socket."),
        .value(
            "organization", .shortText, \.configuration.reports.sending.organization, note: "name, at the top",
            example: "Example Ltd", "Who sends the reports, as they say it."),
        .value(
            "dmarc", .boolean, \.configuration.reports.sending.sendsAggregates,
            default: defaults.configuration.reports.sending.sendsAggregates,
            """
            Whether verdicts on incoming mail are counted, and DMARC aggregate reports go to the domains that ask for \
            them (RFC 9990).
            """),
        .value(
            "tls", .boolean, \.configuration.reports.sending.sendsTLSReports,
            default: defaults.configuration.reports.sending.sendsTLSReports,
            "Whether the TLS reports in the outbox of transport.tls-reports are sent (RFC 8460)."),
        .value(
            "failure", .boolean, \.configuration.reports.sending.sendsFailures,
            default: defaults.configuration.reports.sending.sendsFailures,
            """
            Whether failure reports about single messages go to the domains that ask for them (RFC 9991). They have a \
            part of the header, without anybody's name before the '@', and nothing of the text. Few receivers send \
            any, and it has to be weighed against your users' privacy.
            """),
        .value(
            "failures-per-hour", .count(1...100_000), \.configuration.reports.sending.failuresPerHour,
            default: defaults.configuration.reports.sending.failuresPerHour,
            "How many failure reports go out in an hour, to all domains together; to one domain a tenth of it."),
        .value(
            "recipients", .boolean, \.configuration.reports.sending.namesRecipients,
            default: defaults.configuration.reports.sending.namesRecipients,
            "Whether aggregate reports name the domains of recipients (envelope_to), which tells of forwarding."),
        .optional(
            "return-path", .contact, \.configuration.reports.sending.returnPath, note: "the null path, <>",
            example: "bounces@example.org", "Where mail servers send reports back that can't be delivered."),
        .value(
            "source", .letters, \.configuration.reports.sending.source, note: "there is one installation",
            example: "eu1",
            """
            Letters and digits that tell these reports from those of another installation with the same contact. \
            Machines that share one database need none.
            """),
        .value(
            "delay", .time(.seconds(10) ... .seconds(86_400)), \.configuration.reports.sending.delay,
            default: defaults.configuration.reports.sending.delay,
            """
            So long after midnight (UTC) a day is closed. What a machine counts for it later, because its database was \
            away, counts for the next day.
            """),
        .value(
            "spread", .time(.zero ... .seconds(20 * 3600)), \.configuration.reports.sending.spread,
            default: defaults.configuration.reports.sending.spread,
            "Over so long the reports of a day are spread; each domain has a time of its own."),
        .value(
            "retry", .time(.seconds(3600) ... .seconds(14 * 86_400)), \.configuration.reports.sending.retry,
            default: defaults.configuration.reports.sending.retry,
            "How long it is tried to send a report, with longer and longer pauses."),
        .value(
            "keep", .count(1...36_500), \.configuration.reports.sending.keptDays,
            default: defaults.configuration.reports.sending.keptDays,
            "How many days reports that were sent can be looked at."),
    ]
}
