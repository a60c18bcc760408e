internal import PostsealEngine

extension Declarations {
    static let outgoing: [Key<Draft>] = [
        .value(
            "authenticated", .boolean, \.configuration.guardSettings.ownsAuthenticated,
            default: defaults.configuration.guardSettings.ownsAuthenticated,
            "Mail of clients that logged in is ours."),
        .list(
            "networks", .network, \.configuration.guardSettings.ownNetworks, example: "[127.0.0.0/8, \"::1\"]",
            """
            Clients whose mail is ours without a login. List only who may send as your domains: what comes from here \
            is not checked.
            """),
        .value(
            "keep-results", .boolean, \.configuration.guardSettings.trustsResultsOfOwnNetworks,
            default: defaults.configuration.guardSettings.trustsResultsOfOwnNetworks,
            """
            Leave Authentication-Results that bear your name on mail from outgoing.networks. Only where everybody \
            there who can send is trusted with them, such as a filter that hands checked mail back to your server.
            """),
        .value(
            "unsigned", .word, \.configuration.guardSettings.onUnsigned,
            default: defaults.configuration.guardSettings.onUnsigned,
            "What to do with our mail when a rule wants a signature and no key can be used. Each case is logged."),
        .records(
            "signing", signing, \.signing, allowed: "a section with 'domain' and 'keys', or a list of these",
            example: [
                "signing:", "  - domain: example.org", "    sign-as: example.org", "    keys:",
                "      - selector: s2026", "        file: keys/s2026.example.org.pem",
            ],
            """
            How our mail is signed with DKIM, by the domain in From; the first rule that fits is used. Make a key \
            with 'postseal dkim key', publish its record, then name it here. A key is used when DNS has its record: \
            to change keys, put the new one first and leave the old one below it for a few days.
            """),
        .records(
            "sealing", sealing, \.sealing,
            allowed: "a section with 'recipients', 'domain', 'selector' and 'file', or a list of these",
            example: [
                "sealing:", "  - recipients: [list@example.org, \"@forward.example.org\"]", "    domain: example.org",
                "    selector: arc", "    file: keys/arc.example.org.pem",
            ],
            """
            Which mail from strangers is sealed with ARC, because it is passed on from here: to mailing lists and \
            forwarded addresses.
            """),
    ]

    private static let signing: [Key<SigningDraft>] = [
        .optional(
            "domain", .domainPattern, \.pattern, isRequired: true,
            "Whose mail: a domain, \"*.example.org\" for all below it, or \"*\" for every domain."),
        .optional(
            "sign-as", .domain, \.signAs, note: "the author's domain",
            "The domain in the signature (d=). For DMARC it must belong to the author's organisation."),
        .records(
            "keys", signingKey, \.keys, allowed: "a section with 'selector' and 'file', or a list of these",
            example: [],
            "The keys, newest first. With an RSA and an Ed25519 key, mail gets a signature of each."),
    ]

    private static let signingKey: [Key<KeyDraft>] = [
        .optional(
            "selector", .selector, \.selector, isRequired: true,
            "The name under which the public half is published, in front of ._domainkey."),
        .file(
            "file", \.file, at: \.filePlace,
            "The private key in PEM. Only postseal may read it: chmod 600, or 640 with a group of its own."),
    ]

    private static let sealing: [Key<SealingDraft>] = [
        .list(
            "recipients", .recipient, \.recipients, example: "", isRequired: true,
            "Addresses that stand for forwarding, or \"@domain\" for all there."),
        .optional("domain", .domain, \.domain, isRequired: true, "The domain in the seal (d=)."),
        .optional("selector", .selector, \.key.selector, isRequired: true, "The selector of the key."),
        .file(
            "file", \.key.file, at: \.key.filePlace,
            "The private key in PEM, readable by postseal alone."),
    ]
}
