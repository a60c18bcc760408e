public import TLSRPT

/// The kinds of reports that are sent.
public enum OutgoingReportKind: String, Hashable, Sendable, CaseIterable {
    case dmarcAggregate = "dmarc-aggregate"
    case dmarcFailure = "dmarc-failure"
    case tlsrpt
}

/// A report that is ready to be sent: what it says, and how it is called.
public struct BuiltReport: Hashable, Sendable {
    public var kind: OutgoingReportKind
    /// What there is one report for at most, besides kind, day and source: the domain and a word for its policy.
    public var period: String
    /// The domain that it is about.
    public var domain: String
    /// The day, in UTC.
    public var day: TLSReportDay
    /// What tells it from all other reports of ours.
    public var reportID: String
    /// What it is called where it arrives.
    public var fileName: String
    /// Of its mail.
    public var subject: String
    /// The domain that submits.
    public var submitter: String
    /// How many messages or sessions it is about.
    public var messages: Int
    /// The report packed by gzip; of a failure report the mail as it is before it is signed.
    public var document: [UInt8]
    /// Octets of it unpacked.
    public var documentLength: Int

    public init(
        kind: OutgoingReportKind, period: String, domain: String, day: TLSReportDay, reportID: String,
        fileName: String, subject: String, submitter: String, messages: Int, document: [UInt8], documentLength: Int
    ) {
        self.kind = kind
        self.period = period
        self.domain = domain
        self.day = day
        self.reportID = reportID
        self.fileName = fileName
        self.subject = subject
        self.submitter = submitter
        self.messages = messages
        self.document = document
        self.documentLength = documentLength
    }
}
