extension Declarations {
    static let transport: [Key<Draft>] = [
        .section(
            "socketmap", socketmap,
            """
            The map that Postfix asks how to reach the servers of a domain: smtp_tls_policy_maps = \
            socketmap:unix:/run/postseal/tls.sock:postseal.
            """),
        .section(
            "relay", relay,
            """
            Delivers mail to the world itself, under these policies, while the mail server that hands it over waits: \
            in Postfix, default_transport = lmtp:unix:/run/postseal/relay.sock. Its queue stays the only one.
            """),
        .section(
            "tls-reports", tlsReports,
            """
            Reports to other domains about how TLS with their servers went (RFC 8460), of each day, to those that ask \
            for them by DNS. Off without 'contact'.
            """),
        .value(
            "dane", .boolean, \.configuration.transport.usesDANE, default: defaults.configuration.transport.usesDANE,
            """
            Whether servers are held to their TLSA records (DANE, RFC 7672). Without a resolver that validates, \
            nothing is proved and DANE is off by itself; the log says so.
            """),
        .value(
            "mta-sts", .boolean, \.configuration.transport.usesMTASTS,
            default: defaults.configuration.transport.usesMTASTS,
            "Whether domains are held to the policies that they publish by HTTPS (MTA-STS, RFC 8461)."),
        .value(
            "mta-sts-cache", .file, \.configuration.transport.cachePath,
            default: defaults.configuration.transport.cachePath,
            """
            The file in which MTA-STS policies are kept over restarts: who knows a policy already can't be kept from \
            it. Postseal must be able to write to its folder.
            """),
        .value(
            "certificate-authorities", .file, \.authorities, note: "those of the system",
            example: "/etc/ssl/certs/ca-certificates.crt",
            "A file in PEM with the authorities that certificates for MTA-STS must come from."),
        .value(
            "mta-sts-wait", .time(.zero ... .seconds(432_000)), \.configuration.transport.policyWait,
            default: defaults.configuration.transport.policyWait,
            """
            How long mail waits for a domain whose MTA-STS record can't be looked up, or fails validation, and of \
            which no policy is known. Then it goes as if there were none; with 0s it does so at once.
            """),
        .list(
            "allowed-networks", .network, \.configuration.transport.allowedNetworks, example: "[10.0.0.0/8]",
            """
            Private networks from which policies may be fetched. No policy comes from a private address otherwise: a \
            stranger's DNS must not make this machine ask its neighbours.
            """),
    ]

    private static let relay: [Key<Draft>] = [
        .records(
            "listen", listener, \.relayListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: unix:/run/postseal/relay.sock"], explainsFields: false,
            "Where to listen for mail servers that hand over mail, in the same forms as for milter.listen."),
        .value(
            "protocol", .choice([("lmtp", .lmtp), ("smtp", .smtp)]), \.configuration.transport.relay.mode,
            default: defaults.configuration.transport.relay.mode,
            """
            What is spoken there. LMTP has an answer for each recipient; over SMTP a message goes to one domain at a \
            time, and further domains are told to come again.
            """),
        .list(
            "clients", .network, \.configuration.transport.relay.clients, example: "[10.0.0.0/8]",
            """
            Networks whose hosts may hand over mail by TCP, besides this machine itself. Whoever may, can send mail to \
            the whole world.
            """),
        .list(
            "source-addresses", .address, \.configuration.transport.relay.sources, note: "the system's choice",
            example: "[192.0.2.25, \"2001:db8::25\"]",
            "The addresses that mail is sent from: one of IPv4 and one of IPv6 at most."),
        .value(
            "connections", .count(1...1000), \.configuration.transport.relay.connectionsMax,
            default: defaults.configuration.transport.relay.connectionsMax,
            "How many connections to the servers of one domain may be open at once."),
        .value(
            "idle", .time(.zero ... .seconds(300)), \.configuration.transport.relay.idleTime,
            default: defaults.configuration.transport.relay.idleTime,
            """
            How long a connection to a server waits for the next message to the same domain. With 0s each message has \
            a connection of its own.
            """),
        .value(
            "messages", .count(1...10_000), \.configuration.transport.relay.sessionMessages,
            default: defaults.configuration.transport.relay.sessionMessages,
            "How many messages go over one connection."),
        .value(
            "tls-required-header", .boolean, \.configuration.transport.relay.honoursTLSRequired,
            default: defaults.configuration.transport.relay.honoursTLSRequired,
            """
            Whether a message with 'TLS-Required: No' goes to servers that do not hold to their domain's policy, as \
            RFC 8689 says: its sender prefers that to no delivery. It never counts where the sender demands TLS.
            """),
        .value(
            "certificate", .file, \.relayCertificate, note: "TLS is not offered",
            example: "/etc/postseal/tls/chain.pem",
            """
            A file in PEM with a certificate and those of its issuers, for mail servers that hand mail over by TLS. \
            Only with TLS they can pass on that a sender demands it (REQUIRETLS).
            """),
        .value(
            "key", .file, \.relayKey, note: "in the file of the certificate", example: "/etc/postseal/tls/key.pem",
            "The certificate's private key in PEM, a file that nobody else can read."),
    ]

    private static let socketmap: [Key<Draft>] = [
        .records(
            "listen", listener, \.socketmapListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: unix:/run/postseal/tls.sock"], explainsFields: false,
            """
            Where to listen for Postfix, in the same forms as for milter.listen. Postfix's SMTP client in its chroot \
            wants the socket below its queue directory, or proxy:socketmap:… in main.cf.
            """),
        .value(
            "tlsrpt-attributes", .boolean, \.configuration.transport.hasReportAttributes,
            default: defaults.configuration.transport.hasReportAttributes,
            "Whether answers have what Postfix 3.10 and later passes on for TLS reports. Older ones refuse it."),
    ]
}
