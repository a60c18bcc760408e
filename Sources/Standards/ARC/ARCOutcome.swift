public import AuthenticationResults
public import DKIM
public import MailNames
public import Trace

/// The status of a chain: RFC 8617 §4.4.
///
/// There is no temporary error among them: RFC 8617 §5.2.1 makes every failure final, those of DNS included. Whoever
/// would rather have the message again later asks ``ARCOutcome/isTemporary``.
public enum ARCResult: String, Hashable, Sendable, CaseIterable {
    /// The message has no ARC fields.
    case none
    /// The chain was validated.
    case pass
    /// The message has ARC fields, and they are no valid chain. Counts as if there were none (RFC 8617 §5.2).
    case fail
}

/// What a message's chain is worth, and who says what in it.
///
/// A chain that passes proves who sealed the message on its way, and that the results in it are theirs. It does not
/// prove that they are true: believe only sealers whom you know.
public struct ARCOutcome: Sendable {
    public var result: ARCResult
    /// The highest instance number in the message; 0 if there is none, or if there are too many fields to look.
    public var instances: Int
    /// The instance of the oldest message signature that verifies, with all newer ones; 0 if all do
    /// (RFC 8617 §5.2, step 5). Nil if the chain does not pass.
    public var oldestPass: Int?
    /// Tag `d=` of the newest seal; nil if there is none that can be read.
    public var sealer: DomainName?
    /// Why the chain fails: one clause.
    public var reason: String?
    /// Whether the failure comes from DNS not answering: the same message may pass later.
    public var isTemporary: Bool
    /// Whether the newest seal itself says that the chain is broken, so that nobody seals it again
    /// (RFC 8617 §5.1, step 2).
    public var isTerminal: Bool
    /// The sets from the oldest to the newest. Empty if the fields form no sets.
    public var sets: [ARCSet]
    public var trace: Trace

    public init(
        result: ARCResult, instances: Int = 0, oldestPass: Int? = nil, sealer: DomainName? = nil,
        reason: String? = nil, isTemporary: Bool = false, isTerminal: Bool = false, sets: [ARCSet] = [],
        trace: Trace = .disabled
    ) {
        self.result = result
        self.instances = instances
        self.oldestPass = oldestPass
        self.sealer = sealer
        self.reason = reason
        self.isTemporary = isTemporary
        self.isTerminal = isTerminal
        self.sets = sets
        self.trace = trace
    }
}

/// One set of a chain: RFC 8617 §4.2.
public struct ARCSet: Hashable, Sendable {
    /// 1 for the oldest.
    public var instance: Int
    /// Tag `d=` of the seal; nil if it cannot be read.
    public var sealer: DomainName?
    /// What the sealer says about the chain that it found: tag `cv=`.
    public var status: ARCResult?
    /// Tag `d=` of the message signature; nil if it cannot be read.
    public var signer: DomainName?
    /// The names in `h=` of the message signature, in small letters. RFC 8617 does not ask for any; one that lacks
    /// `from` says nothing about the author.
    public var signedFieldNames: [String]
    /// What the sealer found when the message came in; nil if that cannot be read, which does not break the chain.
    /// True only as far as the chain passes and the sealer is to be believed.
    public var results: AuthenticationResultsField?
    /// What became of the message signature; nil if it was not looked at.
    public var messageSignature: DKIMResult?
    /// What became of the seal; nil if it was not looked at.
    public var seal: DKIMResult?

    public init(
        instance: Int, sealer: DomainName? = nil, status: ARCResult? = nil, signer: DomainName? = nil,
        signedFieldNames: [String] = [], results: AuthenticationResultsField? = nil,
        messageSignature: DKIMResult? = nil, seal: DKIMResult? = nil
    ) {
        self.instance = instance
        self.sealer = sealer
        self.status = status
        self.signer = signer
        self.signedFieldNames = signedFieldNames
        self.results = results
        self.messageSignature = messageSignature
        self.seal = seal
    }
}
