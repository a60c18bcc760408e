public import MailBytes

/// Whether a presented chain leads to a trust anchor, and if not, the first reason found.
///
/// Each failure is one of the result types of RFC 8460 §4.3, which says how.
public enum ChainVerdict: Hashable, Sendable {
    /// A valid path; the anchor is this many certificates above the leaf, which is 0.
    case trusted(depth: Int)
    /// A certificate of the path has expired, at this time if it is known (`certificate-expired`).
    case expired(depth: Int, notAfter: UnixTime?)
    /// A certificate of the path is not valid yet (`validation-failure`).
    case notYetValid(depth: Int, notBefore: UnixTime?)
    /// No path to an anchor: self-signed, an unknown authority, a certificate missing, a signature that is another's
    /// (`certificate-not-trusted`). The text is libcrypto's.
    case notTrusted(depth: Int, text: String)
    /// The path is good, but the certificate is for other hosts (`certificate-host-mismatch`).
    case hostMismatch(presented: [String])
    /// The path breaks a rule: not for servers, too long, too weak (`validation-failure`). The text is libcrypto's.
    case invalid(depth: Int, text: String)

    /// Whether the peer is who it should be.
    public var isTrusted: Bool { if case .trusted = self { true } else { false } }

    /// The result type of RFC 8460 §4.3; nil for a trusted chain.
    public var reportType: String? {
        switch self {
        case .trusted: nil
        case .expired: "certificate-expired"
        case .notTrusted: "certificate-not-trusted"
        case .hostMismatch: "certificate-host-mismatch"
        case .notYetValid, .invalid: "validation-failure"
        }
    }
}

extension ChainVerdict: CustomStringConvertible {
    /// One clause for a person.
    public var description: String {
        switch self {
        case .trusted(let depth): "trusted at depth \(depth)"
        case .expired(let depth, let time):
            "the \(Self.place(depth)) has expired" + (time.map { " at \($0.rfc3339)" } ?? "")
        case .notYetValid(let depth, let time):
            "the \(Self.place(depth)) is not yet valid" + (time.map { ", only from \($0.rfc3339)" } ?? "")
        case .notTrusted(let depth, let text), .invalid(let depth, let text): "\(text), at the \(Self.place(depth))"
        case .hostMismatch(let presented):
            presented.isEmpty
                ? "the certificate names no host" : "the certificate is for \(Self.list(presented)) and not this host"
        }
    }

    private static func place(_ depth: Int) -> String {
        depth == 0 ? "server's certificate" : "certificate at depth \(depth)"
    }

    /// Names that a person is shown; a certificate can have thousands.
    private static let shownNamesMax = 5

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(shownNamesMax).joined(separator: ", ")
        return names.count > shownNamesMax ? "\(shown) and \(names.count - shownNamesMax) more" : shown
    }
}
