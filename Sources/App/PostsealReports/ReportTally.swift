public import MailBytes
public import MailReports

/// Messages of a domain that are alike, in one hour or day: what charts and answers are made of.
public struct ReportTally: Hashable, Sendable {
    /// How long a sum is.
    public enum Span: Int64, Hashable, Sendable {
        case hour = 3600
        case day = 86_400
    }

    /// The first moment of the hour or day.
    public var start: UnixTime
    public var key: ReportTallyKey
    /// How many messages.
    public var messages: Int

    public init(start: UnixTime, key: ReportTallyKey, messages: Int) {
        self.start = start
        self.key = key
        self.messages = messages
    }
}

/// Messages of a domain.
public struct MessageCount: Hashable, Sendable {
    /// All of them.
    public var messages: Int
    /// Those of them that passed DMARC.
    public var passed: Int

    public init(messages: Int, passed: Int) {
        self.messages = messages
        self.passed = passed
    }
}

/// What the messages of a sum have in common.
public struct ReportTallyKey: Hashable, Sendable {
    public var source: DMARCReportSource
    /// The domain that the messages prove to come from, see ``init(_:of:_:)``; nil if they prove none.
    public var via: String?
    /// Whether DKIM passed and was aligned.
    public var isDKIMAligned: Bool
    /// Whether SPF passed and was aligned.
    public var isSPFAligned: Bool
    /// What was done.
    public var disposition: ReportDisposition
    /// Why something else was done than the policy asks for.
    public var exception: ReportException
    /// Whether the author's domain is below the policy's.
    public var isSubdomain: Bool

    public init(
        source: DMARCReportSource, via: String?, isDKIMAligned: Bool, isSPFAligned: Bool,
        disposition: ReportDisposition, exception: ReportException = .none, isSubdomain: Bool = false
    ) {
        self.source = source
        self.via = via
        self.isDKIMAligned = isDKIMAligned
        self.isSPFAligned = isSPFAligned
        self.disposition = disposition
        self.exception = exception
        self.isSubdomain = isSubdomain
    }

    /// Whether the messages passed DMARC.
    public var isAligned: Bool { isDKIMAligned || isSPFAligned }

    /// What a record counts for.
    ///
    /// A service that sends for others signs with its own domain as well, or has its own return path: a domain that
    /// passed and is not the policy's tells who that is, the signature's before the return path's. Without one it is
    /// the policy's domain, if that passed. Where the report does not say what was aligned, what passed tells it (RFC
    /// 9989 §4.4).
    init(_ record: DMARCReportRecord, of domain: String, _ proofs: inout ProvenDomains) {
        let author = record.headerFrom ?? domain
        let isDKIMAligned =
            record.dkimAligned
            ?? record.dkim.contains { $0.result == .pass && proofs.isAligned($0.domain, author, by: .dkim) }
        let isSPFAligned =
            record.spfAligned
            ?? record.spf.contains {
                $0.result == .pass && $0.scope != .helo && proofs.isAligned($0.domain, author, by: .spf)
            }
        self.init(
            source: record.source, via: Self.via(record, domain, isDKIMAligned, isSPFAligned, &proofs),
            isDKIMAligned: isDKIMAligned, isSPFAligned: isSPFAligned,
            disposition: ReportDisposition(record.disposition), exception: ReportException(record.reasons),
            isSubdomain: record.headerFrom.map { $0 != domain && $0.hasSuffix("." + domain) } ?? false)
    }

    private static func via(
        _ record: DMARCReportRecord, _ domain: String, _ isDKIMAligned: Bool, _ isSPFAligned: Bool,
        _ proofs: inout ProvenDomains
    ) -> String? {
        var hasOwn = false
        func foreign(_ text: String?, isAligned: Bool) -> String? {
            switch text.map({ proofs.proof($0) }) {
            case .above? where isAligned: hasOwn = true
            case .foreign(let name)?, .above(let name)?: return name
            case .own?: hasOwn = true
            case ProvenDomains.Proof.none?, nil: break
            }
            return nil
        }
        for signature in record.dkim where signature.result == .pass {
            if let name = foreign(signature.domain, isAligned: isDKIMAligned) { return name }
        }
        for spf in record.spf where spf.result == .pass && spf.scope != .helo {
            if let name = foreign(spf.domain, isAligned: isSPFAligned) { return name }
        }
        return hasOwn ? domain : nil
    }
}

/// What was done with messages.
public enum ReportDisposition: Int64, Hashable, Sendable, CaseIterable {
    /// The report does not say, or something of its own.
    case unknown = 0
    case none = 1
    case pass = 2
    case quarantine = 3
    case reject = 4

    init(_ action: DMARCReportedAction?) {
        self =
            switch action {
            case DMARCReportedAction.none?: .none
            case .pass?: .pass
            case .quarantine?: .quarantine
            case .reject?: .reject
            case .other?, nil: .unknown
            }
    }
}

/// Why something else was done than the policy asks for.
public enum ReportException: Int64, Hashable, Sendable, CaseIterable {
    case none = 0
    /// The receiver knows who forwarded it.
    case forwarder = 1
    /// It came by a mailing list.
    case mailingList = 2
    /// The policy is tested, or meant for a part of the messages.
    case testing = 3
    /// The receiver's own rules, or another reason.
    case local = 4

    init(_ reasons: [DMARCReportReason]) {
        guard !reasons.isEmpty else {
            self = .none
            return
        }
        // The reason that says most about the message comes first.
        let kinds = reasons.map { reason -> ReportException in
            switch reason.type {
            case .forwarded, .trustedForwarder: .forwarder
            case .mailingList: .mailingList
            case .policyTestMode, .sampledOut: .testing
            case .localPolicy, .other, .unknown: .local
            }
        }
        self = kinds.min { $0.rawValue < $1.rawValue } ?? .none
    }
}

/// When a report's messages were, as far as sums go.
struct ReportPeriod {
    /// Limit: the year 9999. Reports can say anything.
    private static let secondsMax: Int64 = 253_402_300_799
    private static let aheadSecondsMax: Int64 = 2 * 86_400
    /// Reports about longer periods than this say nothing about hours.
    private static let hourlySecondsMax: Int64 = 3 * 3600

    /// The moment in the middle: a period that lies over midnight counts for the day that has more of it.
    let middle: Int64
    private let length: Int64

    init(begin: UnixTime?, end: UnixTime?, received: UnixTime) {
        func bounded(_ time: UnixTime) -> Int64 { min(max(time.seconds, 0), Self.secondsMax) }
        // Nothing is reported that has not been yet; clocks and zones may differ by so much.
        let latest = bounded(received.adding(seconds: Self.aheadSecondsMax))
        let first = min(bounded(begin ?? end ?? received), latest)
        let last = min(max(first, bounded(end ?? begin ?? received)), latest)
        length = last - first
        middle = first + length / 2
    }

    /// The first moment of the day.
    var day: Int64 { middle - middle % ReportTally.Span.day.rawValue }

    /// The sums that it belongs to.
    var starts: [(span: ReportTally.Span, start: Int64)] {
        let days = [(ReportTally.Span.day, day)]
        guard length <= Self.hourlySecondsMax else { return days }
        return days + [(.hour, middle - middle % ReportTally.Span.hour.rawValue)]
    }
}
