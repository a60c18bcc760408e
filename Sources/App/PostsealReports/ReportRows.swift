internal import MailBytes
internal import MailFormat
internal import MailNames
internal import MailReports
internal import TLSRPT

/// A report as the store keeps it, before its names and sources have numbers.
///
/// It is made where reports are read, side by side, so that the one who writes has little left to do. An object, for it
/// is handed on some times, and a copy would copy twenty references.
final class ReportRows: Sendable {
    /// Messages of one source that are alike. Names and sources are told by their places in ``ReportRows/names`` and
    /// ``ReportRows/sources``.
    struct Count: Sendable {
        let source: Int
        /// The domain that they prove to come from; nil if they prove none.
        let via: Int?
        let outcome: Outcome
        let messages: Int
    }

    /// What tells sums of one source and domain from each other, in one number: a sum's place is compared often.
    struct Outcome: Hashable, Sendable {
        static let bits = 9

        let number: Int64

        init(_ key: ReportTallyKey) {
            let alignment: Int64 = (key.isDKIMAligned ? 1 : 0) | (key.isSPFAligned ? 2 : 0)
            let reasons = key.disposition.rawValue << 4 | key.exception.rawValue << 1
            number = alignment << 7 | reasons | (key.isSubdomain ? 1 : 0)
        }

        init(number: Int64) { self.number = number }

        /// By its columns, each of which has a few bits.
        init(alignment: Int64, disposition: Int64, exception: Int64, isSubdomain: Int64) {
            number =
                (alignment & 3) << 7 | (disposition & 7) << 4 | (exception & 7) << 1 | (isSubdomain == 0 ? 0 : 1)
        }

        /// 1 for DKIM, and 2 for SPF.
        var alignment: Int64 { number >> 7 }
        var disposition: Int64 { number >> 4 & 7 }
        var exception: Int64 { number >> 1 & 7 }
        var isSubdomain: Int64 { number & 1 }
    }

    /// TLS sessions that are alike.
    struct Sessions: Hashable, Sendable {
        let domain: Int
        let organization: Int
        let policyType: String
        /// 0 for those that came about, 1 for those that did not, 2 for those with a result of their own.
        let outcome: Int64
        let result: String
        let mx: Int?
        /// nil where there is no result.
        let sender: DMARCReportSource?
    }

    /// A message that failed.
    struct Failure: Sendable {
        let source: DMARCReportSource
        let feedbackType: String?
        let authFailure: String?
        let deliveryResult: String?
        let alignment: String?
        let mailFrom: String?
        let author: String?
    }

    let identity: ReportIdentity
    let kind: String
    let head: ReportHead
    let subjects: ReportSubjects?
    let period: ReportPeriod
    let policy: String?
    /// As they are kept, each once.
    let names: [String]
    /// What it is about, the first one first.
    let domains: [Int]
    /// The sources of its records, each once.
    let sources: [DMARCReportSource]
    let counts: [Count]
    let sessions: [Sessions: Int]
    let failure: Failure?

    init(_ report: MailReport, received: UnixTime) {
        kind = report.kind
        head = ReportHead(report)
        subjects = ReportSubjects(report)
        identity = ReportIdentity(report, head)
        period = ReportPeriod(begin: head.begin, end: head.end, received: received)
        policy = head.policy.map { StoredPolicy($0).stored }
        var maker = ReportRowsMaker()
        domains = head.domains.map { maker.place(of: $0) }
        switch report {
        case .aggregate(let report): maker.add(report, of: head.domain ?? "")
        case .tls(let report): for policy in report.policies { maker.add(policy, report.organizationName) }
        case .failure(let report): maker.failure = Failure(report)
        }
        names = maker.names
        sources = maker.sources
        counts = maker.counts
        sessions = maker.sessions
        failure = maker.failure
    }

    /// Calls with all sources in it, with some more than once.
    func forEachSource(_ body: (DMARCReportSource) -> Void) {
        forEachSearchedSource(body)
        for alike in sessions.keys { if let sender = alike.sender { body(sender) } }
    }

