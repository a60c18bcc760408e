public import MailBytes
public import MailReports

/// A report that was sent, or is to be.
public struct SentReport: Sendable, Hashable {
    /// What the outbox calls it.
    public var id: String
    /// Such as `dmarc-aggregate`.
    public var kind: String
    /// What it is about.
    public var domain: String
    /// Where it goes.
    public var recipient: String
    /// The first moment that it counts.
    public var begin: UnixTime?
    /// The last moment that it counts.
    public var end: UnixTime?
    /// How far it is: `waiting`, `sent`, `failed`, …
    public var state: String
    /// When that was.
    public var time: UnixTime
    /// What is to be known besides; empty if nothing.
    public var note: String

    public init(
        id: String, kind: String, domain: String, recipient: String, begin: UnixTime?, end: UnixTime?, state: String,
        time: UnixTime, note: String = ""
    ) {
        self.id = id
        self.kind = kind
        self.domain = domain
        self.recipient = recipient
        self.begin = begin
        self.end = end
        self.state = state
        self.time = time
        self.note = note
    }
}

/// Everything that is kept of a report that was sent, but its document.
public struct SentReportDetail: Sendable, Hashable {
    /// What is in the list.
    public var entry: SentReport
    /// The identifier that stands in it.
    public var reportID: String
    /// Of its mail.
    public var subject: String
    /// What its document is called as a file.
    public var fileName: String
    /// How many messages or sessions it is about.
    public var messages: Int
    /// All that it goes to.
    public var destinations: [Destination]
    /// In the order in which they began.
    public var attempts: [Attempt]
    /// What it says; nil where it can't be read again.
    public var content: MailReport?
    /// Likewise as JSON, for people.
    public var text: String

    /// Where a report goes.
    public struct Destination: Sendable, Hashable {
        /// Its number, from 0.
        public var place: Int
        /// The URI that the domain asks for.
        public var requested: String
        /// The URI that it goes to.
        public var uri: String
        /// How far it is.
        public var state: String
        /// Why it may go there, or what came of it last.
        public var reason: String
        /// When it is tried next.
        public var due: UnixTime
        /// How often it failed.
        public var failures: Int
        /// When it came to its end.
        public var ended: UnixTime?

        public init(
            place: Int, requested: String, uri: String, state: String, reason: String, due: UnixTime, failures: Int,
            ended: UnixTime?
        ) {
            self.place = place
            self.requested = requested
            self.uri = uri
            self.state = state
            self.reason = reason
            self.due = due
            self.failures = failures
            self.ended = ended
        }
    }

    /// An attempt to send it.
    public struct Attempt: Sendable, Hashable {
        /// Of which destination.
        public var place: Int
        /// From 1.
        public var number: Int
        /// Who tried.
        public var node: String
        /// When it began.
        public var began: UnixTime
        /// Nil where no end is known.
        public var ended: UnixTime?
        /// Such as `sent` or `retry`; empty where no end is known.
        public var outcome: String
        /// What the server said, or we.
        public var answer: String

        public init(
            place: Int, number: Int, node: String, began: UnixTime, ended: UnixTime?, outcome: String, answer: String
        ) {
            self.place = place
            self.number = number
            self.node = node
            self.began = began
            self.ended = ended
            self.outcome = outcome
            self.answer = answer
        }
    }

    public init(
        entry: SentReport, reportID: String, subject: String, fileName: String, messages: Int,
        destinations: [Destination], attempts: [Attempt], content: MailReport?, text: String
    ) {
        self.entry = entry
        self.reportID = reportID
        self.subject = subject
        self.fileName = fileName
        self.messages = messages
        self.destinations = destinations
        self.attempts = attempts
        self.content = content
        self.text = text
    }
}

/// The document of a report as it was sent: packed XML or JSON, or a mail before it is signed.
public struct SentDocument: Sendable, Hashable {
    /// What it is called as a file.
    public var name: String
    /// All of it.
    public var octets: [UInt8]

    public init(name: String, octets: [UInt8]) {
        self.name = name
        self.octets = octets
    }
}

/// A page of the reports that were sent.
public struct SentReports: Sendable, Hashable {
    /// The newest first.
    public var reports: [SentReport]
    /// Whether there are older ones.
    public var hasMore: Bool

    public init(_ reports: [SentReport], hasMore: Bool = false) {
        self.reports = reports
        self.hasMore = hasMore
    }
}

/// Knows the reports that were sent.
public protocol SentReportSource: Sendable {
    /// Whether any are sent at all.
    var isSending: Bool { get }

    /// The newest, of a domain or of all, behind the first `offset` ones. A report to several is one here, and stands
    /// once for each of them in the list.
    func sentReports(domain: String?, count: Int, offset: Int) async throws(SourceError) -> SentReports

    /// Those with this identifier, and the newest about a domain of this name; no more than so many.
    func sentReports(named text: String, count: Int) async throws(SourceError) -> [SentReport]

    /// A report with all that was done to send it; nil where there is none.
    func sentReport(_ id: String) async throws(SourceError) -> SentReportDetail?

    /// Its document; nil where there is none.
    func document(of id: String) async throws(SourceError) -> SentDocument?
}
