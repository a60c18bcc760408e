extension Declarations {
    static let proxy: [Key<Draft>] = [
        .records(
            "listen", listener, \.proxyListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: tcp:0.0.0.0:25"], explainsFields: false,
            """
            Where to listen for strangers' mail servers, in the same forms as for milter.listen. A port below 1024 \
            needs CAP_NET_BIND_SERVICE.
            """),
        .value(
            "server", .listenAddress, \.configuration.proxy.server, default: defaults.configuration.proxy.server,
            "The server behind, which gets the messages that are let through."),
        .value(
            "server-protocol", .choice([("smtp", false), ("lmtp", true)]), \.configuration.proxy.speaksLMTP,
            default: defaults.configuration.proxy.speaksLMTP,
            """
            What the server behind speaks. With LMTP each recipient has an answer of its own, so that clients are \
            told to send one message for each.
            """),
        .value(
            "certificate", .file, \.proxyCertificate, note: "TLS is not offered",
            example: "/etc/postseal/tls/chain.pem",
            "A file in PEM with the certificate of this server and those of its issuers, for STARTTLS."),
        .value(
            "key", .file, \.proxyKey, note: "in the file of the certificate", example: "/etc/postseal/tls/key.pem",
            "The certificate's private key in PEM, a file that nobody else can read."),
        .value(
            "message-size", .count(65_536...2_000_000_000), \.configuration.proxy.messageOctetsMax,
            default: defaults.configuration.proxy.messageOctetsMax,
            "How many octets a message may have. The server behind should take a little more."),
        .value(
            "spool", .file, \.configuration.proxy.spoolFolder, default: defaults.configuration.proxy.spoolFolder,
            """
            The folder in which messages of more than 1 MB wait for their verdict, in files without a name that \
            are gone with the process.
            """),
        .value(
            "connections", .count(1...100_000), \.configuration.proxy.connectionsMax,
            default: defaults.configuration.proxy.connectionsMax, "How many clients may be connected at once."),
        .value(
            "proxy-protocol", .boolean, \.configuration.proxy.expectsProxyHeader,
            default: defaults.configuration.proxy.expectsProxyHeader,
            "Whether a load balancer in front tells of its clients by the PROXY protocol. Who does not is cut off."),
        .list(
            "xclient-from", .network, \.configuration.proxy.xclientFrom, example: "[10.0.0.5]",
            "Servers in front that may say by XCLIENT whom they speak for."),
    ]
}
