public import Certificates
public import Trace

/// Whether a server is the one that its TLSA records name.
public struct DANEOutcome: Hashable, Sendable {
    /// The record that the server was authenticated by; nil if it was not.
    public var record: TLSARecord?
    /// At which depth of the chain the record matched, 0 being the server's own certificate. A bare key that signed
    /// the topmost certificate counts as one above it. Nil if the server was not authenticated.
    public var depth: Int?
    /// How many records were usable.
    public var usableCount: Int
    /// Why the server is not authenticated; nil if it is.
    public var failure: DANEFailure?
    /// One clause for a person.
    public var reason: String
    /// Every comparison, if it was asked for.
    public var trace: Trace

    /// Whether the server is authenticated.
    public var isMatched: Bool { record != nil }
}

/// Why a server is not authenticated by its records.
public enum DANEFailure: Hashable, Sendable {
    /// No record is usable: TLS is mandatory all the same, but nothing can be authenticated (RFC 7672 §2.2).
    case noUsableRecord
    /// No record matches what the server presented.
    case noMatch
    /// An authority's record matches, but the path to it or the name is not right.
    case chain(ChainVerdict)

    /// The result type of RFC 8460 §4.3.
    public var reportType: String {
        switch self {
        case .noUsableRecord: "tlsa-invalid"
        case .noMatch: "validation-failure"
        case .chain(let verdict): verdict.reportType ?? "validation-failure"
        }
    }
}
