public import MailNames

/// The names of which a server's certificate must have one, where an authority vouches for it (RFC 7672 §3.2.2).
public struct DANEReferenceNames: Hashable, Sendable {
    /// All of them, the TLSA base domain first.
    public let names: [DomainName]

    /// - Parameters:
    ///   - baseDomain: the TLSA base domain.
    ///   - nextHop: the original next-hop domain, if MX records led here and are proved, or if there were none and
    ///     the base domain is its expansion. Nil where the MX records are not proved: then the base domain is the
    ///     only name.
    ///   - expandedNextHop: the next-hop domain with its aliases followed, if it has any.
    public init(baseDomain: DomainName, nextHop: DomainName? = nil, expandedNextHop: DomainName? = nil) {
        var names = [baseDomain]
        for name in [nextHop, nextHop == nil ? nil : expandedNextHop] {
            if let name, !names.contains(name) { names.append(name) }
        }
        self.names = names
    }

    /// These names, in this order.
    public init(baseDomain: DomainName, others: [DomainName]) {
        var names = [baseDomain]
        for name in others where !names.contains(name) { names.append(name) }
        self.names = names
    }
}
