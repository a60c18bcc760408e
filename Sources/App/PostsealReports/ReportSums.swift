internal import MailBytes
internal import MailNames
internal import MailReports
internal import TLSRPT

/// What reports add to sums, before names and sources have numbers.
struct ReportSums {
    /// Messages that are alike.
    struct Place: Hashable {
        let domain: String
        let span: ReportTally.Span
        let start: Int64
        let key: ReportTallyKey
    }

    /// Sessions that are alike.
    struct SessionPlace: Hashable {
        let domain: String
        let start: Int64
        let organization: String
        let policyType: String
        /// 0 for those that came about, 1 for those that did not, 2 for those with a result of their own.
        let outcome: Int64
        let failure: TLSTally.Failure?
    }

    private(set) var messages: [Place: Int] = [:]
    private(set) var sessions: [SessionPlace: Int] = [:]

    /// The names in it.
    var names: Set<String> {
        var names: Set<String> = []
        for place in messages.keys {
            names.insert(place.domain)
            if let via = place.key.via { names.insert(via) }
        }
        for place in sessions.keys {
            names.insert(place.domain)
            names.insert(place.organization)
            if let mx = place.failure?.mx { names.insert(mx) }
        }
        return names
    }

    /// The sources in it.
    var sources: Set<[UInt8]> {
        Set(
            messages.keys.map { StoredSource.octets($0.key.source) }
                + sessions.keys.compactMap { $0.failure.map { StoredSource.octets($0.sender) } })
    }

    mutating func add(_ report: MailReport, received: UnixTime) {
        let head = ReportHead(report)
        let period = ReportPeriod(begin: head.begin, end: head.end, received: received)
        switch report {
        case .aggregate(let report):
            guard let domain = head.domain else { return }
            for record in report.records where record.count > 0 { add(record, domain, period) }
        case .tls(let report):
            for policy in report.policies { add(policy, report.organizationName, period) }
        case .failure: break
        }
    }

    private mutating func add(_ record: DMARCReportRecord, _ domain: String, _ period: ReportPeriod) {
        let key = ReportTallyKey(record, of: domain)
        for (span, start) in period.starts {
            let place = Place(domain: domain, span: span, start: start, key: key)
            messages[place, default: 0] = messages[place, default: 0]
                .addingUpToMax(min(record.count, ReportLimits.messagesMax))
        }
    }

    private mutating func add(_ policy: TLSReportPolicy, _ organization: String, _ period: ReportPeriod) {
        // A report can be about several domains: each has its own sessions.
        guard let domain = policy.domain?.text else { return }
        func add(_ outcome: Int64, _ failure: TLSTally.Failure?, _ count: Int) {
            guard count > 0 else { return }
            let place = SessionPlace(
                domain: domain, start: period.day, organization: organization, policyType: policy.type.word,
                outcome: outcome, failure: failure)
            sessions[place, default: 0] = sessions[place, default: 0].addingUpToMax(
                min(count, ReportLimits.messagesMax))
        }
        add(0, nil, policy.successfulSessions)
        add(1, nil, policy.failedSessions)
        for failure in policy.failures {
            let host = failure.receivingMXHostname.flatMap { $0.isEmpty ? nil : (try? DomainName($0))?.text ?? $0 }
            let key = TLSTally.Failure(
                result: failure.resultType.word, mx: host, sender: StoredSource.source(text: failure.sendingMTAIP))
            add(2, key, failure.failedSessions)
        }
    }
}
