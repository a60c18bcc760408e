internal import DKIM
internal import MailNames
internal import PostsealEngine

/// Every key of the configuration, declared once: the parser, the checks, the sample and the reference are made of
/// these.
enum Declarations {
    static let all: [Key<Draft>] =
        general + [
            .section("milter", milter, "The sockets on which mail servers (Postfix, Sendmail) hand over their mail."),
            .section(
                "http", http,
                "The interface for programs: POST /v1/verify, /metrics for Prometheus, /healthz. Off by default."),
            .section("dns", dns, "Who answers the questions that checks ask DNS."),
            .section("incoming", incoming, "What becomes of mail from strangers."),
            .section("outgoing", outgoing, "Our own mail: it is signed, and not checked."),
            .section(
                "proxy", proxy,
                """
                In front of any mail server: postseal takes mail from strangers itself, judges it, and gives what it \
                lets through to the server behind. Off by default.
                """),
            .section(
                "mta-sts-hosting", policyHosting,
                """
                The MTA-STS policies of your own domains, served to senders at https://mta-sts.example.org (RFC 8461). \
                Off by default.
                """),
            .section(
                "dashboard", dashboard,
                """
                Pages for people about reports and verdicts, with accounts, and the same as JSON for programs. Off by \
                default.
                """),
            .section("transport", transport, "Mail to other servers: what they have to prove before it goes there."),
            .section(
                "reports", reports,
                "Reports of others about your domains (DMARC, TLS): where they come in, and what is kept of them."),
            .section("log", log, "What is logged: one line for each message at 'info', to standard error."),
        ]

    /// The values of a configuration in which nothing is set.
    static let defaults = Draft()

    private static let general: [Key<Draft>] = [
        .value(
            "name", .authservID, \.name, note: "the name of this machine", example: "mx.example.org",
            """
            The name of this receiver in Authentication-Results (the authserv-id). Fields from outside that bear it \
            are removed, so that nobody can write results in your name.
            """),
        .list(
            "internal-names", .authservID, \.configuration.guardSettings.internalAuthservIDs,
            example: "[mx1.example.org, mx2.example.org]",
            "Further names of your servers. Fields from outside that bear them are removed, too."),
    ]

    private static let log: [Key<Draft>] = [
        .value(
            "level", .word, \.configuration.log.level, default: defaults.configuration.log.level,
            "How grave a thing must be to be logged."),
        .value(
            "format", .word, \.configuration.log.format, default: defaults.configuration.log.format,
            """
            How lines look: text for people, json for collectors, journal for systemd's journal. Text becomes \
            journal by itself where systemd reads it.
            """),
    ]

    /// The section that a key of this name belongs in, if there is exactly one; empty for the top.
    static func section(of name: String) -> String? {
        let homes = paths(all.map(\.info), below: "").filter {
            $0.path.split(separator: ".").last.map(String.init) == name
        }
        guard homes.count == 1, let home = homes.first else { return nil }
        return home.path.split(separator: ".").dropLast().joined(separator: ".")
    }

    /// All keys outside of lists, with their paths.
    static func paths(_ keys: [KeyInfo], below parent: String) -> [(path: String, info: KeyInfo)] {
        keys.flatMap { key -> [(path: String, info: KeyInfo)] in
            let path = parent.isEmpty ? key.name : "\(parent).\(key.name)"
            return [(path, key)] + (key.kind == .section ? paths(key.children, below: path) : [])
        }
    }
}
