public import MailBytes
public import MailNames

/// A DKIM-Signature field, read: RFC 6376 §3.5.
///
/// What is hashed is never printed from this value: it is the field's own octets, see ``DKIMHeaderHash``.
public struct DKIMSignature: Hashable, Sendable {
    /// Tag `a=`.
    public var algorithm: DKIMAlgorithm
    /// Tag `b=`, decoded. Empty in a field that is being made.
    public var signature: [UInt8]
    /// Tag `bh=`, decoded: 32 octets.
    public var bodyHash: [UInt8]
    /// Tag `c=`.
    public var canonicalization: DKIMCanonicalization
    /// SDID, tag `d=`.
    public var domain: DomainName
    /// Tag `s=`.
    public var selector: DomainName
    /// Tag `h=`.
    public var fieldNames: DKIMFieldNames
    /// AUID, tag `i=`; nil if there is none, which means `@` and the domain.
    public var identity: DKIMIdentity?
    /// Tag `l=`: how many octets of the canonical body are signed; nil for all.
    public var bodyLength: Int?
    /// Tag `t=`.
    public var signedAt: UnixTime?
    /// Tag `x=`.
    public var expiresAt: UnixTime?

    public init(
        algorithm: DKIMAlgorithm, signature: [UInt8] = [], bodyHash: [UInt8],
        canonicalization: DKIMCanonicalization, domain: DomainName, selector: DomainName,
        fieldNames: DKIMFieldNames, identity: DKIMIdentity? = nil, bodyLength: Int? = nil,
        signedAt: UnixTime? = nil, expiresAt: UnixTime? = nil
    ) {
        self.algorithm = algorithm
        self.signature = signature
        self.bodyHash = bodyHash
        self.canonicalization = canonicalization
        self.domain = domain
        self.selector = selector
        self.fieldNames = fieldNames
        self.identity = identity
        self.bodyLength = bodyLength
        self.signedAt = signedAt
        self.expiresAt = expiresAt
    }

    /// The domain of `i=`, or of `d=` where there is none.
    public var identityDomain: DomainName { identity?.domain ?? domain }
}

/// On whose behalf a domain signs, AUID: tag `i=`, RFC 6376 §3.5.
public struct DKIMIdentity: Hashable, Sendable {
    /// The octets in front of `@`, decoded; empty if there are none.
    public var localPart: [UInt8]
    public var domain: DomainName

    public init(localPart: [UInt8] = [], domain: DomainName) {
        self.localPart = localPart
        self.domain = domain
    }

    /// Reads `user@domain` or `@domain`; nil if there is no `@` or no domain behind it.
    public init?(text: String) {
        let octets = Array(text.utf8)
        guard let at = octets.lastIndex(of: UInt8(ascii: "@")),
            let domain = try? DomainName(mailDomain: octets[(at + 1)...]), domain.isHostName
        else { return nil }
        localPart = Array(octets[..<at])
        self.domain = domain
    }

    /// For people and for header.i: what is no text, and characters that steer a terminal or the direction of
    /// writing, become U+FFFD.
    public var text: String {
        if localPart.allSatisfy(\.isVisible) { return String(lossy: localPart) + "@" + domain.text }
        var text = String.UnicodeScalarView()
        for scalar in String(lossy: localPart).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text.append("\u{FFFD}")
            default: text.append(scalar)
            }
        }
        return String(text) + "@" + domain.text
    }
}
