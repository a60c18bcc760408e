internal import MailBytes
internal import MailCrypto
internal import MailNames
internal import MailReports
internal import TLSRPT

/// What tells one report from another, and one content from another.
struct ReportIdentity: Sendable {
    /// Who made it, for which domain and period, and its identifier: the same for a report that comes again.
    let identity: [UInt8]
    /// What it says. Reports that come again say the same, however they are packed or laid out.
    let content: [UInt8]
    /// The identity, for tables in memory.
    let key: ReportHash

    init(_ report: MailReport, _ head: ReportHead) {
        var content = ReportDigest()
        content.add(report)
        self.content = content.value()
        var identity = ReportDigest()
        identity.add(report.kind)
        identity.add(head.organization.lowercased())
        identity.add(head.reportID)
        identity.add(Self.domain(report, head))
        identity.add(head.begin?.seconds)
        identity.add(head.end?.seconds)
        // RFC 9990 §3.1.1.4: a report has an identifier. One without, and each failure report, is what it says.
        if head.reportID.isEmpty || report.kind == "dmarc-failure" { identity.add(self.content) }
        self.identity = identity.value()
        key = ReportHash(self.identity)
    }

    /// What a report is about. A TLS report that comes again may have its policies in another order.
    private static func domain(_ report: MailReport, _ head: ReportHead) -> String? {
        guard case .tls = report, head.domains.count > 1 else { return head.domain }
        return Set(head.domains).sorted().joined(separator: " ")
    }
}

/// The octets of a hash; those of an array would be hashed one by one again.
struct ReportHash: Hashable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    init(_ octets: [UInt8]) {
        func word(_ place: Int) -> UInt64 {
            octets.dropFirst(8 * place).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    func hash(into hasher: inout Hasher) { hasher.combine(first) }
}

/// The members that all kinds of reports have.
struct ReportHead: Sendable {
    /// Limit: domains that a report is found by.
    private static let domainsMax = 1000
    /// Limit: the same of a failure report, which is about one message. There is a sample for each of them.
    private static let failureDomainsMax = 20

    var organization: String
    var reportID: String
    /// The first that it is about.
    var domain: String? { domains.first }
    /// All that it is about.
    var domains: [String]
    var begin: UnixTime?
    var end: UnixTime?
    var messages: Int
    var policy: DMARCReportedPolicy?

    init(_ report: MailReport) {
        switch report {
        case .aggregate(let report):
            organization = report.organizationName
            reportID = report.reportID
            domains = [report.policy.domain ?? report.records.lazy.compactMap(\.headerFrom).first].compactMap(\.self)
            (begin, end) = (report.begin, report.end)
            messages = report.messages
            policy = report.policy
        case .failure(let report):
            organization = report.reportingHost ?? report.sender?.domain?.text ?? ""
            reportID = report.sender?.messageID ?? ""
            domains = Array(report.reportedDomains.prefix(Self.failureDomainsMax))
            (begin, end) = (report.arrivalDate, report.arrivalDate)
            messages = report.incidents
        case .tls(let report):
            organization = report.organizationName
            reportID = report.reportID
            domains = Array(report.policies.lazy.compactMap(\.domain?.text).prefix(Self.domainsMax))
            (begin, end) = (report.begin, report.end)
            messages = report.policies.reduce(0) { sum, policy in
                let (once, first) = sum.addingReportingOverflow(policy.successfulSessions)
                let (twice, second) = once.addingReportingOverflow(policy.failedSessions)
                return first || second ? .max : twice
            }
        }
        messages = min(max(messages, 0), ReportLimits.messagesMax)
    }
}

enum ReportLimits {
    /// The greatest sum: more is not counted. Two of them can be added without an overflow.
    static let messagesMax = MailReportLimits.countMax
}

/// A hash over members, each with its length in front, so that no two lists of members are the same octets.
private struct ReportDigest {
    /// Limit: octets that wait to be hashed. Members are small, and each call of the hash costs more than they do.
    private static let pendingMax = 16 << 10
    /// Octets of a length.
    private static let lengthCount = 8
    /// Octets before a text.
    private static let headCount = 2 * lengthCount + 1

    private var hasher = SHA256Hasher()
    private var pending: [UInt8] = []
    private var digits: [UInt8] = []

    init() { pending.reserveCapacity(Self.pendingMax) }

    /// The hash of all that was added.
    mutating func value() -> [UInt8] {
        hasher.update(pending)
        pending = []
        return hasher.finalize().bytes
    }

    mutating func add(_ octets: [UInt8]) {
        pending.append(addingCapacity: Self.lengthCount) { Self.put(octets.count, to: &$0) }
        pending.append(contentsOf: octets)
        flush()
    }

    private mutating func flush() {
        guard pending.count >= Self.pendingMax else { return }
        hasher.update(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private static func put(_ length: Int, to output: inout OutputSpan<UInt8>) {
        for shift in stride(from: 0, to: 64, by: 8) {
            output.append(UInt8(truncatingIfNeeded: UInt64(length) >> UInt64(shift)))
        }
    }

    mutating func add(_ text: String?) {
        var octets = text ?? ""
        octets.withUTF8 { octets in
            pending.append(addingCapacity: Self.headCount) { Self.putHead(isThere: text != nil, octets.count, to: &$0) }
            pending.append(contentsOf: octets)
        }
        flush()
    }

    /// As its digits are added as a text.
    mutating func add(_ number: Int64?) {
        guard let number else { return add(nil as String?) }
        digits.removeAll(keepingCapacity: true)
        digits.append(decimal: number)
        pending.append(addingCapacity: Self.headCount + digits.count) { output in
            Self.putHead(isThere: true, digits.count, to: &output)
            for digit in digits { output.append(digit) }
        }
        flush()
    }

    /// What stands before a text: nothing is not the same as an empty text.
    private static func putHead(isThere: Bool, _ length: Int, to output: inout OutputSpan<UInt8>) {
        put(1, to: &output)
        output.append(isThere ? 1 : 0)
        put(length, to: &output)
    }

    mutating func add(_ report: MailReport) {
        switch report {
        case .aggregate(let report):
            let policy = report.policy
            add(policy.domain)
            for tag in [policy.policy, policy.subdomainPolicy, policy.nonexistentPolicy] { add(tag?.word) }
            add(Int64(report.records.count))
            for record in report.records { add(record) }
        case .failure(let report):
            for field in report.fields {
                add(field.name)
                add(field.value)
            }
            add(report.original?.octets ?? [])
        case .tls(var report):
            if report.policies.count > 1 {
                let texts = report.policies.map { ($0.json.text, $0) }.sorted { $0.0 < $1.0 }
                report.policies = texts.map(\.1)
            }
            add(report.octets)
        }
    }

    private mutating func add(_ record: DMARCReportRecord) {
        add(record.source.text)
        add(Int64(record.count))
        add(record.disposition?.word)
        add(record.dkimAligned.map { Int64($0 ? 1 : 0) })
        add(record.spfAligned.map { Int64($0 ? 1 : 0) })
        add(record.headerFrom)
        add(record.envelopeFrom)
        add(record.envelopeTo)
        for reason in record.reasons { add(reason.type.word) }
        for signature in record.dkim {
            add(signature.domain)
            add(signature.selector)
            add(signature.result.word)
        }
        for spf in record.spf {
            add(spf.domain)
            add(spf.result.word)
        }
    }
}
