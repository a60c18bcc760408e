public import Sockets

/// Our own reports about others: what is counted, by whom reports are, and how they leave.
public struct ReportSendingSettings: Sendable, Hashable {
    /// Whom to ask about the reports, whose domain is the one that they are from; nil where nothing is sent.
    public var contact: TLSReportSettings.Contact?
    /// Who sends them; empty for the daemon's name.
    public var organization = ""
    /// The mail server that takes their mail; nil where nothing is sent.
    public var server: ListenAddress?
    /// The return path of their mail; nil for the null path.
    public var returnPath: TLSReportSettings.Contact?
    /// Whether verdicts are counted, and aggregate reports made of them.
    public var sendsAggregates = true
    /// Whether TLS reports are sent.
    public var sendsTLSReports = true
    /// Whether failure reports are sent.
    public var sendsFailures = false
    /// How many failure reports go out in an hour, to all domains together.
    public var failuresPerHour = 100
    /// Whether reports name the domains of recipients.
    public var namesRecipients = false
    /// What tells these reports from those of others with the same contact.
    public var source = ""
    /// A day is closed so long after its end.
    public var delay: Duration = .seconds(600)
    /// Over so long the reports of a day are spread.
    public var spread: Duration = .seconds(4 * 3600)
    /// How long it is tried.
    public var retry: Duration = .seconds(2 * 86_400)
    /// How many days reports are kept.
    public var keptDays = 400

    public init() {}

    /// Whether anything is counted or sent.
    public var isUsed: Bool { contact != nil && server != nil }
}

extension ReportStoreLocation {
    /// Where counts, and reports that we send, are kept: the same database, or a file beside that of reports.
    public var forSending: String {
        switch self {
        case .postgreSQL(let text): text
        case .file(let path):
            path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
                + "/sending.db"
        }
    }
}
