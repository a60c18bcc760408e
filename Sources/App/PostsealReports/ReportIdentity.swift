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
        identity.add(head.domain)
        identity.add(head.begin?.seconds)
        identity.add(head.end?.seconds)
        // RFC 9990 §3.1.1.4: a report has an identifier. One without, and each failure report, is what it says.
        if head.reportID.isEmpty || report.kind == "dmarc-failure" { identity.add(self.content) }
        self.identity = identity.value()
        key = ReportHash(self.identity)
    }
}

/// The octets of a hash; those of an array would be hashed one by one again.
struct ReportHash: Hashable {
    private let words: InlineWords

    init(_ octets: [UInt8]) {
        func word(_ place: Int) -> UInt64 {
            octets.dropFirst(8 * place).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = InlineWords(first: word(0), second: word(1), third: word(2), fourth: word(3))
    }

    func hash(into hasher: inout Hasher) { hasher.combine(words.first) }

    private struct InlineWords: Hashable {
        let first: UInt64
        let second: UInt64
        let third: UInt64
        let fourth: UInt64
    }
}

/// The members that all kinds of reports have.
struct ReportHead: Sendable {
    /// Limit: domains that a report is found by.
    private static let domainsMax = 1000

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
            domains = Array(report.reportedDomains.prefix(Self.domainsMax))
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
private struct ReportDigest: ~Copyable {
    /// Limit: octets that wait to be hashed. Members are small, and each call of the hash costs more than they do.
    private static let pendingMax = 16 << 10

    private var hasher = SHA256Hasher()
    private let pending = UnsafeMutablePointer<UInt8>.allocate(capacity: pendingMax)
    private var count = 0

    deinit { pending.deallocate() }

    /// The hash of all that was added.
    mutating func value() -> [UInt8] {
        flush()
        return hasher.finalize().bytes
    }

    private mutating func flush() {
        hasher.update(memory: UnsafeRawBufferPointer(start: pending, count: count))
        count = 0
    }

    /// Makes room for so many octets, which are no more than there is room for.
    private mutating func reserve(_ octets: Int) {
        if count + octets > Self.pendingMax { flush() }
    }

    mutating func add(_ octets: [UInt8]) {
        octets.withUnsafeBufferPointer { add(memory: $0) }
    }

    private mutating func add(memory octets: UnsafeBufferPointer<UInt8>) {
        reserve(8)
        addLength(octets.count)
        guard octets.count <= Self.pendingMax - 8 else {
            flush()
            hasher.update(memory: UnsafeRawBufferPointer(octets))
            return
        }
        reserve(octets.count)
        guard let start = octets.baseAddress else { return }
        (pending + count).update(from: start, count: octets.count)
        count += octets.count
    }

    private mutating func addLength(_ length: Int) {
        UnsafeMutableRawPointer(pending + count).storeBytes(of: UInt64(length).littleEndian, as: UInt64.self)
        count += 8
    }

    /// Nothing is not the same as an empty text.
    private mutating func addPresence(_ isThere: Bool) {
        reserve(9)
        addLength(1)
        pending[count] = isThere ? 1 : 0
        count += 1
    }

    mutating func add(_ text: String?) {
        addPresence(text != nil)
        var text = text ?? ""
        text.withUTF8 { add(memory: $0) }
    }

    /// As its decimal digits are added.
    mutating func add(_ number: Int64?) {
        addPresence(number != nil)
        reserve(8 + 20)
        let start = count + 8
        var end = start
        if let number {
            if number < 0 {
                pending[end] = UInt8(ascii: "-")
                end += 1
            }
            end = write(number.magnitude, at: end)
        }
        addLength(end - start)
        count = end
    }

    /// As its text is added.
    private mutating func add(_ source: DMARCReportSource) {
        guard case .address(.v4(let address)) = source else { return add(source.text) }
        addPresence(true)
        reserve(8 + 15)
        let start = count + 8
        var end = start
        for part in 0..<4 {
            if part > 0 {
                pending[end] = UInt8(ascii: ".")
                end += 1
            }
            end = write(UInt64(address >> UInt32(24 - 8 * part) & 0xFF), at: end)
        }
        addLength(end - start)
        count = end
    }

    /// Writes decimal digits.
    ///
    /// - Returns: the place behind them.
    private func write(_ number: UInt64, at start: Int) -> Int {
        var digits = 1
        var rest = number
        while rest > 9 {
            rest /= 10
            digits += 1
        }
        rest = number
        for place in (start..<start + digits).reversed() {
            pending[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return start + digits
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
        case .tls(let report): add(report.octets)
        }
    }

    private mutating func add(_ record: DMARCReportRecord) {
        add(record.source)
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
