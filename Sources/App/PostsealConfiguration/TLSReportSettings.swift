public import MailNames
public import Sockets
public import TLSRPT

/// TLS reports about mail to others (RFC 8460): who counts, by whom they are, and what is kept.
public struct TLSReportSettings: Sendable, Hashable {
    /// An address that people can ask at.
    public struct Contact: Sendable, Hashable, CustomStringConvertible {
        /// What stands before the `@`.
        public var localPart: String
        /// The domain that reports are from.
        public var domain: DomainName

        public init(localPart: String, domain: DomainName) {
            self.localPart = localPart
            self.domain = domain
        }

        /// The address.
        public var description: String { "\(localPart)@\(domain.text)" }
    }

    /// Where Postfix tells of its sessions.
    public var listeners: [ListenSocket] = []
    /// Whom to ask about the reports; nil where none are made.
    public var contact: Contact?
    /// Who sends them; empty for the daemon's name.
    public var organization = ""
    /// What tells this machine's reports from others'; empty where there is one machine.
    public var node = ""
    /// Where counts and reports are kept.
    public var folder = "/var/lib/postseal/tls-reports"
    /// How long they are kept.
    public var kept: Duration = .seconds(14 * 86_400)
    /// How much they may take.
    public var octetsMax = 256_000_000

    public init() {}

    /// Whether sessions are counted.
    public var isUsed: Bool { contact != nil }

    /// Who submits reports; nil where none are made.
    public var submitter: TLSReportSubmitter? {
        contact.map {
            TLSReportSubmitter(organizationName: organization, domain: $0.domain, contactLocalPart: $0.localPart)
        }
    }
}
