internal import DKIM
internal import DNS
internal import MailNames
internal import PostsealEngine
internal import UnboundResolver

/// Makes the configuration of a draft: reads the files it names, and holds keys against each other.
struct Completion {
    let draft: Draft
    let files: any ConfigurationFiles
    var reading: Reading
    private var keyFiles: KeyFiles

    /// Limit: a longer trust anchor is none.
    static let anchorOctetsMax = 1 << 20
    /// Limit: a longer recorded file is refused.
    static let recordedOctetsMax = 64 << 20

    init(_ draft: Draft, files: any ConfigurationFiles, reading: Reading) {
        self.draft = draft
        self.files = files
        self.reading = reading
        keyFiles = KeyFiles(files: files)
    }

    /// The configuration; it is good only if ``reading`` then has no errors.
    mutating func configuration() -> DaemonConfiguration {
        var configuration = draft.configuration
        let name = receiverName()
        configuration.guardSettings.authservID = name
        configuration.guardSettings.inspection.receivingHost = name
        configuration.milter.listeners = listeners(draft.milterListeners, key: "milter.listen")
        configuration.http.listeners = listeners(draft.httpListeners, key: "http.listen")
        configuration.transport.socketmapListeners = listeners(
            draft.socketmapListeners, key: "transport.socketmap.listen")
        configuration.transport.relay.listeners = listeners(draft.relayListeners, key: "transport.relay.listen")
        configuration.proxy.listeners = listeners(draft.proxyListeners, key: "proxy.listen", isPublic: true)
        completeProxy(&configuration.proxy)
        completeTransport(&configuration.transport)
        completePolicyHosting(&configuration.policyHosting)
        completeReports(&configuration.transport, configuration.reports.store, name: name)
        completeReportIntake(&configuration.reports)
        completeDashboard(&configuration.dashboard, configuration.reports.store)
        checkListeners()
        completeDNS(&configuration.dns)
        configuration.guardSettings.policy.exceptions = exceptions()
        configuration.guardSettings.signing = signingRules()
        configuration.guardSettings.sealing = sealingRules()
        checkOwnMail(configuration.guardSettings)
        checkForwarders(configuration.guardSettings)
        completeReportSending(
            &configuration.reports.sending, configuration.guardSettings, configuration.transport.reports, name: name)
        return configuration
    }

    func place(_ key: String) -> ConfigurationProblem.Place { reading.place(of: key) ?? .whole }

    private mutating func receiverName() -> String {
        if !draft.name.isEmpty { return draft.name }
        let host = files.hostName
        guard AuthservID.isValid(host) else {
            // A name that is wrong in the file was complained of already.
            if reading.place(of: "name") == nil {
                reading.error(
                    "this machine has no usable name; set one, such as mx.example.org", at: .whole, key: "name")
            }
            return draft.configuration.guardSettings.authservID
        }
        if reading.place(of: "name") == nil, !host.contains(".") {
            reading.warning(
                "this machine calls itself \(Shown.quoted(host)), which others may call theirs, too; set its "
                    + "full name, "
                    + "such as mx.example.org", at: .whole, key: "name")
        }
        return host
    }

    // MARK: DNS

    private mutating func completeDNS(_ dns: inout DNSSettings) {
        if dns.lookupLimit > dns.budget {
            reading.warning(
                "one look-up may take \(ValueForm<Duration>.text(dns.lookupLimit)), but all of a message together only "
                    + "\(ValueForm<Duration>.text(dns.budget)) (dns.budget)",
                at: reading.place(of: "dns.timeout") ?? place("dns.budget"), key: "dns.timeout")
        }
        guard draft.recorded.isEmpty else {
            for other in ["dns.servers", "dns.trust-anchor", "dns.validation"] where reading.place(of: other) != nil {
                reading.error(
                    "has no meaning together with dns.recorded, which answers from a file alone: keep one of them",
                    at: place(other), key: other)
            }
            if let answers = recordedAnswers() { dns.source = .recorded(answers) }
            return
        }
        var live = UnboundConfiguration()
        live.servers = draft.servers
        live.validation = draft.validation
        live.lookupLimit = dns.lookupLimit
        if !draft.trustAnchor.isEmpty {
            if draft.validation == .off {
                reading.error(
                    "has no meaning together with 'dns.validation: off': keep one of them",
                    at: place("dns.trust-anchor"), key: "dns.trust-anchor")
            }
            if let anchor = content(of: draft.trustAnchor, key: "dns.trust-anchor", octetsMax: Self.anchorOctetsMax),
                !TrustAnchorText.hasAnchor(anchor.octets)
            {
                reading.error(
                    "\(draft.trustAnchor) has no DS or DNSKEY record", at: place("dns.trust-anchor"),
                    key: "dns.trust-anchor")
            }
            live.trustAnchorFile = draft.trustAnchor
        }
        dns.source = .live(live)
    }

