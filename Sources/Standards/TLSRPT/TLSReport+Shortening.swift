internal import MailNames

extension TLSReport {
    /// What was summed up so that a report is no larger than it may be.
    public struct Summed: Hashable, Sendable {
        /// Failure details that do not stand in the report by themselves.
        public var details = 0
        /// The sessions that they count.
        public var sessions = 0

        public init(details: Int = 0, sessions: Int = 0) {
            self.details = details
            self.sessions = sessions
        }
    }

    /// The report in so many octets at most, and what was summed up for that.
    ///
    /// Details with most sessions stay as they are; of the others those of one policy and result type become one
    /// detail, which has the type and their sessions alone. So all counts remain true. Where policies alone are too
    /// much, as no sessions of ours make them, their texts are left out.
    func shortened(to octetsMax: Int) -> (report: TLSReport, summed: Summed) {
        guard octetsAtMost > octetsMax else { return (self, Summed()) }
        var size = octets.count
        guard size > octetsMax else { return (self, Summed()) }
        var places = policies.indices.flatMap { policy in
            policies[policy].failures.indices.map { (policy: policy, failure: $0) }
        }
        .filter { !policies[$0.policy].failures[$0.failure].isSummed }
        places.sort { left, right in
            let counts = [left, right].map { policies[$0.policy].failures[$0.failure].failedSessions }
            return (counts[1], left.failure, left.policy) < (counts[0], right.failure, right.policy)
        }
        var most = places.count
        var short = self
        while size > octetsMax, most > 0 {
            // A little below what would fit if all were of one size.
            most = min(most - 1, most * octetsMax / size * 19 / 20)
            short = summing(places.dropFirst(most))
            size = short.octets.count
        }
        if size > octetsMax {
            for index in short.policies.indices {
                (short.policies[index].strings, short.policies[index].mxHosts) = ([], [])
            }
        }
        let sessions = places.dropFirst(most).reduce(0) {
            TLSReportCounter.PolicyCounts.sum($0, policies[$1.policy].failures[$1.failure].failedSessions)
        }
        return (short, Summed(details: places.count - most, sessions: sessions))
    }

    /// With these details summed up.
    private func summing(_ places: ArraySlice<(policy: Int, failure: Int)>) -> TLSReport {
        var report = self
        var gone: [Int: Set<Int>] = [:]
        for place in places { gone[place.policy, default: []].insert(place.failure) }
        for (index, gone) in gone {
            var kept: [TLSReportFailure] = []
            var sums: [TLSRPTResultType: Int] = [:]
            for (place, failure) in policies[index].failures.enumerated() {
                guard gone.contains(place) || failure.isSummed else {
                    kept.append(failure)
                    continue
                }
                // Words that are none of the registry can be as many as there are details.
                let type = failure.resultType.isKnown ? failure.resultType : .other
                sums[type] = TLSReportCounter.PolicyCounts.sum(sums[type] ?? 0, failure.failedSessions)
            }
            let summed = sums.sorted { $0.key.word < $1.key.word }.map { TLSReportFailure($0, failedSessions: $1) }
            report.policies[index].failures = (kept + summed).enumerated()
                .sorted { ($1.element.failedSessions, $0.offset) < ($0.element.failedSessions, $1.offset) }
                .map(\.element)
        }
        return report
    }

    /// A number of octets that the report does not exceed, by the lengths of its texts alone: one is written as six at
    /// most.
    private var octetsAtMost: Int {
        func length(_ texts: [String?]) -> Int { texts.reduce(0) { $0 + 6 * ($1?.utf8.count ?? 0) + 16 } }
        return policies.reduce(1024 + length([organizationName, contactInfo, reportID])) { sum, policy in
            let own = 512 + length(policy.strings + policy.mxHosts + [policy.type.word, policy.domain?.text])
            return policy.failures.reduce(sum + own) { sum, failure in
                sum + 320
                    + length([
                        failure.resultType.word, failure.sendingMTAIP, failure.receivingMXHostname,
                        failure.receivingMXHELO, failure.receivingIP, failure.additionalInformation,
                        failure.failureReasonCode,
                    ])
            }
        }
    }
}

extension TLSReportFailure {
    /// Whether it has nothing but its type and its sessions.
    fileprivate var isSummed: Bool { self == TLSReportFailure(resultType, failedSessions: failedSessions) }
}
