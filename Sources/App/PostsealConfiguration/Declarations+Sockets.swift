internal import UnboundResolver

extension Declarations {
    static let listener: [Key<ListenerDraft>] = [
        .optional(
            "socket", .listenAddress, \.address, isRequired: true,
            "The socket, in the short form."),
        .value(
            "mode", .socketMode, \.mode, note: "\"0660\"",
            "The permissions of a Unix socket in octal digits, in quotes. Who may write to it may hand over mail."),
        .value("owner", .account, \.owner, note: "the user that postseal runs as", "The user that owns a Unix socket."),
        .value("group", .account, \.group, note: "the group that postseal runs as", "The group of a Unix socket."),
    ]

    static let shortListener: Key<ListenerDraft> = .optional("socket", .listenAddress, \.address, "")

    static let listenerAllowed =
        "a socket such as unix:/run/postseal/milter.sock, tcp:127.0.0.1:8891 or tcp:[::1]:8891, a section with "
        + "'socket' and perhaps 'mode', 'owner' and 'group', or a list of these"

    static let milter: [Key<Draft>] = [
        .records(
            "listen", listener, \.milterListeners, short: shortListener, allowed: listenerAllowed,
            example: [
                "listen:", "  - unix:/run/postseal/milter.sock",
            ],
            further: [
                "  - socket: unix:/var/spool/postfix/postseal/milter.sock", "    mode: \"0660\"", "    owner: postseal",
                "    group: postfix",
            ],
            isEssential: true,
            """
            Where to listen for mail servers; one socket or a list of them. The milter protocol knows no passwords: \
            whoever reaches a socket can hand over mail, so keep TCP sockets to the loopback or to a network of your \
            own. Postfix in its chroot wants the socket below its queue directory, as in the long form with 'mode', \
            'owner' and 'group'.
            """),
        .value(
            "connections", .count(1...100_000), \.configuration.milter.connectionsMax,
            default: defaults.configuration.milter.connectionsMax,
            "How many connections of mail servers may be open at once. An idle one costs little."),
        .value(
            "messages", .count(1...100_000), \.configuration.milter.messagesMax,
            default: defaults.configuration.milter.messagesMax,
            "How many messages are checked at once. More is overload: see incoming.fail.overload."),
        .value(
            "timeout", .time(.seconds(10) ... .seconds(7 * 86_400)), \.configuration.milter.timeout,
            default: defaults.configuration.milter.timeout,
            "After so much silence a connection is closed. Postfix keeps idle ones for long, so be patient."),
    ]

    static let http: [Key<Draft>] = [
        .records(
            "listen", listener, \.httpListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: tcp:127.0.0.1:8027"], explainsFields: false,
            """
            Where to listen for HTTP, in the same forms as for milter.listen. There are no passwords and there is no \
            TLS: keep it to the loopback, or put a proxy in front.
            """)
    ]

    static let dns: [Key<Draft>] = [
        .list(
            "servers", .server, \.servers, note: "the servers of /etc/resolv.conf",
            example: "[192.0.2.53, \"[2001:db8::53]:5300\"]",
            """
            The DNS servers to ask. A resolver on this machine is fastest, and lists of blocked addresses that others \
            share with you do not get in its way.
            """),
        .value(
            "trust-anchor", .file, \.trustAnchor, note: "the system's root anchor",
            example: "/usr/share/dns/root.key",
            "A file with the DS or DNSKEY records that DNSSEC proofs start from."),
        .value(
            "validation", .choice([("automatic", .automatic), ("required", .required), ("off", .off)]), \.validation,
            default: defaults.validation,
            """
            Whether answers must be proved by DNSSEC where their zone is signed. 'automatic' does without the proof \
            where the servers above keep DNSSEC's records back; with 'required' every signed domain then fails.
            """),
        .value(
            "timeout", .time(.milliseconds(100) ... .seconds(60)), \.configuration.dns.lookupLimit,
            default: defaults.configuration.dns.lookupLimit, "How long one look-up may take."),
        .value(
            "budget", .time(.milliseconds(100) ... .seconds(240)), \.configuration.dns.budget,
            default: defaults.configuration.dns.budget,
            """
            How long all look-ups of a message may take together. The mail server waits meanwhile, and Postfix gives \
            up after 300 seconds.
            """),
        .value(
            "questions", .count(1...10_000), \.configuration.dns.questionsMax,
            default: defaults.configuration.dns.questionsMax,
            "How many different questions one message may cost, whatever its sender publishes."),
        .value(
            "recorded", .file, \.recorded, note: "DNS is asked", example: "answers.json",
            "Answer from a recorded file alone (docs/recorded-dns.md), for tests and demonstrations."),
    ]
}
