public import MailBytes
public import MailNames

/// Counts sessions by day, domain, policy and failure, until reports are made of them.
///
/// A value: two counters of one day add up (``merge(_:)``), and ``text`` keeps one over a restart. Sessions that carry
/// TLS reports must not be given to it, or two reporters would report about each other for ever.
///
/// Limits are those of ``TLSReportCounterLimits``. Sessions of domains and policies over a limit are counted in
/// ``omittedSessions(on:)`` alone; failures over the limit are counted by their result type without details.
public struct TLSReportCounter: Hashable, Sendable {
    /// How much is kept.
    public let limits: TLSReportCounterLimits
    var counts: [TLSReportDay: DayCounts] = [:]

    public init(limits: TLSReportCounterLimits = TLSReportCounterLimits()) { self.limits = limits }

    /// What is known of one day.
    struct DayCounts: Hashable, Sendable {
        var domains: [DomainName: DomainCounts] = [:]
        var omitted = 0
        /// What names, records, policies and failures take, in octets.
        var octets = 0

        /// Takes room for something new; false where there is none.
        mutating func take(_ count: Int, limit: Int) -> Bool {
            guard count <= 0 || octets + count <= limit else { return false }
            octets += count
            return true
        }
    }

    /// What is known of one domain on one day.
    struct DomainCounts: Hashable, Sendable {
        /// The domain's TLSRPT record, as it was last seen.
        var record: String?
        var policies: [TLSAppliedPolicy: PolicyCounts] = [:]
    }

    /// What is known of one policy of one domain on one day.
    struct PolicyCounts: Hashable, Sendable {
        var successful = 0
        var failed = 0
        var failures: [TLSSessionFailure: Int] = [:]

        /// Adds a failure as it is, or, where there is no room for more, by its type alone.
        mutating func add(
            _ failure: TLSSessionFailure, _ count: Int, limit: Int, hasRoom: (TLSSessionFailure) -> Bool = { _ in true }
        ) {
            let isKept = failures[failure] != nil || failures.count < limit && hasRoom(failure)
            let key = isKept ? failure : TLSSessionFailure(failure.resultType.isKnown ? failure.resultType : .other)
            failures[key] = Self.sum(failures[key] ?? 0, count)
        }

        static func sum(_ left: Int, _ right: Int) -> Int {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? TLSRPTLimits.countMax : min(sum, TLSRPTLimits.countMax)
        }
    }

    /// Counts a session that ended at a time.
    public mutating func count(_ outcome: TLSSessionOutcome, at time: UnixTime) {
        let day = TLSReportDay(containing: time)
        for part in outcome.policies.prefix(TLSRPTLimits.sessionPoliciesMax) {
            var counts = PolicyCounts()
            if part.isSuccess { counts.successful = 1 } else { counts.failed = 1 }
            for failure in part.failures.prefix(TLSRPTLimits.sessionFailuresMax) {
                counts.add(failure.kept, 1, limit: TLSRPTLimits.sessionFailuresMax)
            }
            add(counts, for: part.policy.kept(in: outcome.domain), of: outcome.domain, record: outcome.record, on: day)
        }
    }

    /// Adds counts, as far as the limits allow.
    mutating func add(
        _ added: PolicyCounts, for policy: TLSAppliedPolicy, of domain: DomainName, record: String?,
        on day: TLSReportDay
    ) {
        guard makeRoom(for: day) else { return }
        var counts = counts.removeValue(forKey: day) ?? DayCounts()
        defer { self.counts[day] = counts }
        let sessions = PolicyCounts.sum(added.successful, added.failed)
        // A report's name, subject and identifier are made of the name; what is no host name has no mail servers.
        let isNew = counts.domains[domain] == nil
        guard domain.isHostName, !isNew || counts.domains.count < limits.domainsMax,
            !isNew || counts.take(Self.entryOctets + domain.bytes.count, limit: limits.octetsMax)
        else {
            counts.omitted = PolicyCounts.sum(counts.omitted, sessions)
            return
        }
        var known = counts.domains.removeValue(forKey: domain) ?? DomainCounts()
        defer { counts.domains[domain] = known }
        if let record = record?.shortened(to: 4 * TLSRPTLimits.textBytesMax), record != known.record,
            counts.take(record.utf8.count - (known.record?.utf8.count ?? 0), limit: limits.octetsMax)
        {
            known.record = record
        }
        guard
            known.policies[policy] != nil
                || known.policies.count < limits.policiesMax && counts.take(policy.octets, limit: limits.octetsMax)
        else {
            counts.omitted = PolicyCounts.sum(counts.omitted, sessions)
            return
        }
        var all = known.policies.removeValue(forKey: policy) ?? PolicyCounts()
        all.successful = PolicyCounts.sum(all.successful, added.successful)
        all.failed = PolicyCounts.sum(all.failed, added.failed)
        for (failure, count) in added.failures {
            all.add(failure, count, limit: limits.failuresMax) { counts.take($0.octets, limit: limits.octetsMax) }
        }
        known.policies[policy] = all
    }

