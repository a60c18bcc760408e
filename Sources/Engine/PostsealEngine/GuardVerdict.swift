public import AuthenticationResults
public import DKIM
public import MailNames

/// What becomes of a message, with everything that led to it.
public struct GuardVerdict: Sendable {
    /// Which way the message goes.
    public var direction: MailDirection
    /// Whether it is taken, and why.
    public var decision: Decision
    /// What is changed in its header, if it is taken.
    public var changes: MessageChanges
    /// Whether the mail server is asked to hold the message (``QuarantineMethod/hold``).
    public var isHeld = false
    /// Whether the message is taken and nobody gets it, because it has come to its end here: a report that is stored.
    public var isConsumed = false
    /// What was found about an incoming message; nil if it was not checked.
    public var findings: Findings?
    /// What is written on an incoming message about it.
    public var authenticationResults: AuthenticationResultsField?
    /// The signatures that were put on an outgoing message.
    public var signatures: [Signature] = []
    /// What an administrator should know besides.
    public var notes: [GuardNote] = []

    /// A signature that was made.
    public struct Signature: Hashable, Sendable {
        /// SDID, `d=`.
        public var domain: DomainName
        /// `s=`
        public var selector: DomainName
        /// `a=`
        public var algorithm: DKIMAlgorithm

        /// What a key makes.
        public init(by key: DKIMSigningKey) {
            domain = key.domain
            selector = key.selector
            algorithm = key.privateKey.algorithm
        }
    }

    init(direction: MailDirection, decision: Decision, changes: MessageChanges = MessageChanges()) {
        self.direction = direction
        self.decision = decision
        self.changes = changes
    }
}

/// Something that an administrator should know about a message, besides the decision.
public enum GuardNote: Hashable, Sendable {
    /// So many Authentication-Results fields that claimed to be ours, or that nobody can read, were removed.
    case removedForgedResults(Int)
    /// A key was not used, because verifiers would not find its other half.
    case keyRefused(domain: DomainName, selector: DomainName, DKIMKeyMisfit)
    /// A rule wants the message signed, but it went out unsigned.
    case unsigned(SigningObstacle, reason: String)
    /// A rule wants the message sealed, but it is not.
    case unsealed(SigningObstacle, reason: String)
    /// The message got an ARC set.
    case sealed(GuardVerdict.Signature)

    /// The note as a clause.
    public var explanation: String {
        switch self {
        case .removedForgedResults(let count): "removed \(count) forged Authentication-Results"
        case .keyRefused(let domain, let selector, let misfit):
            "selector \(selector.text) of \(domain.text) not used: \(misfit.description)"
        case .unsigned(_, let reason): "not signed: \(reason)"
        case .unsealed(_, let reason): "not sealed: \(reason)"
        case .sealed(let seal):
            "sealed by \(seal.domain.text) with selector \(seal.selector.text), \(seal.algorithm.rawValue)"
        }
    }
}

/// What keeps a message from being signed or sealed.
public enum SigningObstacle: Hashable, Sendable {
    /// The message: its signature would mean nothing, or would not survive the way.
    case message
    /// The key: verifiers would not find its other half.
    case key(DKIMKeyMisfit)
    /// DNS does not say what has to be known.
    case dns
    /// The signer failed.
    case failure
}
