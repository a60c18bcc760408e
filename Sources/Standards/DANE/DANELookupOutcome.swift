public import DNS
public import MailNames
public import Trace

/// What DNS says about how a mail server has to be reached and recognised.
public struct DANELookupOutcome: Hashable, Sendable {
    /// The host as it was given: of an MX record, a relay, or the mail domain itself.
    public var host: DomainName
    /// The port whose records were asked for.
    public var port: UInt16
    /// What has to hold for a connection to this host.
    public var finding: DANEFinding
    /// Where the host is, IPv6 and IPv4 as DNS gave them; empty where nothing is known.
    public var addresses: [IPAddress]
    /// The name with all aliases followed.
    public var canonicalName: DomainName
    /// How far the addresses, with the aliases on the way, are proved.
    public var addressSecurity: DNSSECState
    /// Every answer that counted, in the order in which it was asked for: the evidence.
    public var answers: [DNSAnswer]
    /// For how long the whole may be kept: the least of the answers' times.
    public var ttlSeconds: UInt32
    /// One clause for a person.
    public var reason: String
    /// Every question and rule, if it was asked for.
    public var trace: Trace

    /// What the client puts into the server name indication: the TLSA base domain (RFC 7672 §8.1), else the host.
    public var serverName: DomainName { finding.baseDomain ?? host }
}

/// What has to hold for a connection to a mail server: the four actions of RFC 7672 §2.2, and "there is no server".
public enum DANEFinding: Hashable, Sendable {
    /// Proved records, one at least usable: TLS and authentication are mandatory.
    case usable(TLSARecordSet, baseDomain: DomainName)
    /// Proved records, none of them usable: TLS is mandatory, authentication impossible.
    case unusable(TLSARecordSet, baseDomain: DomainName)
    /// DANE does not apply: what else is in force counts, at last opportunistic TLS.
    case none(DANEAbsence)
    /// A question that had to be answered was not: the server counts as unreachable, for now.
    case failure(DANELookupFailure)
    /// The host has no address: there is nothing to connect to.
    case unreachable

    /// The name of which records were found; nil where there are none.
    public var baseDomain: DomainName? {
        switch self {
        case .usable(_, let domain), .unusable(_, let domain): domain
        case .none, .failure, .unreachable: nil
        }
    }

    /// The records found; nil where there are none.
    public var records: TLSARecordSet? {
        switch self {
        case .usable(let records, _), .unusable(let records, _): records
        case .none, .failure, .unreachable: nil
        }
    }

    /// Whether the server has committed itself to TLS, so that nothing may go there in the clear.
    public var requiresTLS: Bool { records != nil }
}

/// Why DANE does not apply to a host.
public enum DANEAbsence: Hashable, Sendable, CustomStringConvertible {
    /// The addresses are proved to be unsigned, so no TLSA records were asked for (RFC 7672 §2.2.2).
    case insecureAddresses
    /// Nothing was validated, or no trust anchor covers the host: there can be no proof.
    case notValidated
    /// It is proved that there are no records.
    case noRecords
    /// There are records, or none, but nothing proves it.
    case insecureRecords

    public var description: String {
        switch self {
        case .insecureAddresses: "the addresses are not signed, so no TLSA records are asked for"
        case .notValidated: "nothing is validated by DNSSEC here"
        case .noRecords: "there are no TLSA records"
        case .insecureRecords: "the TLSA records, or their absence, are not signed"
        }
    }
}

/// A question that DNS did not answer.
public struct DANELookupFailure: Hashable, Sendable, CustomStringConvertible {
    public var question: DNSQuestion
    public var status: DNSStatus
    /// What the resolver said about a failed validation.
    public var detail: String?

    /// The failure that an answer without a use is.
    public init(_ answer: DNSAnswer) {
        question = answer.question
        status = answer.status
        detail = answer.whyBogus
    }

    /// Whether an attack, or a zone that is signed wrongly, is the likelier reason: `dnssec-invalid` of RFC 8460
    /// §4.3.2.
    public var isDNSSEC: Bool { status == .bogus || !status.isFailure }

    public var description: String {
        let what = status.isFailure ? "\(status)" : "no proof"
        return "\(what) for \(question)" + (detail.map { " (\($0))" } ?? "")
    }
}
