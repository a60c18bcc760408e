public import MailBytes
public import MailReports

/// TLS sessions with a domain's servers that are alike, of one day.
public struct TLSTally: Hashable, Sendable {
    /// What became of sessions.
    public enum Outcome: Hashable, Sendable {
        /// All that came about as the policy asks.
        case succeeded
        /// All that did not.
        case failed
        /// Those that failed in one way. These counts may overlap, and need not add up to those that failed
        /// (RFC 8460 §4).
        case failure(Failure)
    }

    /// How sessions failed, and where.
    public struct Failure: Hashable, Sendable {
        /// RFC 8460's word, such as `certificate-expired`, or a stranger's.
        public var result: String
        /// The server; nil if the report does not say.
        public var mx: String?
        /// The sender's address.
        public var sender: DMARCReportSource

        public init(result: String, mx: String?, sender: DMARCReportSource = .missing) {
            self.result = result
            self.mx = mx
            self.sender = sender
        }
    }

    /// The first moment of the day.
    public var day: UnixTime
    /// Who says so.
    public var organization: String
    /// `sts`, `tlsa`, `no-policy-found`, or a stranger's word.
    public var policyType: String
    public var outcome: Outcome
    /// How many sessions.
    public var sessions: Int

    public init(day: UnixTime, organization: String, policyType: String, outcome: Outcome, sessions: Int) {
        self.day = day
        self.organization = organization
        self.policyType = policyType
        self.outcome = outcome
        self.sessions = sessions
    }
}

/// TLS sessions with a domain's servers that came out alike, of a period.
public struct TLSSum: Hashable, Sendable {
    public var outcome: TLSTally.Outcome
    /// How many sessions.
    public var sessions: Int

    public init(outcome: TLSTally.Outcome, sessions: Int) {
        self.outcome = outcome
        self.sessions = sessions
    }
}

/// TLS sessions with the servers of many domains, of a period.
public struct TLSOverview: Hashable, Sendable {
    /// Sessions with a domain's servers that failed in one way.
    public struct Failure: Hashable, Sendable {
        /// The policy domain.
        public var domain: String
        /// How, and where. Where the server is named, all senders are together, and none of them is.
        public var failure: TLSTally.Failure
        /// How many sessions.
        public var sessions: Int

        public init(domain: String, failure: TLSTally.Failure, sessions: Int) {
            self.domain = domain
            self.failure = failure
            self.sessions = sessions
        }
    }

    /// Sessions that came about as the policies ask.
    public var succeeded: Int
    /// Sessions that did not.
    public var failed: Int
    /// Those with most sessions first.
    public var failures: [Failure]

    public init(succeeded: Int = 0, failed: Int = 0, failures: [Failure] = []) {
        self.succeeded = succeeded
        self.failed = failed
        self.failures = failures
    }

    /// Adds what other domains come to.
    ///
    /// - Parameter count: failures that are kept, those with most sessions.
    public mutating func add(_ other: TLSOverview, failures count: Int) {
        succeeded = min(succeeded.addingUpToMax(other.succeeded), ReportLimits.messagesMax)
        failed = min(failed.addingUpToMax(other.failed), ReportLimits.messagesMax)
        failures += other.failures
        failures.sort {
            ($1.sessions, $0.domain, $0.failure.mx ?? "", $0.failure.result)
                < ($0.sessions, $1.domain, $1.failure.mx ?? "", $1.failure.result)
        }
        failures = Array(failures.prefix(count))
    }
}

/// Messages of one source in a period.
public struct SourceTally: Hashable, Sendable {
    /// The domain that the messages prove to come from; nil if they prove none.
    public var via: String?
    public var source: DMARCReportSource
    /// How many messages.
    public var messages: Int
    /// Those of them that passed DMARC.
    public var alignedMessages: Int
    /// Those that failed with an author below the policy's domain.
    public var failedSubdomainMessages: Int

    public init(
        via: String?, source: DMARCReportSource, messages: Int, alignedMessages: Int, failedSubdomainMessages: Int = 0
    ) {
        self.via = via
        self.source = source
        self.messages = messages
        self.alignedMessages = alignedMessages
        self.failedSubdomainMessages = failedSubdomainMessages
    }
}

/// A message that failed, as a failure report tells of it. All texts are a stranger's.
public struct StoredFailure: Hashable, Sendable {
    /// The number of the report; its original has the rest.
    public var report: Int64
    /// Who made the report; empty if it does not say.
    public var organization: String
    /// What it is about; nil if it does not say.
    public var domain: String?
    /// When the message came; nil if the report does not say.
    public var arrival: UnixTime?
    /// When the report came.
    public var received: UnixTime
    /// Where the message came from.
    public var source: DMARCReportSource
    /// `auth-failure`, `abuse`, …
    public var feedbackType: String
    /// `dmarc`, `signature`, …; nil if it does not say.
    public var authFailure: String?
    /// `delivered`, `spam`, `reject`, …; nil if it does not say.
    public var deliveryResult: String?
    /// The methods without an aligned pass; nil if it does not say.
    public var identityAlignment: [String]?
    /// The return path; nil if it does not say.
    public var mailFrom: String?
    /// `From` of the message, as it stands there; nil if it is not in the report.
    public var author: String?
    /// Messages that it stands for.
    public var incidents: Int
    /// Whether it is known who sent the report.
    public var isCounted: Bool
    /// Whether the file that the report came in is still kept.
    public var hasOriginal: Bool
    /// The first moment of the day that the report counts for, by which lists are sorted.
    public var day: UnixTime
    /// Whether the report is about other domains as well: each has a row.
    public var isAboutSeveral: Bool
}

/// Which failures are wanted.
public struct FailureQuery: Hashable, Sendable {
    /// Of this domain alone.
    public var domain: String?
    /// Those behind this report in the list: where the page before ended.
    public var before: Int64?
    /// How many, the newest first. The rows of a report are not torn apart: the last one may bring some more.
    public var count: Int

    /// Asks for so many at most; more than ``ReportQuery/countMax`` are never asked for.
    public init(domain: String? = nil, before: Int64? = nil, count: Int = 50) {
        self.domain = domain
        self.before = before
        self.count = min(max(count, 0), ReportQuery.countMax)
    }
}