    /// Calls with the sources by which it is found.
    func forEachSearchedSource(_ body: (DMARCReportSource) -> Void) {
        for source in sources { body(source) }
        if let failure { body(failure.source) }
    }
}

/// Gathers what reports come to.
private struct ReportRowsMaker {
    private(set) var names: [String] = []
    private(set) var sources: [DMARCReportSource] = []
    private(set) var counts: [ReportRows.Count] = []
    private(set) var sessions: [ReportRows.Sessions: Int] = [:]
    var failure: ReportRows.Failure?
    private var places = FewEntries<String, Int>()
    private var sourcePlaces = FewEntries<DMARCReportSource, Int>()

    /// The place of a name, which is given one.
    mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        let kept = StoredName.form(name)
        let place = places[kept] ?? names.count
        if place == names.count {
            names.append(kept)
            places.add(kept, place)
        }
        if kept != name { places.add(name, place) }
        return place
    }

    // MARK: - Messages

    mutating func add(_ report: DMARCAggregateReport, of domain: String) {
        var proofs = ProvenDomains(
            domain, isDKIMStrict: report.policy.isDKIMStrict ?? false, isSPFStrict: report.policy.isSPFStrict ?? false)
        counts.reserveCapacity(report.records.count)
        for record in report.records {
            let key = ReportTallyKey(record, of: domain, &proofs)
            counts.append(
                ReportRows.Count(
                    source: place(of: record.source), via: key.via.map { place(of: $0) },
                    outcome: ReportRows.Outcome(key), messages: min(record.count, ReportLimits.messagesMax)))
        }
    }

    private mutating func place(of source: DMARCReportSource) -> Int {
        if let place = sourcePlaces[source] { return place }
        let place = sources.count
        sourcePlaces.add(source, place)
        sources.append(source)
        return place
    }

    // MARK: - Sessions

    mutating func add(_ policy: TLSReportPolicy, _ organization: String) {
        // A report can be about several domains: each has its own sessions.
        guard let domain = policy.domain?.text else { return }
        let type = StoredName.word(policy.type.word)
        let (domainPlace, organizationPlace) = (place(of: domain), place(of: organization))
        func sessions(
            _ outcome: Int64, _ result: String = "", mx: Int? = nil, sender: DMARCReportSource? = nil
        ) -> ReportRows.Sessions {
            ReportRows.Sessions(
                domain: domainPlace, organization: organizationPlace, policyType: type, outcome: outcome,
                result: result, mx: mx, sender: sender)
        }
        add(sessions(0), policy.successfulSessions)
        add(sessions(1), policy.failedSessions)
        for failure in policy.failures {
            let host = failure.receivingMXHostname.flatMap { $0.isEmpty ? nil : (try? DomainName($0))?.text ?? $0 }
            let alike = sessions(
                2, StoredName.word(failure.resultType.word), mx: host.map { place(of: $0) },
                sender: StoredSource.source(text: failure.sendingMTAIP))
            add(alike, failure.failedSessions)
        }
    }

    private mutating func add(_ alike: ReportRows.Sessions, _ count: Int) {
        guard count > 0 else { return }
        sessions[alike, default: 0] =
            sessions[alike, default: 0].addingUpToMax(min(count, ReportLimits.messagesMax))
    }
}

extension ReportRows.Failure {
    init(_ report: FeedbackReport) {
        let author = report.original.flatMap { original -> String? in
            let header = MailMessage(parsing: original.octets).header
            return header.first(named: "From").map { String(lossy: header.unfolded($0)) }
        }
        func kept(_ text: String?) -> String? { text.map { StoredName.form($0) } }
        // Words of registries (RFC 5965 §7.3, RFC 6591 §3.3).
        func word(_ text: String?) -> String? { text.map { StoredName.word($0) } }
        self.init(
            source: report.sourceAddress.map { .address($0) } ?? .missing, feedbackType: word(report.feedbackType),
            authFailure: word(report.authFailure), deliveryResult: word(report.deliveryResult),
            alignment: word(report.identityAlignment.map { $0.joined(separator: " ") }),
            mailFrom: kept(report.value("Original-Mail-From")), author: kept(author))
    }
}
