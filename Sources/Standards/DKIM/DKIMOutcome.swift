public import DNS
internal import MailBytes
public import MailNames
public import Trace

/// What one signature is worth, and what is known of it.
public struct DKIMOutcome: Sendable {
    public var result: DKIMResult
    /// SDID, tag `d=`: who takes responsibility. Nil if the field says nothing readable.
    public var domain: DomainName?
    /// Which of the domain's keys signed: tag `s=`.
    public var selector: DomainName?
    /// As the field has it, such as `rsa-sha256`; nil if it is no such word.
    public var algorithm: String?
    /// AUID, tag `i=`, decoded; `@` and the domain where there is none. Without control characters.
    public var identity: String?
    /// Why the result is not a plain pass: one clause.
    public var reason: String?
    /// The first eight characters of `b=` without white space, or more where eight are not enough to tell the
    /// message's signatures apart (RFC 6008 §4).
    public var signaturePrefix: String?
    /// The size of the key, 256 for Ed25519; nil if no key was found.
    public var keyBits: Int?
    /// Whether the key record has the flag `t=y`. A failure counts as `neutral` then: no worse than no signature.
    public var isTesting: Bool
    /// False if `l=` left octets of the body unsigned.
    public var coversWholeBody: Bool
    /// How far the key's record is proved by DNSSEC.
    public var security: DNSSECState
    public var trace: Trace
    /// The text of `h=`, as it came.
    private var signedFieldList: [UInt8]

    /// The names in `h=`, in their order, as the field spells them.
    public var signedFieldNames: [String] {
        signedFieldList.split(separator: UInt8(ascii: ":")).map { String(lossy: $0.trimmingWhitespace) }
    }

    mutating func setSignedFieldList(_ text: [UInt8]) { signedFieldList = text }

    public init(
        result: DKIMResult, domain: DomainName? = nil, selector: DomainName? = nil, algorithm: String? = nil,
        identity: String? = nil, reason: String? = nil, signaturePrefix: String? = nil, keyBits: Int? = nil,
        isTesting: Bool = false, coversWholeBody: Bool = true, signedFieldList: [UInt8] = [],
        security: DNSSECState = .indeterminate, trace: Trace = .disabled
    ) {
        self.result = result
        self.domain = domain
        self.selector = selector
        self.algorithm = algorithm
        self.identity = identity
        self.reason = reason
        self.signaturePrefix = signaturePrefix
        self.keyBits = keyBits
        self.isTesting = isTesting
        self.coversWholeBody = coversWholeBody
        self.signedFieldList = signedFieldList
        self.security = security
        self.trace = trace
    }
}

/// The outcomes of a message's signatures.
public struct DKIMOutcomes: Sendable {
    /// In the order of the fields, from the top. Empty if the message is not signed.
    public var outcomes: [DKIMOutcome]
    /// Signatures beyond ``DKIMOptions/signaturesMax``, which were not looked at.
    public var omitted: Int

    public init(outcomes: [DKIMOutcome] = [], omitted: Int = 0) {
        self.outcomes = outcomes
        self.omitted = omitted
    }
}
