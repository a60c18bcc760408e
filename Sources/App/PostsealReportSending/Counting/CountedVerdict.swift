public import MailReports
public import TLSRPT

/// What messages have in common that stand together in a report: the day, the policy as it was published, and the
/// record without its number (RFC 9990 §3.1.1.8).
public struct CountedVerdict: Hashable, Sendable {
    /// The day, in UTC.
    public var day: TLSReportDay
    /// The domain whose policy it is, in small letters and A-labels.
    public var domain: String
    /// The policy as it was published.
    public var policy: DMARCReportedPolicy
    /// The record; its ``MailReports/DMARCReportRecord/count`` is 0.
    public var record: DMARCReportRecord

    /// The number of the record is left out.
    public init(day: TLSReportDay, domain: String, policy: DMARCReportedPolicy, record: DMARCReportRecord) {
        self.day = day
        self.domain = domain
        self.policy = policy
        self.record = record
        self.record.count = 0
    }

    /// The same with less to tell it apart by: without signatures that do not pass, and without the return path. For a
    /// domain of which there is too much: a sender can choose all of that anew for each message.
    public var simplified: CountedVerdict {
        var simple = self
        simple.record.dkim = record.dkim.filter { $0.result == .pass }.prefix(2).map { $0 }
        simple.record.envelopeFrom = nil
        simple.record.envelopeTo = nil
        if record.spfAligned == false { simple.record.spf = [] }
        return simple
    }
}

/// A number of messages.
public struct VerdictCount: Hashable, Sendable {
    public var verdict: CountedVerdict
    /// How many; at least 1.
    public var messages: Int

    public init(_ verdict: CountedVerdict, _ messages: Int) {
        self.verdict = verdict
        self.messages = messages
    }
}
