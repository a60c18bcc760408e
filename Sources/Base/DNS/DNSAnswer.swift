public import MailNames

/// What is asked: a name and a type, in class IN.
public struct DNSQuestion: Hashable, Sendable, CustomStringConvertible {
    public var name: DomainName
    public var type: DNSRecordType

    public init(_ name: DomainName, _ type: DNSRecordType) {
        self.name = name
        self.type = type
    }

    public var description: String { "\(name.text) \(type)" }
}

/// How a look-up ended.
///
/// A name that does not exist and a name without such records are answers; the rest are failures, after
/// which nothing is known.
public enum DNSStatus: Hashable, Sendable {
    /// RCODE 0; the answer may hold no records of the type (NODATA).
    case noError
    /// RCODE 3: neither the name nor anything below it exists (RFC 8020).
    case nxDomain
    /// RCODE 2.
    case serverFailure
    /// Any other RCODE.
    case otherCode(UInt8)
    /// No answer within the deadline or the budget.
    case timeout
    /// DNSSEC validation failed; the records are withheld.
    case bogus
    /// The question was not asked, because the message's budget was spent.
    case budgetSpent

    /// Whether nothing is known after this: the cases that SPF, DKIM and DMARC call a temporary error.
    public var isFailure: Bool {
        switch self {
        case .noError, .nxDomain: false
        default: true
        }
    }

    /// The DNS RCODE, where the status is one.
    public var code: UInt8? {
        switch self {
        case .noError: 0
        case .serverFailure: 2
        case .nxDomain: 3
        case .otherCode(let code): code
        case .timeout, .bogus, .budgetSpent: nil
        }
    }
}

extension DNSStatus: CustomStringConvertible {
    /// A short clause for traces: `no such name`, `time-out`, …
    public var description: String {
        switch self {
        case .noError: "answered"
        case .nxDomain: "no such name"
        case .serverFailure: "server failure"
        case .otherCode(5): "refused"
        case .otherCode(let code): "error code \(code)"
        case .timeout: "time-out"
        case .bogus: "DNSSEC validation failed"
        case .budgetSpent: "not asked, DNS budget spent"
        }
    }
}

/// How far an answer is proved by DNSSEC (RFC 4035 §4.3).
public enum DNSSECState: String, Hashable, Sendable {
    /// The chain of signatures from the trust anchor is complete: also for "no such name" and "no data".
    case secure
    /// Proved to be unsigned.
    case insecure
    /// Signed, but the proof fails.
    case bogus
    /// No trust anchor covers it, or nothing was validated.
    case indeterminate
}

/// The answer to one question: always a value, never a thrown error.
public struct DNSAnswer: Hashable, Sendable {
    public var question: DNSQuestion
    public var status: DNSStatus
    /// The answer section: first the CNAMEs that were followed, if any, then the records of the type.
    /// Empty after a failure.
    public var records: [DNSRecord]
    /// How far the answer, also one of absence, is proved.
    public var security: DNSSECState
    /// For how long the answer may be kept: the least TTL of the records, or the negative TTL (RFC 2308 §5).
    public var ttlSeconds: UInt32
    /// Why validation failed, if it did and the resolver said so.
    public var whyBogus: String?

    public init(
        question: DNSQuestion, status: DNSStatus, records: [DNSRecord] = [],
        security: DNSSECState = .indeterminate, ttlSeconds: UInt32 = 0, whyBogus: String? = nil
    ) {
        self.question = question
        self.status = status
        self.records = records
        self.security = security
        self.ttlSeconds = ttlSeconds
        self.whyBogus = whyBogus
    }

    /// The content of the records of the type that was asked for, without the CNAMEs on the way.
    public var data: [DNSRecordData] {
        records.lazy.filter { $0.type == question.type }.map(\.data)
    }

    /// Whether there is an answer and it holds no record of the type: "no such name" or "no data". What
    /// RFC 7208 §4.6.4 calls a void lookup.
    public var isVoid: Bool {
        !status.isFailure && !records.contains { $0.type == question.type }
    }

    /// Each TXT record of the answer, its strings joined.
    public var texts: [[UInt8]] { data.compactMap(\.joinedText) }

    /// Each address of the answer.
    public var addresses: [IPAddress] {
        data.compactMap { if case .address(let address) = $0 { address } else { nil } }
    }

    /// The name that the records of the type stand at: the end of the CNAME chain.
    public var canonicalName: DomainName {
        for record in records.reversed() {
            if record.type == question.type { return record.name }
            if case .cname(let target) = record.data, question.type != .cname { return target }
        }
        return question.name
    }
}