    /// What a domain, a policy or a failure takes besides its texts, about.
    static let entryOctets = 160

    /// Whether counts of a day can be kept: the oldest day gives way to a newer one.
    private mutating func makeRoom(for day: TLSReportDay) -> Bool {
        guard counts[day] == nil, counts.count >= limits.daysMax else { return true }
        guard let oldest = counts.keys.min(), oldest < day else { return false }
        counts[oldest] = nil
        return true
    }

    /// Adds what another counter has counted. Within the limits, the order does not matter.
    public mutating func merge(_ other: TLSReportCounter) {
        for (day, counts) in other.counts.sorted(by: { $0.key < $1.key }) {
            for (domain, known) in counts.domains {
                for (policy, part) in known.policies {
                    add(part, for: policy, of: domain, record: known.record, on: day)
                }
            }
            addOmitted(counts.omitted, on: day)
        }
    }

    mutating func addOmitted(_ sessions: Int, on day: TLSReportDay) {
        guard sessions > 0, makeRoom(for: day) else { return }
        let before = counts[day]?.omitted ?? 0
        counts[day, default: DayCounts()].omitted = PolicyCounts.sum(before, sessions)
    }

    /// What is counted of one day alone.
    public func only(_ day: TLSReportDay) -> TLSReportCounter {
        var counter = TLSReportCounter(limits: limits)
        counter.counts[day] = counts[day]
        return counter
    }

    /// What is counted of one day alone, as if it were of another one.
    public func only(_ day: TLSReportDay, as other: TLSReportDay) -> TLSReportCounter {
        var counter = TLSReportCounter(limits: limits)
        counter.counts[other] = counts[day]
        return counter
    }

    /// Sessions of a day, by policy, that reports will have.
    public func sessions(on day: TLSReportDay) -> Int {
        let parts = (counts[day]?.domains.values).map { $0.flatMap(\.policies.values) } ?? []
        return parts.reduce(0) { PolicyCounts.sum($0, PolicyCounts.sum($1.successful, $1.failed)) }
    }

    /// Forgets a day, whose reports have been made.
    public mutating func remove(_ day: TLSReportDay) { counts[day] = nil }

    /// The days of which something is known, in order.
    public var days: [TLSReportDay] { counts.keys.sorted() }

    /// The domains of which something is known on a day, in order.
    public func domains(on day: TLSReportDay) -> [DomainName] { counts[day]?.domains.keys.sorted() ?? [] }

    /// Sessions of a day, by policy, that no report will have, because of a limit.
    public func omittedSessions(on day: TLSReportDay) -> Int { counts[day]?.omitted ?? 0 }
}

extension TLSRPTResultType {
    /// Where failures go whose word is none of the registry, when there are too many of them.
    static let other = TLSRPTResultType.validationFailure

    /// Whether the word is one of RFC 8460.
    var isKnown: Bool {
        if case .unknown = self { false } else { true }
    }
}

extension TLSAppliedPolicy {
    /// What it takes in memory, about.
    var octets: Int {
        let name = TLSReportCounter.entryOctets + (domain?.bytes.count ?? 0)
        return (strings + mxHosts).reduce(name) { $0 + 16 + $1.utf8.count }
    }

    /// The policy with what is kept of it, and with its domain.
    func kept(in domain: DomainName) -> TLSAppliedPolicy {
        func kept(_ texts: [String]) -> [String] {
            texts.prefix(TLSRPTLimits.policyStringsMax).map { $0.shortened(to: TLSRPTLimits.textBytesMax) }
        }
        return TLSAppliedPolicy(
            type: type, strings: kept(strings), domain: self.domain ?? domain, mxHosts: kept(mxHosts))
    }
}

extension TLSSessionFailure {
    /// What it takes in memory, about.
    var octets: Int {
        [receivingHost, receivingHELO, additionalInformation, reasonCode].compactMap(\.self)
            .reduce(2 * TLSReportCounter.entryOctets) { $0 + $1.utf8.count }
    }

    /// The failure with what is kept of its texts.
    var kept: TLSSessionFailure {
        func kept(_ text: String?) -> String? { text?.shortened(to: TLSRPTLimits.textBytesMax) }
        var failure = self
        failure.receivingHost = kept(receivingHost)
        failure.receivingHELO = kept(receivingHELO)
        failure.additionalInformation = kept(additionalInformation)
        failure.reasonCode = kept(reasonCode)
        return failure
    }
}

extension String {
    /// The text's beginning in at most this many octets, in whole characters of Unicode.
    func shortened(to octets: Int) -> String {
        guard utf8.count > octets else { return self }
        var scalars = String.UnicodeScalarView()
        var length = 0
        for scalar in unicodeScalars {
            length += UTF8.width(scalar)
            if length > octets { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}
