public import MailBytes
public import MailNames

/// Checks what a TLS server presented: a path to an anchor by RFC 5280 §6, for use by a TLS server, at a given time,
/// and the server's name.
///
/// The path is libcrypto's work; the names are compared here. Revocation is not looked at: RFC 7672 §4 does not count
/// on it, and no mail server asks.
public struct ChainCheck: Sendable {
    /// Where a path may end.
    public var anchors: TrustAnchors
    /// The names of which the certificate must have one; empty where names do not count.
    public var references: [DomainName]
    /// Whether the common name counts where there is no DNS-ID: for DANE alone (RFC 7672 §3.2.3).
    public var allowsCommonName: Bool
    /// Whether the dates of the anchor itself do not matter. An anchor is a name and a key (RFC 5280 §6.1.1 (d)); where
    /// something else says that it is good now, as a signed TLSA record does, its dates say nothing more.
    public var ignoresAnchorDates: Bool

    public init(
        anchors: TrustAnchors, references: [DomainName], allowsCommonName: Bool = false,
        ignoresAnchorDates: Bool = false
    ) {
        self.anchors = anchors
        self.references = references
        self.allowsCommonName = allowsCommonName
        self.ignoresAnchorDates = ignoresAnchorDates
    }

    /// The verdict on a chain; takes some 0.1 ms for each certificate of the path.
    public func verdict(for chain: PresentedChain, at time: UnixTime) -> ChainVerdict {
        let verdict = anchors.store.verify(
            chain.leaf.object, untrusted: chain.intermediates.map(\.object), at: time,
            ignoringAnchorDates: ignoresAnchorDates)
        guard verdict.isTrusted, !references.isEmpty,
            chain.leaf.match(anyOf: references, allowingCommonName: allowsCommonName) == nil
        else { return verdict }
        return .hostMismatch(
            presented: chain.leaf.identifiers(allowingCommonName: allowsCommonName).map(\.description))
    }
}
