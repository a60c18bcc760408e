public import DKIM
internal import MailBytes
public import MailNames

/// Which author domains a rule is for.
public enum DomainPattern: Hashable, Sendable {
    /// This name alone.
    case exactly(DomainName)
    /// The names below this one, but not itself: `*.example.org`.
    case below(DomainName)
    /// Every name.
    case any

    /// Whether mail of this author domain is meant.
    public func matches(_ domain: DomainName) -> Bool {
        switch self {
        case .exactly(let name): domain == name
        case .below(let name): domain != name && domain.isEqualOrSubdomain(of: name)
        case .any: true
        }
    }
}

/// How mail of certain authors is signed.
public struct SigningRule: Sendable {
    /// A private key under the selector where its public half is, or will be.
    public struct Key: Sendable {
        /// Where the public half is.
        public var selector: DomainName
        /// The key itself.
        public var privateKey: DKIMPrivateKey

        public init(selector: DomainName, privateKey: DKIMPrivateKey) {
            self.selector = selector
            self.privateKey = privateKey
        }
    }

    /// Whose mail is signed.
    public var pattern: DomainPattern
    /// SDID, `d=`; nil: the author domain itself.
    public var signAs: DomainName?
    /// Newest first: of each algorithm the first whose record is published is used.
    public var keys: [Key]

    public init(pattern: DomainPattern, signAs: DomainName? = nil, keys: [Key]) {
        self.pattern = pattern
        self.signAs = signAs
        self.keys = keys
    }

    /// The keys as they sign for an author domain.
    func signingKeys(for author: DomainName) -> [DKIMSigningKey] {
        let domain = signAs ?? author
        return keys.map { DKIMSigningKey(domain: domain, selector: $0.selector, privateKey: $0.privateKey) }
    }
}

/// Which messages get an ARC set, because they are going to be passed on.
public struct SealingRule: Sendable {
    /// Any of them is enough.
    public var recipients: [RecipientPattern]
    /// What the set is sealed with, and as whose.
    public var key: DKIMSigningKey

    public init(recipients: [RecipientPattern], key: DKIMSigningKey) {
        self.recipients = recipients
        self.key = key
    }

    /// Whether any recipient of the message is one of these.
    func applies(to envelope: MailEnvelope) -> Bool {
        envelope.recipients.contains { path in recipients.contains { $0.fits(path[...]) } }
    }
}
