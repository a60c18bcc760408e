public import MTASTS
internal import MailBytes
internal import MailCrypto
public import MailNames

/// A domain whose MTA-STS policy is served here, as its administrator wants it.
public struct HostedPolicy: Hashable, Sendable {
    /// Whose policy it is.
    public var domain: DomainName
    /// What is wanted; what is published may be less strict.
    public var policy: MTASTSPolicy

    public init(domain: DomainName, policy: MTASTSPolicy) {
        self.domain = domain
        self.policy = policy
    }
}

extension MTASTSPolicy {
    /// The `id` of the TXT record for this very policy: 20 hexadecimal digits of a hash of its text, so that another
    /// text has another one (RFC 8461 §3.1), and the same text the same one on each machine and after each restart.
    public var recordID: String {
        SHA256Hasher.hash(Array(text.utf8)[...]).bytes.prefix(10).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The TXT record that leads to this policy.
    public var record: MTASTSRecord? { MTASTSRecord(id: recordID) }

    /// The same policy in another mode.
    public func with(mode: MTASTSMode) -> MTASTSPolicy {
        MTASTSPolicy(mode: mode, maxAgeSeconds: maxAgeSeconds, mxPatterns: mxPatterns)
    }
}

extension HostedPolicy {
    /// The line for the zone file that publishes a policy.
    public static func zoneLine(_ domain: DomainName, _ policy: MTASTSPolicy) -> String {
        "_mta-sts.\(domain.text). IN TXT \"\(policy.record?.text ?? "")\""
    }
}

/// What was found out about the servers of a domain, as senders would hold them to the policy.
public struct PolicyProof: Hashable, Sendable {
    /// Something that stands against the mode `enforce`.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// A clause that names the server.
        public var text: String
        /// Whether mail would be refused: false where it can't be told now.
        public var isCertain: Bool

        public init(_ text: String, isCertain: Bool) {
            self.text = text
            self.isCertain = isCertain
        }

        /// The clause.
        public var description: String { text }
    }

    /// Empty where each server holds to the policy.
    public var problems: [Problem]
    /// The domain's servers, as far as they are known.
    public var hosts: [DomainName]

    public init(problems: [Problem], hosts: [DomainName]) {
        self.problems = problems
        self.hosts = hosts
    }

    /// Whether each server holds to the policy.
    public var isGood: Bool { problems.isEmpty }

    /// All problems on one line.
    public var reason: String { problems.map(\.text).joined(separator: "; ") }
}

/// What is published of a policy, and why.
public struct PublishedPolicy: Hashable, Sendable {
    /// How what is published compares with what is wanted.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// As it is wanted.
        case asWanted = "as-wanted"
        /// As it is wanted: it was verified once, and does not hold now. To take it back would be what an attacker
        /// wants, who can keep us from our servers.
        case failing
        /// In the mode `testing`, because it has not been verified.
        case heldBack = "held-back"
        /// The one that was verified last, because the new one has not been.
        case previous
    }

    /// What senders get.
    public var policy: MTASTSPolicy
    /// How it compares with what is wanted.
    public var state: State

    public init(_ policy: MTASTSPolicy, _ state: State) {
        self.policy = policy
        self.state = state
    }

    /// What to publish.
    ///
    /// - Parameters:
    ///   - wanted: what the administrator wants.
    ///   - verified: the policy that was last verified and published in the mode `enforce`; nil if there was none.
    ///   - proof: what was found out about `wanted`; nil if nothing was yet.
    public static func decide(
        wanted: MTASTSPolicy, verified: MTASTSPolicy?, proof: PolicyProof?
    ) -> PublishedPolicy {
        // RFC 8461 §5: in these modes no mail is refused, whatever the servers are like.
        guard wanted.mode == .enforce else { return PublishedPolicy(wanted, .asWanted) }
        if let proof, proof.isGood { return PublishedPolicy(wanted, .asWanted) }
        if let verified {
            let isSame = verified.mxPatterns == wanted.mxPatterns
            if isSame { return PublishedPolicy(wanted, proof == nil ? .asWanted : .failing) }
            // The old one is still stricter than none, as long as it names the servers that there are.
            if let proof, !proof.hosts.isEmpty, proof.hosts.allSatisfy(verified.allows) {
                return PublishedPolicy(verified, .previous)
            }
            if proof == nil { return PublishedPolicy(verified, .previous) }
        }
        return PublishedPolicy(wanted.with(mode: .testing), .heldBack)
    }
}
