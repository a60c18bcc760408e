internal import MailBytes

/// The TXT record at `_mta-sts.<domain>`: says that the domain has a policy, and which one (RFC 8461 §3.1).
///
/// It proves nothing and has no policy in it; the policy is fetched by HTTPS. See ``MTASTSPolicyFetcher``.
public struct MTASTSRecord: Hashable, Sendable {
    /// Tag `id`: another one means another policy. 1 to 32 letters and digits, without an order among them.
    public let id: String

    /// A record; nil if the text cannot be an `id`.
    public init?(id: String) {
        guard Self.isID(Array(id.utf8)[...]) else { return nil }
        self.id = id
    }

    init(checkedID: ArraySlice<UInt8>) { id = String(lossy: checkedID) }

    static func isID(_ octets: ArraySlice<UInt8>) -> Bool {
        !octets.isEmpty && octets.count <= MTASTSLimits.idLengthMax && octets.allSatisfy(\.isAlphanumeric)
    }

    /// The record as it is published.
    public var text: String { "v=STSv1; id=\(id);" }
}

extension MTASTSRecord: CustomStringConvertible {
    public var description: String { text }
}
