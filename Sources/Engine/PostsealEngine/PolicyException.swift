internal import MailFormat
public import MailNames

/// What is done with certain messages whatever is found about them.
public struct PolicyException: Hashable, Sendable {
    /// Client networks it applies to; empty: all.
    public var networks: [IPPrefix]
    /// Author domains it applies to, with the names below them; empty: all. Nothing shows that the author is who From
    /// says, so that one that accepts takes forged mail of these domains, too: name networks besides.
    public var authorDomains: [DomainName]
    /// What is done.
    public var action: PolicyAction

    public init(networks: [IPPrefix] = [], authorDomains: [DomainName] = [], action: PolicyAction) {
        self.networks = networks
        self.authorDomains = authorDomains
        self.action = action
    }

    /// How far an exception is about a message.
    enum Fit {
        case none
        /// Some of the authors are meant, or it is in doubt who the author is: the exception can only make it worse.
        case part
        case whole
    }

    /// Whether the exception is about this message. With neither networks nor domains it is about none.
    func fit(_ findings: Findings) -> Fit {
        guard !networks.isEmpty || !authorDomains.isEmpty else { return .none }
        if !networks.isEmpty {
            guard let address = findings.clientAddress?.unmapped, networks.contains(where: { $0.contains(address) })
            else { return .none }
        }
        guard !authorDomains.isEmpty else { return .whole }
        let authors = findings.authors
        let meant = authors.domains.count { author in authorDomains.contains { author.isEqualOrSubdomain(of: $0) } }
        guard meant > 0 else { return .none }
        // One author could be there to bring another in, or to get away with it.
        return meant == authors.domains.count && !isInDoubt(authors) ? .whole : .part
    }

    /// Whether a program may read an author who is not among those that were read.
    private func isInDoubt(_ authors: Authors) -> Bool {
        authors.ambiguities.contains { $0.misleads == .programs && $0 != .severalMailboxes && $0 != .repeatedMailbox }
    }
}

/// Somebody who is known to forward mail as it came, and so breaks SPF without ill intent.
public enum ListedForwarder: Hashable, Sendable {
    /// Clients in this network.
    case network(IPPrefix)
    /// Clients whose verified host name (`iprev`) is this one or below it.
    case hostDomain(DomainName)

    func matches(_ findings: Findings) -> Bool {
        switch self {
        case .network(let network): findings.clientAddress.map { network.contains($0.unmapped) } ?? false
        case .hostDomain(let domain): findings.iprev?.verifiedName?.isEqualOrSubdomain(of: domain) ?? false
        }
    }
}
