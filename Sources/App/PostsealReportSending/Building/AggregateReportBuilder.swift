internal import MailBytes
internal import MailCrypto
public import MailNames
internal import MailReports
public import TLSRPT

/// Makes the aggregate reports of a domain and a day out of what was counted (RFC 9990 §3).
///
/// The same counts give the same reports, octet by octet, with the same identifiers: a report that is made twice can be
/// seen to be one.
public struct AggregateReportBuilder: Sendable {
    /// Who reports.
    public var submitter: TLSReportSubmitter
    /// What tells these reports from those of others with the same submitter: letters and digits, or nothing.
    public var source: String
    /// The program that makes them.
    public var generator: String

    /// Limit: records of a report. RFC 9990 has none; so many have 70 MB, and some 2 MB when they are packed.
    public static let recordsMax = 100_000
    /// Limit: reports of one domain and day. RFC 9990 §3.1 has one for each policy; more would let a domain that
    /// publishes another policy each second have as many mails from us.
    public static let configurationsMax = 8
    /// Limit: octets of a packed report. In base64 it has a third more, and mail servers take 10 MB at the least.
    public static let octetsMax = 7_000_000

    /// - Parameter source: only letters and digits of it are used.
    public init(submitter: TLSReportSubmitter, source: String = "", generator: String) {
        self.submitter = submitter
        self.source = source.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        self.generator = generator
    }

    /// The reports: one for each policy that the domain published during the day, the one with most messages first.
    ///
    /// - Throws: where a report would not be as RFC 9990 has it, or does not come back as it was written.
    public func reports(
        of domain: DomainName, on day: TLSReportDay, counts: [VerdictCount]
    ) throws(AggregateBuildingError) -> [BuiltReport] {
        var policies: [(policy: DMARCReportedPolicy, counts: [VerdictCount])] = []
        var places: [DMARCReportedPolicy: Int] = [:]
        for count in counts {
            if let place = places[count.verdict.policy] {
                policies[place].counts.append(count)
            } else {
                places[count.verdict.policy] = policies.count
                policies.append((count.verdict.policy, [count]))
            }
        }
        func messages(_ counts: [VerdictCount]) -> Int { counts.reduce(0) { $0 + $1.messages } }
        var sorted = policies.map { (policy: $0.policy, messages: messages($0.counts), counts: $0.counts) }
            .sorted { ($1.messages, $0.policy.stored) < ($0.messages, $1.policy.stored) }
        var errors: [String] = []
        if sorted.count > Self.configurationsMax {
            // RFC 9990 §3.1.8 leaves it to us to mix them.
            errors.append("the policy changed \(sorted.count - 1) times; some messages stand under another one")
            let rest = sorted[Self.configurationsMax...].flatMap(\.counts)
            sorted = Array(sorted.prefix(Self.configurationsMax))
            sorted[0].counts += rest
        }
        var reports: [BuiltReport] = []
        for (index, one) in sorted.enumerated() {
            reports.append(try build(one.policy, one.counts, domain, day, index == 0 ? errors : []))
        }
        return reports
    }

    private func build(
        _ policy: DMARCReportedPolicy, _ counts: [VerdictCount], _ domain: DomainName, _ day: TLSReportDay,
        _ errors: [String]
    ) throws(AggregateBuildingError) -> BuiltReport {
        var records = Self.records(counts)
        var most = min(records.count, Self.recordsMax)
        while true {
            let kept = Array(records.prefix(most))
            let left = records.dropFirst(most).reduce(0) { $0 + $1.count }
            let note = left > 0 ? ["\(left) messages are in no record: there were too many kinds of them"] : []
            let report = report(policy, kept, domain, day, note + errors)
            let packed = try Self.packed(report)
            guard packed.octets.count > Self.octetsMax, most > 1 else {
                guard
                    let document = DMARCReportDocument(
                        report, submitter: submitter.domain, uniqueID: report.reportID)
                else { throw AggregateBuildingError("the policy is of no domain") }
                return BuiltReport(
                    kind: .dmarcAggregate, period: "\(domain.text) \(Self.hex(of: policy.stored, octets: 8))",
                    domain: domain.text, day: day, reportID: report.reportID, fileName: document.fileName,
                    subject: document.subject, submitter: submitter.domain.text, messages: report.messages,
                    document: packed.octets, documentLength: packed.length)
            }
            most /= 2
            if records.count > most * 2 { records = Array(records) }
        }
    }

    /// One record for each row, the greatest numbers first.
    private static func records(_ counts: [VerdictCount]) -> [DMARCReportRecord] {
        var messages: [DMARCReportRecord: Int] = [:]
        for count in counts { messages[count.verdict.record, default: 0] += count.messages }
        let sorted = messages.map { (record: $0.key, count: $0.value, text: $0.key.stored) }
            .sorted { ($1.count, $0.text) < ($0.count, $1.text) }
        return sorted.map { entry in
            var record = entry.record
            record.count = entry.count
            return record
        }
    }

    private func report(
        _ policy: DMARCReportedPolicy, _ records: [DMARCReportRecord], _ domain: DomainName, _ day: TLSReportDay,
        _ errors: [String]
    ) -> DMARCAggregateReport {
        DMARCAggregateReport(
            organizationName: submitter.organizationName, email: submitter.contactInfo,
            reportID: reportID(policy, domain, day), begin: day.begin, end: day.end,
            // RFC 9990 §3.1.1.3 has one at most.
            errors: errors.isEmpty ? [] : [errors.joined(separator: "; ")], generator: generator, policy: policy,
            records: records)
    }

    /// RFC 9990 §3.1.5 and §3.2.3: the identifier is also what the file's name has, and so of letters and digits.
    private func reportID(_ policy: DMARCReportedPolicy, _ domain: DomainName, _ day: TLSReportDay) -> String {
        let whole = [submitter.domain.text, source, domain.text, policy.stored].joined(separator: " ")
        return day.text.filter { $0 != "-" } + source + Self.hex(of: whole, octets: 12)
    }

    /// The report as it goes out: written, packed, and read again.
    private static func packed(
        _ report: DMARCAggregateReport
    ) throws(AggregateBuildingError) -> (
        octets: [UInt8], length: Int
    ) {
        let document: [UInt8]
        do throws(DMARCReportProblems) {
            document = try report.document()
        } catch {
            throw AggregateBuildingError(
                "the report would not be as RFC 9990 has it: \(error.problems.first?.path ?? "")")
        }
        guard let again = try? DMARCAggregateReport(parsing: document), again == report else {
            throw AggregateBuildingError("the report does not come back as it was written")
        }
        let octets = ReportPacking.gzip(document)
        guard ReportPacking.gunzip(octets, length: document.count) == document else {
            throw AggregateBuildingError("the report can't be packed")
        }
        return (octets, document.count)
    }

    static func hex(of text: String, octets: Int) -> String {
        SHA256Hasher.hash(Array(text.utf8)).bytes.prefix(octets).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined()
    }
}

/// Why a report can't be made: one clause, without content of messages.
public struct AggregateBuildingError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
