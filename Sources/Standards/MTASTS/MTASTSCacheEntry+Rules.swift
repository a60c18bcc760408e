public import MailBytes

extension MTASTSCacheEntry {
    /// The policy that holds at a time, whatever its mode; nil if there is none or its time is over.
    ///
    /// Nothing but its age ends a policy: no record that has gone, no failed fetch, no failed question (RFC 8461 §3.3).
    public func valid(at time: UnixTime) -> Fetched? {
        // RFC 8461 §5.1: its time since the fetch has not exceeded its max_age. A clock that was set back, or a cache
        // from a machine whose clock is ahead, must not make a policy live longer than that.
        guard let fetched, time <= fetched.expiresAt,
            fetched.fetchedAt.seconds <= time.adding(seconds: Self.clockSkewSecondsMax).seconds
        else { return nil }
        return fetched
    }

    /// The policy to apply at a time: as ``valid(at:)``, but nil in mode `none` (RFC 8461 §5).
    public func active(at time: UnixTime) -> Fetched? {
        valid(at: time).flatMap { $0.policy.mode == .none ? nil : $0 }
    }

    /// How far in the future a fetch may seem to be: a day, as clocks that go wrong by zones do.
    static let clockSkewSecondsMax: Int64 = 86_400

    /// What to do at a time, given what DNS says.
    public func step(
        for finding: MTASTSRecordFinding, at time: UnixTime, rules: MTASTSCacheRules = MTASTSCacheRules()
    ) -> MTASTSCacheStep {
        guard let (id, reason) = due(finding.record, at: time, rules) else { return .rest }
        // RFC 8461 §3.3: after a failure, five minutes or longer for each id.
        if let failure, failure.id == id {
            let until = failure.failedAt.adding(seconds: Int64(rules.backOff(failures: failure.countForID)))
            // A failure in the future is a clock that was set back: nobody waits for that.
            if failure.failedAt <= time, time < until { return .wait(until: until) }
        }
        return .fetch(id: id, reason)
    }

    private func due(
        _ record: MTASTSRecord?, at time: UnixTime, _ rules: MTASTSCacheRules
    ) -> (id: String, reason: MTASTSFetchReason)? {
        guard let valid = valid(at: time) else {
            // RFC 8461 §3.1: without a usable record the rest of the discovery is skipped.
            return record.map { ($0.id, fetched == nil ? .first : .expired) }
        }
        if let record, record.id != valid.id { return (record.id, .newID) }
        // RFC 8461 §10.2: a refresh ahead of the end, whatever has become of the record. In mode `none` the domain is
        // about to leave, and its host may be gone: nothing is asked for again.
        guard valid.policy.mode != .none || record != nil else { return nil }
        let age = time.seconds - valid.fetchedAt.seconds
        guard age >= Int64(rules.refreshAge(maxAgeSeconds: valid.policy.maxAgeSeconds)) else { return nil }
        return (valid.id, .refresh)
    }

    /// The entry after a fetch for an `id`, which ``step(for:at:rules:)`` named.
    ///
    /// A policy replaces the one before, whatever its mode. A failure changes nothing in what holds.
    public func updated(
        with outcome: MTASTSFetchOutcome, for id: String, at time: UnixTime,
        rules: MTASTSCacheRules = MTASTSCacheRules()
    ) -> MTASTSCacheEntry {
        switch outcome {
        case .failure(let failure): return failed(failure, for: id, at: time)
        case .policy(let text, let mediaType):
            guard rules.acceptsAnyMediaType || MTASTSPolicy.isPlainText(mediaType: mediaType) else {
                return failed(.mediaType(mediaType), for: id, at: time)
            }
            do throws(MTASTSSyntaxError) {
                let policy = try MTASTSPolicy(parsing: text)
                let fetched = Fetched(policy: policy, id: id, fetchedAt: time)
                return MTASTSCacheEntry(domain: domain, fetched: fetched, failure: nil)
            } catch {
                return failed(.invalidPolicy(error), for: id, at: time)
            }
        }
    }

    private func failed(_ outcome: MTASTSFetchFailure, for id: String, at time: UnixTime) -> MTASTSCacheEntry {
        var entry = self
        let before = failure
        entry.failure = Failure(
            id: id, failedAt: time, firstFailedAt: before.map { min($0.firstFailedAt, time) } ?? time,
            count: Self.next(before?.count ?? 0), countForID: before?.id == id ? Self.next(before?.countForID ?? 0) : 1,
            kind: outcome.kind, reason: outcome.description)
        return entry
    }

    /// Counting stops where nobody looks any more.
    private static func next(_ count: Int) -> Int { min(max(0, count), 1_000_000) + 1 }

    /// What to tell the administrator: the policy holds, but its refresh has failed several times; nil if there is
    /// nothing to tell. In mode `none` there never is (RFC 8461 §10.2).
    public func refreshWarning(
        at time: UnixTime, rules: MTASTSCacheRules = MTASTSCacheRules()
    ) -> (failure: Failure, expiresAt: UnixTime)? {
        guard let active = active(at: time), let failure, failure.count >= rules.warningFailures else { return nil }
        return (failure, active.expiresAt)
    }

    /// Whether nothing is lost by forgetting the entry: no policy holds, and no back-off is under way.
    public func isDisposable(at time: UnixTime, rules: MTASTSCacheRules = MTASTSCacheRules()) -> Bool {
        guard valid(at: time) == nil else { return false }
        guard let failure else { return true }
        let until = failure.failedAt.adding(seconds: Int64(rules.backOff(failures: failure.countForID)))
        return failure.failedAt > time || time >= until
    }
}
