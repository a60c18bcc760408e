public import DANE
public import DNS
public import MailBytes
public import MailNames
public import Trace

/// Where mail for a destination may go, what each server has to prove, and why: the one answer to which all ways of
/// sending mail hold, and that the command explains.
public struct TransportPlan: Hashable, Sendable {
    /// What protects the way of the mail, in a word: the best that holds for any of its servers.
    public enum Protection: String, Hashable, Sendable, CaseIterable {
        case dane
        case sts
        /// TLS where the server offers it; nobody vouches for anything.
        case opportunistic
        /// There is no server to send to, or none is known for now.
        case none
    }

    public var destination: MailDestination
    public var route: MailRoute
    /// In order of preference.
    public var servers: [ServerPlan]
    /// What is known of the destination's MTA-STS policy.
    public var sts: STSState
    /// When it was made.
    public var madeAt: UnixTime
    /// For how long it may be used; 0 for what failed.
    public var ttlSeconds: UInt32
    /// One clause for a person.
    public var reason: String
    /// Every question, answer and rule, if it was asked for.
    public var trace: Trace
    /// Whether the message's sender waived what the servers would have to prove (RFC 8689 §4.2.2).
    public var isWaived = false

    /// What protects the way.
    public var protection: Protection {
        let open = servers.filter { $0.obstacle == nil }
        if open.contains(where: { $0.demand.dane != nil }) { return .dane }
        if open.contains(where: { $0.demand.sts != nil }) { return .sts }
        if !open.isEmpty { return .opportunistic }
        // All servers are shut out: say by what.
        if sts.active != nil, servers.contains(where: { $0.obstacle == .notInPolicy }) { return .sts }
        return .none
    }

    /// What to do where no server can be used.
    public enum Dead: Hashable, Sendable {
        /// Try again later: something that has to be known is not, or no server holds to the policy (RFC 7672 §2.1.2,
        /// RFC 8461 §5).
        case later(String)
        /// Give up: with the enhanced status code of RFC 3463, RFC 7505.
        case never(String, enhancedCode: String)
    }

    /// Nil where there is a server to try.
    public var dead: Dead? {
        switch route.obstacle {
        case .nullMX: return .never("the domain does not accept mail", enhancedCode: "5.1.10")
        case .noSuchDomain: return .never("there is no such domain", enhancedCode: "5.1.2")
        case .failure(let status, _): return .later("MX look-up failed: \(status)")
        case nil: break
        }
        guard servers.allSatisfy({ $0.obstacle != nil }) else { return nil }
        // RFC 5321 §5.1: a host without an address is an error; for a domain without MX records that is final.
        if servers.allSatisfy({ $0.obstacle == .noAddress }) {
            return route.source == .implicit
                ? .never("the domain has neither MX nor address records", enhancedCode: "5.1.2")
                : .later("no server of the domain has an address")
        }
        let first = servers.first { $0.obstacle != .noAddress }
        // RFC 8689 §4.2.1: what the sender demands, and nobody has, is no reason to wait.
        if let first, servers.allSatisfy({ [.noAddress, .notProved].contains($0.obstacle) }) {
            return .never(first.reason, enhancedCode: "5.7.30")
        }
        return .later(first?.reason ?? "no server can be used")
    }
}

/// One server of a plan.
public struct ServerPlan: Hashable, Sendable {
    /// Why the server can't be used.
    public enum Obstacle: Hashable, Sendable {
        /// It has no address.
        case noAddress
        /// DNS did not answer what has to be known: it counts as unreachable (RFC 7672 §2.1.2).
        case lookupFailed(DANELookupFailure)
        /// An MTA-STS policy in force does not name it (RFC 8461 §5.1).
        case notInPolicy
        /// DNS does not say whether there is an MTA-STS policy.
        case policyUnknown
        /// Nothing proves that it is the domain's, and the message's sender demands that (RFC 8689 §4.2.1).
        case notProved
    }

    /// Its name; the root for an address without one.
    public var host: DomainName
    /// Where it listens.
    public var port: UInt16
    /// Of its MX record: the lower, the sooner.
    public var preference: UInt16
    /// Where the host is, as DNS gave it.
    public var addresses: [IPAddress]
    /// How far its addresses are proved.
    public var addressSecurity: DNSSECState
    /// What it has to prove.
    public var demand: ServerDemand
    /// Nil if it may be tried.
    public var obstacle: Obstacle?
    /// One clause for a person.
    public var reason: String

    /// The name for the server name indication.
    public var serverName: DomainName { demand.dane?.serverName ?? host }
}
