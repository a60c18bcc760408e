internal import ARC
internal import AuthenticationResults
internal import DMARC
internal import MailFormat
internal import MailNames
internal import SPF

// Who may bring mail whose authentication broke on the way.

/// Whether a failure is laid to somebody whom the administrator listed.
enum Exemption {
    case none
    /// The clause says who.
    case granted(String)
    /// DNS did not say whether it is one of them. The clause says what is not known.
    case undecided(String)
}

extension DecisionPolicy {
    /// Whether any forwarder is listed by its host name.
    var needsHostName: Bool {
        forwarders.contains { if case .hostDomain = $0 { true } else { false } }
    }

    /// Whether a trusted sealer saw DMARC pass for this author, or a listed forwarder brings the message.
    func dmarcExemption(_ findings: Findings) -> Exemption {
        guard let author = findings.authorDomain else { return forwarderExemption(findings) }
        let sealer = trustedSealer(findings) { Self.showsDMARCPass($0, author: author) }
        return sealer.map { .granted("the intact ARC chain of trusted sealer \($0.text) saw it pass") }
            ?? forwarderExemption(findings)
    }

    /// As ``dmarcExemption(_:)``; a trusted sealer that saw SPF pass for the same reverse-path is enough.
    func spfExemption(_ findings: Findings) -> Exemption {
        if case .granted(let why) = dmarcExemption(findings) { return .granted(why) }
        guard let domain = findings.spf?.domain else { return forwarderExemption(findings) }
        let sealer = trustedSealer(findings) { Self.showsSPFPass($0, domain: domain) }
        return sealer.map { .granted("the intact ARC chain of trusted sealer \($0.text) saw it pass") }
            ?? forwarderExemption(findings)
    }

    private func forwarderExemption(_ findings: Findings) -> Exemption {
        if forwarders.contains(where: { $0.matches(findings) }) {
            return .granted("a listed forwarder passed the message on")
        }
        if findings.arc.isTemporary, let newest = findings.arc.sealer, trustedSealers.contains(newest) {
            return .undecided("the ARC chain of \(newest.text)")
        }
        if findings.iprev?.result == .temperror, needsHostName { return .undecided("the client's host name") }
        return .none
    }

    /// The trusted sealer whose results say something, if only trusted ones handled the message after it.
    ///
    /// RFC 8617 §7.2 and §5.2: what a set says counts only in a chain that was validated as a whole, and only from
    /// somebody who is known. Anybody can write the name of a trusted sealer.
    private func trustedSealer(
        _ findings: Findings, saw isShown: (AuthenticationResultsField) -> Bool
    ) -> DomainName? {
        guard !trustedSealers.isEmpty, findings.arc.result == .pass else { return nil }
        // A signature that leaves From out says nothing about the author: another could have been put there since.
        guard findings.arc.sets.last?.signedFieldNames.contains("from") == true else { return nil }
        for set in findings.arc.sets.reversed() {
            guard let sealer = set.sealer, trustedSealers.contains(sealer) else { return nil }
            if let results = set.results, isShown(results) { return sealer }
        }
        return nil
    }

    /// The author must be the one of today: a list that writes another From proves nothing about it.
    private static func showsDMARCPass(_ field: AuthenticationResultsField, author: DomainName) -> Bool {
        field.results.contains { result in
            result.method == "dmarc" && result.result == "pass" && domains(result, .header, "from").contains(author)
        }
    }

    private static func showsSPFPass(_ field: AuthenticationResultsField, domain: DomainName) -> Bool {
        field.results.contains { result in
            result.method == "spf" && result.result == "pass"
                && (domains(result, .smtp, "mailfrom") + domains(result, .smtp, "helo")).contains(domain)
        }
    }

    /// The domains of a property, which may be an address.
    private static func domains(
        _ result: MethodResult, _ type: MethodResult.PropertyType, _ name: String
    ) -> [DomainName] {
        result.properties.filter { $0.type == type && $0.name == name }.compactMap { property in
            let start = property.value.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
            return try? DomainName(mailDomain: property.value[start...])
        }
    }
}
