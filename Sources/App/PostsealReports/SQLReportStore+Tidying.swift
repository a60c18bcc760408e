internal import Databases
public import MailBytes
internal import PostsealState

/// Removing what is older, or more, than is to be kept.
///
/// It goes in batches, the oldest first. Each is a transaction of a moment, and its space goes back to the system at
/// once: a disk that is full has room again after the first. Between two of them neither this actor nor the store is
/// taken, so that whoever waits has its turn.
extension SQLReportStore {
    /// The size is looked at anew after so many batches.
    private static let batchesOfSize = 20
    /// Limit: how long others are let in between two batches.
    private static let pauseMax = Duration.milliseconds(100)
    /// Octets of a file's end that go back at once are those of so many pages for each row of a batch.
    private static let pagesOfRow = 4

    /// As ``ReportStore`` promises; pages that are free go back to the system.
    public func tidy(_ retention: ReportRetention, now: UnixTime) async throws(ReportStoreError) -> ReportRemoval {
        var removal = ReportRemoval()
        let (time, doubted) = try believedTime(now)
        removal.clockDoubted = doubted
        if let time { try await dropOld(retention, at: time, &removal) }
        try await shrink(to: retention.octetsMax, &removal)
        if try mayHaveUnused() { try await dropUnused() }
        return removal
    }

    /// Drops what is older than is to be kept.
    private func dropOld(
        _ retention: ReportRetention, at time: UnixTime, _ removal: inout ReportRemoval
    ) async throws(ReportStoreError) {
        func before(_ days: Int) -> Int64 { ReportRetention.day(days, before: time) }
        let (originals, records) = (before(retention.originalDays), before(retention.recordDays))
        let tallies = before(retention.tallyDays)
        var place: DayWalk? = DayWalk()
        try await inBatches { count throws(ReportStoreError) in
            try drop(.originals, &place, before: originals, atMost: count, &removal)
        }
        place = DayWalk()
        try await inBatches { count throws(ReportStoreError) in
            try drop(.records, &place, before: records, atMost: count, &removal)
        }
        try await inBatches { _ throws(ReportStoreError) in
            guard let count = try forgetOldestDay(before: tallies) else { return false }
            removal.reports += count
            return true
        }
    }

    /// The time by which reports are old; nil where the clock is doubted, and then when it was believed last. The nodes
    /// of a database share what is known: one whose clock is ahead is held to those whose clocks are right.
    private func believedTime(_ now: UnixTime) throws(ReportStoreError) -> (time: UnixTime?, doubted: UnixTime?) {
        do throws(ReportStoreError) {
            return try judged(now, isKept: true)
        } catch {
            guard error.problem == .full else { throw error }
            // Tidying is what makes room: what was seen is written down the next time.
            return try judged(now, isKept: false)
        }
    }

    private func judged(
        _ now: UnixTime, isKept: Bool
    ) throws(ReportStoreError) -> (time: UnixTime?, doubted: UnixTime?) {
        try transaction { () throws(DatabaseError) in
            let kept = try connection.rows("SELECT state FROM report_clock") { $0.text(0) }.first ?? ""
            var trust = ClockTrust(text: kept)
            if trust.believed == nil {
                // Nothing was tidied yet: reports came in, at the latest then.
                let newest = try connection.number("SELECT max(received) FROM reports")
                trust = ClockTrust(newest.map { UnixTime(seconds: $0) })
            }
            var time = now
            if connection.dialect == .postgreSQL, !trust.isNear(now),
                let clock = try connection.number("SELECT CAST(floor(extract(epoch FROM now())) AS BIGINT)")
            {
                // Two clocks are seldom wrong together.
                time = min(now, UnixTime(seconds: clock))
            }
            let last = trust.believed
            let isBelieved = trust.look(at: time)
            if isKept, trust.text != kept {
                try connection.run("UPDATE report_clock SET state = ?", [.text(trust.text)])
            }
            return isBelieved ? (time, nil) : (nil, last)
        }
    }

    /// Drops what can be spared until the store is as small as it is to be, or nothing but sums is left.
    private func shrink(to octetsMax: Int, _ removal: inout ReportRemoval) async throws(ReportStoreError) {
        var size = try size()
        guard size.octets > octetsMax else { return }
        // Anybody can send what is kept apart: it takes nothing else away, and neither does what it leaves.
        var apart = try reportsApart()[...]
        try await inBatches { count throws(ReportStoreError) in
            guard size.octets > octetsMax, !apart.isEmpty else { return false }
            let (tried, gone, octets) = try dropApart(apart.prefix(count))
            apart = apart.dropFirst(tried)
            removal.reports += gone
            try use { connection throws(DatabaseError) in try size.lost(octets, connection) }
            return true
        }
        if size.octets > octetsMax || hasUnused {
            try await dropUnused()
            size = try self.size()
        }
        for spared in [SparedFirst.originalsAndFailures, .records] {
            var place: DayWalk? = DayWalk()
            var batches = 0
            try await inBatches { count throws(ReportStoreError) in
                batches += 1
                // Another node may be doing the same.
                if connection.dialect == .postgreSQL, batches % Self.batchesOfSize == 0 { size = try self.size() }
                guard size.octets > octetsMax else { return false }
                var octets: Int64 = 0
                let isMore = try drop(spared, &place, before: .max, atMost: count, &removal, octets: &octets)
                try use { connection throws(DatabaseError) in try size.lost(octets, connection) }
                return isMore
            }
        }
    }

    /// The size as it is now.
    private func size() throws(ReportStoreError) -> StoreSize {
        try use { connection throws(DatabaseError) in
            try connection.snapshot { () throws(DatabaseError) in
                try connection.allow(seconds: Self.secondsMax)
                return try StoreSize(connection)
            }
        }
    }

    /// Calls again and again, as long as something is left to do and the task is not cancelled.
    ///
    /// What is deleted has to be written first: where the disk is too full for that, a smaller batch follows.
    ///
    /// - Parameter batch: does some of it, with so many rows at most, and says whether there can be more.
    func inBatches(
        _ batch: (_ count: Int) throws(ReportStoreError) -> Bool
    ) async throws(ReportStoreError) {
        var count = DayWalk.batch
        while !Task.isCancelled {
            do throws(ReportStoreError) {
                let begin = ContinuousClock.now
                let isMore = try batch(count)
                await pause(since: begin)
                try await giveBack(pages: count * Self.pagesOfRow)
                guard isMore else { return }
                count = min(count * 2, DayWalk.batch)
            } catch {
                guard error.problem == .full, connection.dialect == .sqlite, count > 1 else { throw error }
                count = max(count / 8, 1)
                _ = try use { connection throws(DatabaseError) in try connection.giveBack(pages: 0) }
            }
        }
    }

    /// Gives the space that is free now back to the system.
    private func giveBack(pages: Int) async throws(ReportStoreError) {
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            guard try use({ connection throws(DatabaseError) in try connection.giveBack(pages: pages) }) else { return }
            await pause(since: begin)
        }
    }

    /// Lets others in for about as long as they had to wait.
    private func pause(since begin: ContinuousClock.Instant) async {
        let time = begin.duration(to: .now)
        try? await Task.sleep(for: min(max(time, .milliseconds(1)), Self.pauseMax))
    }
}
