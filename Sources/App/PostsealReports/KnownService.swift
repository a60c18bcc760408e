/// A service that many domains send through, known by the names of its hosts.
///
/// The list is our own, made of what the operators say and of the names that their servers bear. Only a host name that
/// leads back to its address (``SourceHost/confirmedName``) may be looked for here: names of addresses can be anything.
public struct KnownService: Hashable, Sendable {
    /// What a service does.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// People have their mailboxes there, with their own domains, too.
        case mailboxes
        /// Programs send through it: newsletters, invoices, tickets.
        case bulk
        /// It filters mail, and hands it on.
        case filter
        /// It hands on what comes for addresses or lists.
        case forwarder
        /// It lets machines: who sends from there is not known by the name.
        case hosting
    }

    /// As people call it.
    public let name: String
    public let kind: Kind

    /// Finds the service whose host this is, by the longest name in the list that it is below.
    public init?(host: String) {
        var rest = Substring(host)
        while !rest.isEmpty {
            if let found = Self.byDomain[String(rest)] {
                self = found
                return
            }
            guard let dot = rest.firstIndex(of: ".") else { return nil }
            rest = rest[rest.index(after: dot)...]
        }
        return nil
    }

    private init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    private static let byDomain: [String: KnownService] = {
        var services: [String: KnownService] = [:]
        for (kind, entries) in KnownServiceTable.all {
            for entry in entries {
                for domain in entry.domains.split(separator: " ") {
                    services[String(domain)] = KnownService(entry.name, kind)
                }
            }
        }
        return services
    }()
}