    private mutating func recordedAnswers() -> RecordedAnswers? {
        guard let content = content(of: draft.recorded, key: "dns.recorded", octetsMax: Self.recordedOctetsMax) else {
            return nil
        }
        do throws(RecordedAnswersError) {
            return try RecordedAnswers(parsing: content.octets)
        } catch {
            reading.error(
                "\(draft.recorded) is no recorded file of DNS answers: \(error.description)", at: place("dns.recorded"),
                key: "dns.recorded")
            return nil
        }
    }

    mutating func content(of path: String, key: String, octetsMax: Int) -> FileContent? {
        do throws(FileError) {
            return try files.read(path, octetsMax: octetsMax)
        } catch {
            reading.error("cannot read \(path): \(error.description)", at: place(key), key: key)
            return nil
        }
    }

    // MARK: Incoming mail

    private mutating func exceptions() -> [PolicyException] {
        draft.exceptions.compactMap { exception in
            if exception.networks.isEmpty, exception.authors.isEmpty {
                reading.error(
                    "an exception needs 'networks' or 'authors'; without them it would be about no mail",
                    at: exception.place, key: "incoming.exceptions")
            }
            return exception.action.map {
                PolicyException(networks: exception.networks, authorDomains: exception.authors, action: $0)
            }
        }
    }

    private mutating func checkForwarders(_ settings: GuardSettings) {
        guard !settings.inspection.checksHostName else { return }
        for case .hostDomain(let domain) in settings.policy.forwarders {
            reading.error(
                "\(domain.text) can never fit, because host names are not looked for (incoming.host-name: no)",
                at: place("incoming.forwarders"), key: "incoming.forwarders")
        }
    }

    // MARK: Our own mail

    private mutating func checkOwnMail(_ settings: GuardSettings) {
        if !draft.signing.isEmpty, !settings.ownsAuthenticated, settings.ownNetworks.isEmpty {
            reading.warning(
                "nothing will be signed, because no mail is ours: set outgoing.authenticated or outgoing.networks",
                at: place("outgoing.signing"), key: "outgoing.signing")
        }
        for network in settings.ownNetworks where network.length == 0 {
            reading.warning(
                "\(network) is every client: all mail would be taken for ours, signed and not checked",
                at: place("outgoing.networks"), key: "outgoing.networks")
        }
    }

    private mutating func signingRules() -> [SigningRule] {
        var seen: [DomainPattern: ConfigurationProblem.Place] = [:]
        var keys = SelectorTable()
        return draft.signing.compactMap { rule in
            guard let pattern = rule.pattern else { return nil }
            let key = "outgoing.signing"
            if let earlier = seen[pattern] {
                reading.error(
                    "there is a rule for \(pattern.configurationText) already\(earlier.inWords); only the "
                        + "first would be "
                        + "used", at: rule.place, key: key)
            } else if pattern != .any, let earlier = seen[.any] {
                reading.error(
                    "comes behind the rule for \"*\"\(earlier.inWords), which fits every domain: put it in front",
                    at: rule.place, key: key)
            }
            seen[pattern] = seen[pattern] ?? rule.place
            if rule.keys.isEmpty {
                reading.error(
                    "the rule for \(pattern.configurationText) has no keys; each is a section with 'selector' "
                        + "and 'file'",
                    at: rule.place, key: key)
            }
            let domain = rule.signAs ?? pattern.exactDomain
            for complaint in keys.add(rule.keys, of: domain) {
                reading.error(complaint.text, at: complaint.place, key: "\(key).keys.selector")
            }
            return SigningRule(
                pattern: pattern, signAs: rule.signAs,
                keys: rule.keys.compactMap { draft in
                    guard let selector = draft.selector,
                        let privateKey = keyFiles.key(draft, named: "\(key).keys.file", &reading)
                    else { return nil }
                    return SigningRule.Key(selector: selector, privateKey: privateKey)
                })
        }
    }

    private mutating func sealingRules() -> [SealingRule] {
        var seen: [RecipientPattern: ConfigurationProblem.Place] = [:]
        return draft.sealing.compactMap { rule in
            for recipient in rule.recipients {
                if let earlier = seen[recipient] {
                    reading.warning(
                        "\(Shown.quoted(recipient.configurationText)) has a rule already\(earlier.inWords); "
                            + "the first is used",
                        at: rule.place, key: "outgoing.sealing.recipients")
                }
                seen[recipient] = seen[recipient] ?? rule.place
            }
            guard let domain = rule.domain, let selector = rule.key.selector,
                let privateKey = keyFiles.key(rule.key, named: "outgoing.sealing.file", &reading)
            else { return nil }
            return SealingRule(
                recipients: rule.recipients, key: .init(domain: domain, selector: selector, privateKey: privateKey))
        }
    }
}

extension DomainPattern {
    /// The domain, if it is one alone.
    var exactDomain: DomainName? {
        if case .exactly(let name) = self { return name }
        return nil
    }
}

extension ConfigurationProblem.Place {
    /// ` in line 12`, to stand within a sentence.
    var inWords: String {
        switch self {
        case .line(let line, _): " in line \(line)"
        case .variable(let name): " in \(name)"
        case .whole: ""
        }
    }
}
