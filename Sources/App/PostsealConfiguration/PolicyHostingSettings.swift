public import MTASTS
public import MailNames
public import Sockets

/// The MTA-STS policies of domains that are ours, served by HTTPS (RFC 8461 §3.3).
public struct PolicyHostingSettings: Sendable, Hashable {
    /// A domain with its policy, and the files of its policy host's certificate.
    public struct Hosted: Sendable, Hashable {
        /// The domain of the mail addresses.
        public var domain: DomainName
        /// `mta-sts` below the domain.
        public var host: DomainName
        /// What is wanted.
        public var policy: MTASTSPolicy
        /// The chain in PEM.
        public var certificatePath: String
        /// The key in PEM; the same file, perhaps.
        public var keyPath: String

        public init(
            domain: DomainName, host: DomainName, policy: MTASTSPolicy, certificatePath: String, keyPath: String
        ) {
            self.domain = domain
            self.host = host
            self.policy = policy
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    /// Where clients are served.
    public var listeners: [ListenSocket] = []
    /// The domains, each once.
    public var domains: [Hosted] = []
    /// How often servers are looked at.
    public var checkInterval: Duration = .seconds(3600)
    /// Where is kept what was verified.
    public var statePath = "/var/lib/postseal/mta-sts-hosting"

    public init() {}
}
