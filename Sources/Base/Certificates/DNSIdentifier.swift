internal import MailBytes
public import MailNames

/// A name that a certificate presents, as far as it can be a host's: a DNS-ID of RFC 6125 §1.8.
public enum DNSIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// One name.
    case exact(DomainName)
    /// `*.` and this: every name one label below it.
    case wildcard(below: DomainName)

    /// Reads a name of a certificate; nil for what is no host's name, such as one with a zero octet in it, and for a
    /// wildcard anywhere but in place of the whole first label.
    public init?(_ octets: [UInt8]) {
        // RFC 7672 §3.2.3: the wildcard must be the entire first label.
        let isWildcard = octets.starts(with: Array("*.".utf8))
        guard let name = try? DomainName(isWildcard ? octets[2...] : octets[...]), name.isHostName else { return nil }
        guard isWildcard else {
            self = .exact(name)
            return
        }
        // Unspecified: RFC 6125 leaves it open how high a wildcard may stand. `*.org` stands for everybody there, so
        // that no careful authority gives it; it is not believed.
        guard name.labelCount >= 2 else { return nil }
        self = .wildcard(below: name)
    }

    /// Whether the host may be called by this (RFC 6125 §6.4).
    public func matches(_ reference: DomainName) -> Bool {
        switch self {
        case .exact(let name): name == reference
        // RFC 6125 §6.4.3: one label, and that a whole one.
        case .wildcard(let suffix): reference.parent == suffix
        }
    }

    public var description: String {
        switch self {
        case .exact(let name): name.text
        case .wildcard(let suffix): "*.\(suffix.text)"
        }
    }
}

extension Certificate {
    /// The names that hosts may be called by, in order.
    ///
    /// - Parameter allowingCommonName: takes the common name where there is no DNS-ID at all, as DANE does
    ///   (RFC 7672 §3.2.3) and MTA-STS must not (RFC 8461 §4.1). A DNS-ID that is no host's name is still there.
    public func identifiers(allowingCommonName: Bool = false) -> [DNSIdentifier] {
        if dnsNames.isEmpty, allowingCommonName { return commonName.flatMap { DNSIdentifier($0) }.map { [$0] } ?? [] }
        return dnsNames.compactMap { DNSIdentifier($0) }
    }

    /// Whether the certificate is one for this host.
    public func matches(_ reference: DomainName, allowingCommonName: Bool = false) -> Bool {
        identifiers(allowingCommonName: allowingCommonName).contains { $0.matches(reference) }
    }

    /// The first reference name that the certificate is for, with the name that it presents; nil if there is none.
    public func match(
        anyOf references: [DomainName], allowingCommonName: Bool = false
    ) -> (reference: DomainName, presented: DNSIdentifier)? {
        let identifiers = identifiers(allowingCommonName: allowingCommonName)
        for reference in references {
            if let presented = identifiers.first(where: { $0.matches(reference) }) { return (reference, presented) }
        }
        return nil
    }
}
