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
    /// The program that makes them, and its version.
    public var generator: String

    /// RFC 9990 §3.1.1.3: the name and the version, so that who reads a report knows where to report a mistake in it.
    public static func generator(version: StaticString) -> String { "Postseal \(version)" }

    /// Limit: records of a report. RFC 9990 has none. Results and octets are held to ``MailReports/MailReportLimits``:
    /// a report that we would not read is not sent to others.
    public static let recordsMax = MailReportLimits.recordsMax
    /// Limit: reports of one domain and day. RFC 9990 §3.1 has one for each policy; more would let a domain that
    /// publishes another policy each second have as many mails from us.
    public static let configurationsMax = 8
    /// Limit: octets of a packed report. In base64 it has a third more, and mail servers take 10 MB at the least.
    public static let octetsMax = 7_000_000

    /// Limit: results and reasons of a report; others are for tests.
    var resultsMax = MailReportLimits.resultsMax
    /// Limit: octets of a report before it is packed; others are for tests.
    var documentOctetsMax = MailReportLimits.documentBytesMax

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
        let all = Self.records(counts)
        var records = all
        var most = self.most(of: records)
        while true {
            var notes = Self.left(records.dropFirst(most), "there were too many kinds of them")
            if records.count < all.count {
                notes += Self.left(Set(all).subtracting(records), "they can't be told as RFC 9990 has it")
            }
            let report = report(policy, Array(records.prefix(most)), domain, day, notes + errors)
            switch packed(report) {
            case .whole(let octets, let length):
                guard
                    let document = DMARCReportDocument(
                        report, submitter: submitter.domain, uniqueID: report.reportID)
                else { throw AggregateBuildingError("the policy is of no domain") }
                return BuiltReport(
                    kind: .dmarcAggregate, period: "\(domain.text) \(Self.hex(of: policy.stored, octets: 8))",
                    domain: domain.text, day: day, reportID: report.reportID, fileName: document.fileName,
                    subject: document.subject, submitter: submitter.domain.text, messages: report.messages,
                    document: octets, documentLength: length)
            case .tooLarge(let octets, let limit):
                guard most > 1 else { throw AggregateBuildingError("a single record is too large for a report") }
                // A little below what would fit if all were of one size.
                most = max(1, min(most - 1, most * limit / octets * 19 / 20))
            case .unfit(let reason):
                // What strangers sent must not keep the others' messages from being reported.
                let fit = records.filter { Self.isFit(self.report(policy, [$0], domain, day, [])) }
                guard !fit.isEmpty, fit.count < records.count else { throw AggregateBuildingError(reason) }
                records = fit
                most = self.most(of: records)
            }
        }
    }

    /// How many of the records a report may have: no more than whoever reads it bears, and so we ourselves.
    private func most(of records: [DMARCReportRecord]) -> Int {
        var results = 0
        let end = records.prefix(Self.recordsMax).firstIndex { record in
            results += record.dkim.count + record.spf.count + record.reasons.count
            return results > resultsMax
        }
        return max(end ?? min(records.count, Self.recordsMax), 1)
    }

    private static func left(_ records: some Sequence<DMARCReportRecord>, _ reason: String) -> [String] {
        let messages = records.reduce(0) { $0 + $1.count }
        return messages > 0 ? ["\(messages) messages are in no record: \(reason)"] : []
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

    /// What came of writing a report.
    private enum Packing {
        /// It is there: packed, and how long it is unpacked.
        case whole([UInt8], length: Int)
        /// So many octets are more than so many.
        case tooLarge(Int, limit: Int)
        /// It would be wrong, and why.
        case unfit(String)
    }

    /// The report as it goes out: written, packed, and read again.
    private func packed(_ report: DMARCAggregateReport) -> Packing {
        let document: [UInt8]
        do throws(DMARCReportProblems) {
            document = try report.document()
        } catch {
            return .unfit("the report would not be as RFC 9990 has it: \(error.problems.first?.path ?? "")")
        }
        guard document.count <= documentOctetsMax else { return .tooLarge(document.count, limit: documentOctetsMax) }
        guard let again = try? DMARCAggregateReport(parsing: document), again == report else {
            return .unfit("the report does not come back as it was written")
        }
        let octets = ReportPacking.gzip(document)
        guard octets.count <= Self.octetsMax else { return .tooLarge(octets.count, limit: Self.octetsMax) }
        guard ReportPacking.gunzip(octets, length: document.count) == document else {
            return .unfit("the report can't be packed")
        }
        return .whole(octets, length: document.count)
    }

    /// Whether a report comes back as it was written.
    private static func isFit(_ report: DMARCAggregateReport) -> Bool {
        guard let document = try? report.document() else { return false }
        return (try? DMARCAggregateReport(parsing: document)) == report
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
