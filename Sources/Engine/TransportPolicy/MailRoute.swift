public import DNS
public import MailNames
internal import Trace

/// Which hosts take the mail of a destination, and how far that is proved.
public struct MailRoute: Hashable, Sendable {
    /// How the hosts were found.
    public enum Source: String, Hashable, Sendable {
        /// MX records.
        case mx
        /// There are none: the domain itself is the host (RFC 5321 §5.1).
        case implicit
        /// The administrator named the host or the address.
        case fixed
    }

    /// One host that takes the mail.
    public struct Hop: Hashable, Sendable {
        /// Its name, as the MX record has it.
        public var host: DomainName
        /// Of its MX record: the lower, the sooner. 0 where there are none.
        public var preference: UInt16

        public init(host: DomainName, preference: UInt16) {
            self.host = host
            self.preference = preference
        }
    }

    /// Why there is no host.
    public enum Obstacle: Hashable, Sendable {
        /// The domain says that it takes no mail (RFC 7505).
        case nullMX
        /// There is no such domain.
        case noSuchDomain
        /// MX records could not be had: later.
        case failure(DNSStatus, detail: String?)
    }

    public var source: Source
    /// In order of preference; those of the same preference in the order of their names.
    public var hops: [Hop]
    /// Nil if there are hosts.
    public var obstacle: Obstacle?
    /// How far the MX records, or their absence, are proved.
    public var security: DNSSECState
    /// The name at which the MX records, or nothing, stand: the domain with its aliases followed.
    public var canonicalName: DomainName?
    /// For how long this holds.
    public var ttlSeconds: UInt32
    /// How many hosts of MX records were left out.
    public var omittedCount = 0

    /// Limit: so many hosts of a domain are looked at. RFC 5321 §5.1 wants two at least; no domain that works has more
    /// than a dozen.
    public static let hopsMax = 20
}

/// Finds the hosts of a destination by its MX records (RFC 5321 §5.1).
struct MailRouteLookup<R: Resolver>: Sendable {
    let resolver: R

    func route(to domain: DomainName, _ trace: inout Trace) async -> MailRoute {
        let answer = await resolver.answer(DNSQuestion(domain, .mx))
        trace.asked(answer, .rfc(5321, "5.1"))
        var route = MailRoute(
            source: .mx, hops: [], security: answer.security, canonicalName: answer.canonicalName,
            ttlSeconds: answer.ttlSeconds)
        if answer.status.isFailure {
            // RFC 7672 §2.1.2: without an answer nothing is known, and a guess could be an attacker's wish.
            route.obstacle = .failure(answer.status, detail: answer.whyBogus)
            route.ttlSeconds = 0
            trace.decided("the MX records could not be had: later", .rfc(5321, "5.1"))
            return route
        }
        var hops = answer.data.compactMap { data -> MailRoute.Hop? in
            guard case .mx(let preference, let exchange) = data else { return nil }
            return MailRoute.Hop(host: exchange, preference: preference)
        }
        if hops.isEmpty {
            guard answer.status != .nxDomain else {
                route.obstacle = .noSuchDomain
                return route
            }
            trace.decided("no MX record: \(domain.text) itself takes its mail", .rfc(5321, "5.1"))
            route.source = .implicit
            route.hops = [MailRoute.Hop(host: domain, preference: 0)]
            return route
        }
        // RFC 7505 §3: one record alone, with the root as its host. Beside others it is a mistake, and left out.
        let hosts = hops.filter { !$0.host.isRoot }
        if hosts.isEmpty {
            route.obstacle = .nullMX
            trace.decided("the null MX: \(domain.text) takes no mail", .rfc(7505, "3"))
            return route
        }
        hops = hosts.sorted { ($0.preference, $0.host.text) < ($1.preference, $1.host.text) }
        var seen: Set<DomainName> = []
        hops = hops.filter { seen.insert($0.host).inserted }
        if hops.count > MailRoute.hopsMax {
            route.omittedCount = hops.count - MailRoute.hopsMax
            trace.limit("\(route.omittedCount) hosts more than are looked at", .rfc(5321, "5.1"))
        }
        route.hops = Array(hops.prefix(MailRoute.hopsMax))
        return route
    }
}
