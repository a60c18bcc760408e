internal import MTASTS

extension Declarations {
    static let policyHosting: [Key<Draft>] = [
        .records(
            "listen", listener, \.policyListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: tcp:0.0.0.0:443"], explainsFields: false,
            """
            Where to listen for HTTPS, in the same forms as for milter.listen. Senders come to port 443, which needs \
            CAP_NET_BIND_SERVICE.
            """),
        .value(
            "certificate", .file, \.policyCertificate, note: "each domain has its own",
            example: "/etc/postseal/tls/chain.pem",
            """
            A file in PEM with a certificate for the policy hosts (mta-sts.example.org) and those of its issuers. It \
            is read again when it changes.
            """),
        .value(
            "key", .file, \.policyKey, note: "in the file of the certificate", example: "/etc/postseal/tls/key.pem",
            "The certificate's private key in PEM, a file that nobody else can read."),
        .value(
            "check-interval", .time(.seconds(60) ... .seconds(86_400)), \.configuration.policyHosting.checkInterval,
            default: defaults.configuration.policyHosting.checkInterval,
            "How often the MX records, and the certificates of the servers that they name, are held against policies."),
        .value(
            "state", .file, \.configuration.policyHosting.statePath,
            default: defaults.configuration.policyHosting.statePath,
            "The file in which is kept which policies were verified. Postseal must be able to write to its folder."),
        .records(
            "domains", hostedPolicy, \.hostedPolicies,
            allowed: "a section with 'domain' and 'mx' and perhaps 'mode' and 'max-age', or a list of these",
            example: [
                "domains:", "  - domain: example.org", "    mode: testing",
                "    mx: [mx.example.org, \"*.example.net\"]", "    max-age: 7d",
            ],
            "The domains and their policies."),
    ]

    private static let hostedPolicy: [Key<HostedPolicyDraft>] = [
        .optional("domain", .domain, \.domain, isRequired: true, "The domain of the mail addresses."),
        .value(
            "mode", .word, \.mode, default: HostedPolicyDraft().mode,
            """
            What senders do with a server that does not hold to the policy. 'enforce' is published once all servers \
            that the MX records name were seen to hold to it, and 'testing' until then.
            """),
        .list(
            "mx", .mxPattern, \.patterns, example: "",
            "The servers that take mail for the domain, or \"*.domain\" for all right below a name."),
        .value(
            "max-age", .time(.seconds(86_400) ... .seconds(31_536_000)), \.maxAge, default: HostedPolicyDraft().maxAge,
            "For how long senders hold to the policy without asking again. Weeks, when all works."),
        .value(
            "certificate", .file, \.certificate, note: "mta-sts-hosting.certificate",
            "A certificate for this domain's policy host, where it is not in the common one."),
        .value(
            "key", .file, \.key, note: "in the file of the certificate", "The private key of that certificate."),
    ]
}

extension ValueForm<MTASTSHostPattern> {
    /// `mx.example.org`, or `*.example.org`.
    static var mxPattern: ValueForm {
        ValueForm(noun: "host such as mx.example.org, or \"*.example.org\" for all right below it") {
            text, _ throws(ValueError) in
            guard let pattern = try? MTASTSHostPattern(parsing: text) else {
                throw ValueError("\(Shown.quoted(text)) is no host such as mx.example.org, and no \"*.example.org\"")
            }
            return pattern
        } print: { pattern in
            pattern.text
        }
    }
}
