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
    /// A record, and what it counts for. Names are told by their places in ``ReportRows/names``.
    struct Record: Sendable {
        let source: DMARCReportSource
        let messages: Int
        let disposition: String?
        let isDKIMAligned: Bool?
        let isSPFAligned: Bool?
        let headerFrom: Int?
        let envelopeFrom: Int?
        let envelopeTo: Int?
        /// The domain that its messages prove to come from; nil if they prove none.
        let via: Int?
        let outcome: Outcome
    }

    /// What tells sums of one source and domain from each other.
    struct Outcome: Hashable, Sendable {
        /// 1 for DKIM, and 2 for SPF.
        let alignment: Int64
        let disposition: Int64
        let exception: Int64
        let isSubdomain: Int64
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
    let period: ReportPeriod
    let policy: String?
    /// As they are kept, each once.
    let names: [String]
    /// What it is about, the first one first.
    let domains: [Int]
    let records: [Record]
    let sessions: [Sessions: Int]
    let failure: Failure?

    init(_ report: MailReport, received: UnixTime) {
        kind = report.kind
        head = ReportHead(report)
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
        records = maker.records
        sessions = maker.sessions
        failure = maker.failure
    }

    /// Calls with all sources in it, with some more than once.
    func forEachSource(_ body: (DMARCReportSource) -> Void) {
        for record in records { body(record.source) }
        for alike in sessions.keys { if let sender = alike.sender { body(sender) } }
        if let failure { body(failure.source) }
    }
}

/// Gathers what reports come to.
private struct ReportRowsMaker {
    private(set) var names: [String] = []
    private(set) var records: [ReportRows.Record] = []
    private(set) var sessions: [ReportRows.Sessions: Int] = [:]
    var failure: ReportRows.Failure?
    private var places: [String: Int] = [:]

    /// The place of a name, which is given one.
    mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        let kept = StoredName.form(name)
        let place = places[kept] ?? names.count
        if place == names.count { names.append(kept) }
        places[name] = place
        places[kept] = place
        return place
    }

    // MARK: - Records

    mutating func add(_ report: DMARCAggregateReport, of domain: String) {
        var proofs = ProvenDomains(domain)
        records.reserveCapacity(report.records.count)
        for record in report.records {
            let key = ReportTallyKey(record, of: domain, &proofs)
            records.append(
                ReportRows.Record(
                    source: record.source, messages: min(record.count, ReportLimits.messagesMax),
                    disposition: record.disposition?.word, isDKIMAligned: record.dkimAligned,
                    isSPFAligned: record.spfAligned, headerFrom: record.headerFrom.map { place(of: $0) },
                    envelopeFrom: record.envelopeFrom.map { place(of: $0) },
                    envelopeTo: record.envelopeTo.map { place(of: $0) }, via: key.via.map { place(of: $0) },
                    outcome: ReportRows.Outcome(
                        alignment: (key.isDKIMAligned ? 1 : 0) | (key.isSPFAligned ? 2 : 0),
                        disposition: key.disposition.rawValue, exception: key.exception.rawValue,
                        isSubdomain: key.isSubdomain ? 1 : 0)))
        }
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
        self.init(
            source: report.sourceAddress.map { .address($0) } ?? .missing, feedbackType: kept(report.feedbackType),
            authFailure: kept(report.authFailure), deliveryResult: kept(report.deliveryResult),
            alignment: kept(report.identityAlignment.map { $0.joined(separator: " ") }),
            mailFrom: kept(report.value("Original-Mail-From")), author: kept(author))
    }
}

/// Domains that records prove, looked at once for each text: a report has few of them, again and again.
struct ProvenDomains {
    /// What a text comes to.
    enum Proof {
        /// The policy's domain, or one below it.
        case own
        case foreign(String)
        /// No name at all.
        case none
    }

    private let domain: String
    private var known: [String: Proof] = [:]

    init(_ domain: String) { self.domain = domain }

    mutating func proof(_ text: String) -> Proof {
        if let known = known[text] { return known }
        // A name that can't be one is not shown as one.
        var proof = Proof.none
        if let name = try? DomainName(text), name.isHostName {
            let text = name.text
            proof = text == domain || text.hasSuffix("." + domain) ? .own : .foreign(text)
        }
        known[text] = proof
        return proof
    }
}
