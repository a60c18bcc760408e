public import DANE
public import MTASTS
public import MailNames

/// What has to hold before mail may go to a server: what DANE asks for, and what MTA-STS asks for. Where neither does,
/// TLS is used if the server has it, and whoever it says it is.
public struct ServerDemand: Hashable, Sendable {
    /// Nil where DANE does not apply.
    public var dane: DANEDemand?
    /// Nil where the domain has no MTA-STS policy in force.
    public var sts: STSDemand?
    /// Whether the message's sender demands that the server show who it is, by DANE or a certificate that an authority
    /// vouches for (RFC 8689 §4.2.1).
    public var requiresProof = false

    public init(dane: DANEDemand? = nil, sts: STSDemand? = nil) {
        self.dane = dane
        self.sts = sts
    }

    /// Nothing is asked for.
    public static let opportunistic = ServerDemand()

    /// Whether mail may go there through TLS alone.
    public var requiresTLS: Bool { dane != nil || sts?.isEnforced == true || requiresProof }

    /// Whether the server must show who it is.
    public var requiresAuthentication: Bool {
        if case .authenticated = dane?.level { return true }
        return sts?.isEnforced == true || requiresProof
    }
}

/// What DANE asks of a server (RFC 7672 §2.2).
public struct DANEDemand: Hashable, Sendable {
    /// How much.
    public enum Level: Hashable, Sendable {
        /// One of the records must match.
        case authenticated
        /// None of the records can be used: TLS, with whomever.
        case encrypted
    }

    public var level: Level
    /// The server's TLSA records.
    public var records: TLSARecordSet
    /// The names that count with DANE-TA(2).
    public var references: DANEReferenceNames
    /// What the client says in the server name indication (RFC 7672 §8.1).
    public var serverName: DomainName
    /// Whether the way to the host is proved as well, and not the host alone.
    public var isRouteProved: Bool

    /// Whether it needs no second opinion: there is proof from the domain down to the certificate.
    public var decides: Bool { isRouteProved && level == .authenticated }
}

/// What MTA-STS asks of a server (RFC 8461 §5).
public struct STSDemand: Hashable, Sendable {
    /// What becomes of a failure.
    public enum Effect: String, Hashable, Sendable {
        /// No mail goes to the server.
        case enforce
        /// It is reported (RFC 8461 §5, mode "testing").
        case testing
        /// It is reported: DANE, with proof all the way, decides.
        case observed
    }

    public var effect: Effect
    /// The pattern of the policy that the host matches; nil where it matches none, and so is none of the domain's.
    public var pattern: MTASTSHostPattern?
    /// The name that the certificate must bear (RFC 8461 §4.1): the host's, not the domain's.
    public var host: DomainName

    /// Whether mail may go to this server if it holds to the policy, and not else.
    public var isEnforced: Bool { effect == .enforce }
}
