internal import NIOSSL

/// A version of TLS.
public enum SMTPTLSVersion: String, Hashable, Sendable, Comparable, CustomStringConvertible {
    case tls10 = "TLSv1"
    case tls11 = "TLSv1.1"
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"

    public static func < (left: SMTPTLSVersion, right: SMTPTLSVersion) -> Bool { left.rawValue < right.rawValue }

    public var description: String { rawValue }

    var library: TLSVersion {
        switch self {
        case .tls10: .tlsv1
        case .tls11: .tlsv11
        case .tls12: .tlsv12
        case .tls13: .tlsv13
        }
    }

    init?(_ version: TLSVersion?) {
        switch version {
        case .tlsv1: self = .tls10
        case .tlsv11: self = .tls11
        case .tlsv12: self = .tls12
        case .tlsv13: self = .tls13
        default: return nil
        }
    }
}

/// What was negotiated.
public struct SMTPTLSFacts: Hashable, Sendable {
    /// Nil where the library does not say.
    public var version: SMTPTLSVersion?
    /// The cipher suite's name as IANA has it; nil where it is not known.
    public var cipher: String?
    /// The name that was asked for; nil if none was.
    public var serverName: String?
    /// The certificates that the server showed, the leaf first, each in DER. Empty on the server's side.
    public var presentedChain: [[UInt8]] = []

    public init(version: SMTPTLSVersion?, cipher: String?) {
        self.version = version
        self.cipher = cipher
    }
}
