internal import Databases
public import PostsealEngine
public import Sockets

/// Reports about our own domains: how they come in, and what is kept.
public struct ReportSettings: Sendable, Hashable {
    /// What becomes of the mail that a report came in, once the report is stored.
    public enum MailFate: String, Sendable, Hashable, CaseIterable {
        /// It goes on to the mailbox.
        case deliver
        /// It is accepted, and nobody gets it.
        case discard
    }

    /// What becomes of a file in a watched folder, once its reports are stored.
    public enum FileFate: String, Sendable, Hashable, CaseIterable {
        case keep, remove
    }

    /// Where reports are kept.
    public var store = ReportStoreLocation.file("/var/lib/postseal/reports.db")
    /// Where the milter and the proxy find reports: mail to these.
    public var addresses: [RecipientPattern] = []
    /// What becomes of that mail.
    public var mailFate = MailFate.deliver
    /// Maildirs and other folders that are watched.
    public var folders: [String] = []
    /// What becomes of what is found there.
    public var fileFate = FileFate.keep
    /// Where a mail server hands over reports by LMTP.
    public var lmtpListeners: [ListenSocket] = []
    /// Whether `POST /v1/reports` takes reports.
    public var takesPosts = false
    /// Names of receivers, besides our own, whose Authentication-Results in watched mailboxes are believed.
    public var trustedReceivers: [String] = []
    /// Whether host names of the sources in reports are looked up.
    public var looksHostNamesUp = true
    /// Days for which the files are kept that reports came in.
    public var originalDays = 400
    /// Days for which the records of reports are kept.
    public var recordDays = 400
    /// Days for which sums are kept.
    public var tallyDays = 1100
    /// How much the store may take.
    public var octetsMax = 10_000_000_000
    /// Our own reports about others.
    public var sending = ReportSendingSettings()

    public init() {}

    /// Whether reports come in here.
    public var isUsed: Bool {
        !addresses.isEmpty || !folders.isEmpty || !lmtpListeners.isEmpty || takesPosts
    }
}

/// Which database reports are kept in.
public enum ReportStoreLocation: Sendable, Hashable, CustomStringConvertible {
    /// A file of this machine.
    case file(String)
    /// What libpq is told of a PostgreSQL database. It may have a password in it.
    case postgreSQL(String)

    /// Takes `postgresql://…` and words of libpq such as `service=postseal` for a database, everything else for a file.
    public init(_ text: String) { self = PostgreSQLAddress.isMeant(by: text) ? .postgreSQL(text) : .file(text) }

    /// Where it is, without what only its owner may know.
    public var description: String {
        switch self {
        case .file(let path): path
        case .postgreSQL(let text): (try? PostgreSQLAddress(text).description) ?? "PostgreSQL"
        }
    }
}
