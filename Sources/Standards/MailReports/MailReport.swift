public import TLSRPT

/// A report of any kind that mail systems send each other.
public enum MailReport: Hashable, Sendable {
    /// What a receiver saw of a domain's mail (RFC 9990).
    case aggregate(DMARCAggregateReport)
    /// One message that failed, or that somebody complained about (RFC 9991, RFC 6591, RFC 5965).
    case failure(FeedbackReport)
    /// What a sender saw of a domain's servers (RFC 8460).
    case tls(TLSReport)

    /// `dmarc-aggregate`, `dmarc-failure` or `tlsrpt`.
    public var kind: String {
        switch self {
        case .aggregate: "dmarc-aggregate"
        case .failure: "dmarc-failure"
        case .tls: "tlsrpt"
        }
    }

    /// Records with their results, or policies and failure details: what its memory grows with.
    var itemCount: Int {
        switch self {
        case .aggregate(let report):
            report.records.reduce(1) { $0 + 1 + $1.dkim.count + $1.spf.count + $1.reasons.count }
        case .failure(let report): 1 + report.fields.count
        // A failure has up to seven texts, 400 octets and more; hosts and lines of policies are small, and can be many.
        case .tls(let report):
            report.policies.reduce(1) { $0 + 1 + 5 * $1.failures.count + ($1.strings.count + $1.mxHosts.count) / 2 }
        }
    }
}

/// Why something that should be a report is none, or is not read.
public enum MailReportError: Error, Hashable, Sendable, CustomStringConvertible {
    case container(ReportContainerError)
    case aggregate(DMARCAggregateError)
    case failure(FeedbackReportError)
    case tls(TLSReportError)

    /// The reason as a word.
    public var word: String {
        switch self {
        case .container(let error): error.word
        case .aggregate(let error): error.word
        case .failure(let error): error.problem.rawValue
        case .tls(let error): error.line == nil ? "not-tls-report" : "not-json"
        }
    }

    public var description: String {
        switch self {
        case .container(let error): error.description
        case .aggregate(let error): error.description
        case .failure(let error): error.description
        case .tls(let error): error.description
        }
    }
}

/// One report of a file, or one thing in it that should be a report and is not.
public struct ReportFinding: Hashable, Sendable {
    /// Where it was: the names of the parts and entries that it is in, outermost first. They may hold anything.
    public var path: [String]
    /// The report, or why there is none.
    public var outcome: Result<MailReport, MailReportError>
    /// What was borne on the way to it, each once, in the order of ``ReportContainerQuirk``.
    public var containerQuirks: [ReportContainerQuirk]

    /// The report, if it is one.
    public var report: MailReport? { try? outcome.get() }

    /// All that was borne, as words: first of what it came in, then of itself.
    public var quirks: [String] {
        let own: [String] =
            switch outcome {
            case .success(.aggregate(let report)): report.quirks.map(\.word)
            case .success(.failure(let report)): report.quirks.map(\.word)
            case .success(.tls(let report)): report.quirks.map(\.rawValue)
            case .failure: []
            }
        return containerQuirks.map(\.word) + own
    }
}
