internal import DKIM
internal import PostsealEngine

extension Declarations {
    private static let policy = defaults.configuration.guardSettings.policy
    private static let settings = defaults.configuration.guardSettings

    static let incoming: [Key<Draft>] =
        dmarc + form + delivery + depth + trust + [
            .section("fail", fail, "What to do with a message that could not be judged.")
        ]

    private static let dmarc: [Key<Draft>] = [
        .value(
            "dmarc-reject", .word, \.configuration.guardSettings.policy.onRejectRequest,
            default: policy.onRejectRequest,
            """
            DMARC fails, and the author's domain asks for rejection (p=reject). 'careful' rejects only where nothing \
            suggests that a mailing list or forwarder broke the message, and quarantines otherwise, as RFC 9989 advises.
            """),
        .value(
            "dmarc-quarantine", .word, \.configuration.guardSettings.policy.onQuarantineRequest,
            default: policy.onQuarantineRequest, "DMARC fails, and the author's domain asks for quarantine."),
        .value(
            "dmarc-none", .word, \.configuration.guardSettings.policy.onMonitoring, default: policy.onMonitoring,
            "DMARC fails, and the author's domain only watches (p=none)."),
        .value(
            "spf-fail", .word, \.configuration.guardSettings.policy.onSPFFail, default: policy.onSPFFail,
            "SPF says 'fail', and DMARC does not pass. Forwarded mail often looks like that."),
    ]

    private static let form: [Key<Draft>] = [
        .value(
            "no-author", .word, \.configuration.guardSettings.policy.onMissingAuthor, default: policy.onMissingAuthor,
            "There is no From, or none with a domain, so that nobody's policy protects the reader."),
        .value(
            "several-from", .word, \.configuration.guardSettings.policy.onSeveralFromFields,
            default: policy.onSeveralFromFields,
            "There is more than one From field: a trick that shows people another author than the one that was checked."
        ),
        .value(
            "ambiguous-from", .word, \.configuration.guardSettings.policy.onAmbiguousAuthor,
            default: policy.onAmbiguousAuthor,
            "Mail programs may read another author out of From than the one that was checked."),
    ]

    private static let delivery: [Key<Draft>] = [
        .value(
            "quarantine", .word, \.configuration.guardSettings.quarantine, default: settings.quarantine,
            """
            How mail is kept from the inbox. 'hold': the mail server keeps it until you release it (Postfix: the hold \
            queue). 'header': it is delivered with X-Postseal-Quarantine, for your delivery agent to file it.
            """),
        .value(
            "subject-prefix", .subjectPrefix, \.configuration.guardSettings.subjectPrefix,
            default: settings.subjectPrefix,
            """
            Put in front of the subject of mail that is tagged or quarantined, such as "[suspicious]". It breaks the \
            sender's DKIM signature for whoever checks after you.
            """),
        .value(
            "dry-run", .boolean, \.configuration.guardSettings.policy.isDryRun, default: policy.isDryRun,
            """
            Deliver everything, and only mark in X-Postseal and in the log what would have been done. A good beginning.
            """),
        .value(
            "received-spf", .boolean, \.configuration.guardSettings.addsReceivedSPF, default: settings.addsReceivedSPF,
            "Write a Received-SPF field besides Authentication-Results, for programs that read only that."),
    ]

    private static let depth: [Key<Draft>] = [
        .value(
            "host-name", .boolean, \.configuration.guardSettings.inspection.checksHostName,
            default: settings.inspection.checksHostName,
            "Look for the client's host name (iprev). Forwarders that are listed by their domain need it."),
        .value(
            "signatures", .count(1...100), \.configuration.guardSettings.inspection.dkim.signaturesMax,
            default: settings.inspection.dkim.signaturesMax,
            "How many DKIM signatures of a message are verified, from the top."),
        .value(
            "key-bits", .count(1024...4096), \.configuration.guardSettings.inspection.dkim.keyBitsMin,
            default: settings.inspection.dkim.keyBitsMin,
            """
            The least size of RSA keys whose signatures count. Many senders still have 1024 bits, which is also the \
            least that the standard allows.
            """),
        .value(
            "partial-body", .choice([("policy", .policy), ("trust", .trust)]),
            \.configuration.guardSettings.inspection.dkim.partialBody, default: settings.inspection.dkim.partialBody,
            """
            What a DKIM signature counts that leaves the end of the body unsigned (l=). 'policy': nothing, because \
            anybody could add to the message. 'trust': as much as any other.
            """),
    ]

    private static let trust: [Key<Draft>] = [
        .list(
            "trusted-sealers", .domain, \.configuration.guardSettings.policy.trustedSealers,
            example: "[lists.example.net]",
            """
            Domains whose ARC seals are believed: mail that they passed on, and that they saw pass DMARC, is accepted \
            although DMARC fails here. Whom you list can vouch for mail of anybody.
            """),
        .list(
            "forwarders", .forwarder, \.configuration.guardSettings.policy.forwarders,
            example: "[203.0.113.0/24, relay.example.net]",
            """
            Who forwards mail to you and breaks SPF by that: networks, or domains of the client's host name. DMARC \
            failures that come from them are let through.
            """),
        .records(
            "exceptions", exception, \.exceptions,
            allowed: "a section with 'networks', 'authors' and 'action', or a list "
                + "of these",
            example: [
                "exceptions:", "  - networks: [203.0.113.0/24]", "    authors: [example.net]", "    action: accept",
            ],
            """
            What is done with certain mail whatever is found about it; the first that fits counts. Where both networks \
            and authors are given, both must fit.
            """),
    ]

    private static let exception: [Key<ExceptionDraft>] = [
        .list("networks", .network, \.networks, note: "all", example: "[203.0.113.0/24]", "The client's networks."),
        .list(
            "authors", .domain, \.authors, note: "all", example: "[example.net]",
            "The author's domains, with all below them."),
        .optional("action", .word, \.action, isRequired: true, "What to do."),
    ]

    private static let fail: [Key<Draft>] = [
        .value(
            "dns", .word, \.configuration.guardSettings.policy.onDNSFailure, default: policy.onDNSFailure,
            "DNS did not answer, and the verdict depends on it. 'tempfail': the sender tries again, nothing is lost."),
        .value(
            "overload", .word, \.configuration.guardSettings.onOverload, default: settings.onOverload,
            "More messages are being checked than milter.messages allows."),
        .value(
            "internal", .word, \.configuration.guardSettings.onInternalError, default: settings.onInternalError,
            "Something is wrong with postseal itself."),
    ]
}
