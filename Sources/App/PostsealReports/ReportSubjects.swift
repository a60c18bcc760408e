internal import MailNames
public import MailReports
internal import TLSRPT

/// Whom a report, or a file of reports, is about: who sees all of these domains, with what is below them, may see all
/// that is in it.
public struct ReportSubjects: Hashable, Sendable {
    /// Limit: domains that are kept. What is about more is for those who see everything.
    static let countMax = 20
    /// Limit: octets of one of them; no domain has more.
    private static let octetsMax = 253
    /// Stands between them where they are stored.
    private static let separator: Character = " "

    /// In small letters and in order; none of them is below another one.
    public let domains: [String]

    private init(_ domains: [String]) { self.domains = domains.sorted() }

    /// Those of a report; nil where something in it is about no domain, or it is about too many.
    init?(_ report: MailReport) {
        var gatherer = Gatherer()
        report.forEachSubject { gatherer.add($0) }
        guard let domains = gatherer.domains else { return nil }
        self.init(domains)
    }

    /// Those of a file with these reports; nil where one of them is nobody's, or could not be read: it can be about
    /// anybody then.
    init?(of reports: [ReportSubjects?]) {
        var gatherer = Gatherer()
        for report in reports {
            guard let report else { return nil }
            for domain in report.domains { gatherer.add(domain) }
        }
        guard let domains = gatherer.domains else { return nil }
        self.init(domains)
    }

    /// Reads what ``stored(besides:)`` made; nil where there is nothing.
    init?(stored text: String?, besides known: [String]?) {
        guard let text else { return nil }
        guard text.isEmpty else {
            self.init(text.split(separator: Self.separator).map(String.init))
            return
        }
        guard let known else { return nil }
        self.init(known)
    }

    /// As a text, which is empty where it is just what is known otherwise: nearly every report is about one domain, and
    /// in a file of its own.
    func stored(besides known: [String]?) -> String {
        domains == known ? "" : domains.joined(separator: String(Self.separator))
    }

    /// Whether all of them are seen.
    public func areSeen(_ sees: (String) -> Bool) -> Bool { domains.allSatisfy(sees) }

    /// Puts domains together as they come; a report can have a hundred thousand records, most about the same.
    private struct Gatherer {
        private var kept: [(name: String, suffix: String)] = []
        private var last: String?
        private var isEveryones = false

        /// nil where it is for those who see everything.
        var domains: [String]? { isEveryones || kept.isEmpty ? nil : kept.map(\.name) }

        mutating func add(_ domain: String?) {
            guard !isEveryones else { return }
            guard let domain else {
                isEveryones = true
                return
            }
            guard domain != last else { return }
            last = domain
            let name = domain.lowercased()
            guard !kept.contains(where: { name == $0.name || name.hasSuffix($0.suffix) }) else { return }
            // Reporters name what is no domain, too; nobody has that.
            guard (1...ReportSubjects.octetsMax).contains(name.utf8.count), !name.contains(where: \.isWhitespace),
                !name.utf8.contains(0)
            else {
                isEveryones = true
                return
            }
            let suffix = "." + name
            kept.removeAll { $0.name.hasSuffix(suffix) }
            kept.append((name, suffix))
            if kept.count > ReportSubjects.countMax { isEveryones = true }
        }
    }
}

extension MailReport {
    /// Calls with each domain that it is about, with some more than once; with nil for what is about none.
    public func forEachSubject(_ body: (String?) -> Void) {
        switch self {
        case .aggregate(let report):
            // A record can be about another domain than the policy that the report begins with.
            if report.policy.domain != nil || report.records.isEmpty { body(report.policy.domain) }
            for record in report.records { body(report.author(of: record)) }
        case .failure(let report):
            for domain in report.reportedDomains { body(domain) }
            if report.reportedDomains.isEmpty { body(nil) }
        case .tls(let report):
            for policy in report.policies { body(policy.domain?.text) }
            if report.policies.isEmpty { body(nil) }
        }
    }
}

extension DMARCAggregateReport {
    /// The domain in whose name messages were sent; where a record does not say, the one that the report is about.
    public func author(of record: DMARCReportRecord) -> String? { record.headerFrom ?? policy.domain }
}
