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

    private static let schemes = ["postgresql://", "postgres://"]

    /// Takes `postgresql://…` and words of libpq such as `service=postseal` for a database, everything else for a file.
    public init(_ text: String) {
        if let scheme = Self.schemes.first(where: { text.lowercased().hasPrefix($0) }) {
            // libpq knows it in small letters alone.
            self = .postgreSQL(scheme + text.dropFirst(scheme.count))
        } else {
            self = Self.keyword(text) == nil ? .file(text) : .postgreSQL(text)
        }
    }

    /// The first word of libpq's `keyword=value …`; nil where a text does not begin with one.
    private static func keyword(_ text: String) -> Substring? {
        // libpq lets spaces stand around all parts.
        let word = text.drop { $0 == " " }.prefix { $0 == "_" || ("a"..."z").contains($0) }
        return !word.isEmpty && text[word.endIndex...].drop { $0 == " " }.hasPrefix("=") ? word : nil
    }

    /// Whether a text is words of libpq, in which spaces can stand.
    var isWords: Bool {
        if case .postgreSQL(let text) = self { Self.keyword(text) != nil } else { false }
    }

    /// Where it is, without what only its owner may know.
    public var description: String {
        switch self {
        case .file(let path): return path
        case .postgreSQL(let text) where isWords:
            // One word alone is no password's, if it is the name of a service.
            return text.hasPrefix("service=") && !text.contains(where: \.isWhitespace) ? text : "PostgreSQL"
        case .postgreSQL(let text):
            // Whatever stands before the host may be a password, and so may what stands behind the question mark.
            let plain = text.prefix { $0 != "?" }
            guard let start = plain.firstRange(of: "//")?.upperBound else { return "PostgreSQL" }
            let rest = plain[start...]
            // An unescaped question mark in a password ends what is plain within it.
            guard rest.contains("@") || !text.contains("@") else { return "PostgreSQL" }
            let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
            return "postgresql://" + host
        }
    }
}
