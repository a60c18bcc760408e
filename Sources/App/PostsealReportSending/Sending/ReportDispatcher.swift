public import Databases
public import MailBytes
internal import MailNames
internal import TLSRPT
public import UnboundResolver

/// Makes the reports of days that are over, and sends what is due. Any number of nodes may do it over one database.
public struct ReportDispatcher: Sendable {
    /// By whom reports are, and how they are sent.
    public struct Options: Sendable {
        /// The node's name.
        public var node: String
        public var builder: AggregateReportBuilder
        public var mails: ReportMailMaker
        /// The return path of reports' mails; empty for the null path.
        public var returnPath = ""
        /// When.
        public var schedule = SendingSchedule()
        /// How long counts are kept that are in reports, in days.
        public var countsKeptDays: Int64 = 14
        /// How long reports are kept, in days.
        public var reportsKeptDays: Int64 = 400
        var lease = LeaseKeeper(seconds: ReportDispatcher.leaseSeconds)

        public init(node: String, builder: AggregateReportBuilder, mails: ReportMailMaker) {
            self.node = node
            self.builder = builder
            self.mails = mails
        }
    }

    /// What there is to tell the administrator.
    public enum Note: Hashable, Sendable {
        /// No more is counted for a day.
        case closed(day: String)
        /// So many reports of a domain and day are made.
        case built(domain: String, day: String, reports: Int, messages: Int)
        /// The domain wants none.
        case unwanted(domain: String, day: String, reason: String)
        /// It is tried again.
        case postponed(domain: String, day: String, reason: String)
        /// Somebody else has taken over what was under way here for too long without a word to the database.
        case taken(domain: String, day: String)
        /// No report could be made.
        case notBuilt(domain: String, day: String, reason: String)
        /// What became of a delivery: see ``OutgoingDelivery/Ending``.
        case sent(kind: OutgoingReportKind, reportID: String, to: String, answer: String)
        case retried(kind: OutgoingReportKind, reportID: String, to: String, answer: String)
        case givenUp(kind: OutgoingReportKind, reportID: String, to: String, answer: String)
        /// The destination must not get it.
        case refused(kind: OutgoingReportKind, reportID: String, to: String, reason: String)
        /// Somebody else has taken over the delivery meanwhile.
        case overtaken(kind: OutgoingReportKind, reportID: String, to: String)
    }

    /// Limit: so long what a node had in hand waits when the node is gone. One that lives renews its leases.
    public static let leaseSeconds: Int64 = 60
    /// Limit: at work at once on each node.
    public static let workers = 4
    /// Limit: DNS questions for one report, and the time they take together.
    static let questionsMax = 200
    static let questionTime = Duration.seconds(60)

    let ledger: any VerdictLedger
    let outgoing: any OutgoingReports
    let transport: any ReportTransport
    let sealer: ReportSealer
    let options: Options
    let now: @Sendable () -> UnixTime
    let note: @Sendable (Note) -> Void

    public init(
        ledger: any VerdictLedger, outgoing: any OutgoingReports, transport: any ReportTransport,
        sealer: @escaping ReportSealer, options: Options, now: @escaping @Sendable () -> UnixTime,
        note: @escaping @Sendable (Note) -> Void
    ) {
        self.ledger = ledger
        self.outgoing = outgoing
        self.transport = transport
        self.sealer = sealer
        self.options = options
        self.now = now
        self.note = note
    }

    /// Does all that there is to do now. By a clock that is not believed nothing is: what is closed, or put off, by a
    /// time years ahead would be so for years.
    ///
    /// - Returns: nil where the clock is believed; else when it was believed last.
    /// - Throws: where the database does not do its part. What was under way is taken up again by whoever is next.
    @discardableResult
    public func run(_ resolver: some DeadlineResolver) async throws(DatabaseError) -> UnixTime? {
        let clock = now()
        if let last = try await ledger.doubt(of: clock) { return last }
        let time = try await ledger.time(clock)
        for day in try await ledger.close(options.schedule, at: now()) { note(.closed(day: day.text)) }
        try await allWorkers { () throws(DatabaseError) in try await self.buildNext(resolver) }
        try await allWorkers { () throws(DatabaseError) in try await self.sendNext(resolver) }
        let today = TLSReportDay(containing: time).number
        try await ledger.forgetCounts(before: TLSReportDay(number: today - options.countsKeptDays))
        try await outgoing.forget(before: TLSReportDay(number: today - options.reportsKeptDays))
        return nil
    }

    /// Calls in several tasks until there is nothing more to do.
    private func allWorkers(
        _ next: @escaping @Sendable () async throws(DatabaseError) -> Bool
    ) async throws(DatabaseError) {
        let failures = await withTaskGroup(of: DatabaseError?.self) { tasks in
            for _ in 0..<Self.workers {
                tasks.addTask {
                    do throws(DatabaseError) {
                        while !Task.isCancelled, try await next() {}
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var failures: [DatabaseError] = []
            for await case let failure? in tasks { failures.append(failure) }
            return failures
        }
        if let failure = failures.first { throw failure }
    }

    // MARK: - Making

    /// Makes the reports of one domain and day; false where none is due.
    private func buildNext(_ resolver: some DeadlineResolver) async throws(DatabaseError) -> Bool {
        let claimed = try await ledger.claimPeriod(by: options.node, at: now(), lease: options.lease.seconds)
        guard let period = claimed else { return false }
        guard let domain = try? DomainName(mailDomain: period.domain) else {
            try await ledger.finish(period, .failed(reason: "it is no domain"), at: now())
            return true
        }
        let (outcome, isOurs) = await options.lease.keep { () throws(DatabaseError) -> Bool in
            try await ledger.renew(period, lease: options.lease.seconds)
        } during: {
            await work(period, domain, resolver)
        }
        // A task that is cancelled knows nothing: the period is taken up when its lease is over.
        guard !Task.isCancelled, let outcome else { return false }
        guard isOurs else {
            note(.taken(domain: period.domain, day: period.day.text))
            return true
        }
        try await end(period, try outcome.get())
        return true
    }

    /// What is to become of a period.
    private func work(
        _ period: ReportPeriod, _ domain: DomainName, _ resolver: some DeadlineResolver
    ) async -> Result<PeriodOutcome, DatabaseError> {
        let budget = BudgetedResolver(resolver, questionsMax: Self.questionsMax, timeLimit: Self.questionTime)
        switch await ReportWish.look(for: domain, budget) {
        case .unknown(let reason): return .success(.postponed(reason: reason))
        case .nothing(let reason): return .success(.unwanted(reason: reason))
        case .destinations(let destinations):
            do throws(DatabaseError) {
                let counts = try await ledger.counts(of: period.domain, on: period.day)
                return .success(build(period, domain, counts, destinations))
            } catch {
                return .failure(error)
            }
        }
    }

    private func build(
        _ period: ReportPeriod, _ domain: DomainName, _ counts: [VerdictCount], _ destinations: [ReportDestination]
    ) -> PeriodOutcome {
        do throws(AggregateBuildingError) {
            return .built(try options.builder.reports(of: domain, on: period.day, counts: counts), destinations)
        } catch {
            return .failed(reason: error.description)
        }
    }

    private enum PeriodOutcome: Sendable {
        case built([BuiltReport], [ReportDestination])
        case unwanted(reason: String)
        case postponed(reason: String)
        case failed(reason: String)
    }

    /// Ends a period, and tells of it if it was still ours.
    private func end(_ period: ReportPeriod, _ outcome: PeriodOutcome) async throws(DatabaseError) {
        let (domain, day) = (period.domain, period.day.text)
        let isEnded: Bool
        let told: Note
        switch outcome {
        case .postponed(let reason): return try await postpone(period, reason)
        case .built(let reports, let destinations):
            isEnded = try await ledger.finish(period, .reports(reports, destinations, due: now()), at: now())
            let messages = reports.reduce(0) { $0 + $1.messages }
            told = .built(domain: domain, day: day, reports: reports.count, messages: messages)
        case .unwanted(let reason):
            isEnded = try await ledger.finish(period, .unwanted(reason: reason), at: now())
            told = .unwanted(domain: domain, day: day, reason: reason)
        case .failed(let reason):
            isEnded = try await ledger.finish(period, .failed(reason: reason), at: now())
            told = .notBuilt(domain: domain, day: day, reason: reason)
        }
        note(isEnded ? told : .taken(domain: domain, day: day))
    }

    private func postpone(_ period: ReportPeriod, _ reason: String) async throws(DatabaseError) {
        // Not from the end of the day: a daemon that comes back days later has tried nothing yet.
        let now = now()
        let begin = period.firstFailure ?? now
        guard let due = options.schedule.retry(after: period.failures + 1, since: begin, now: now) else {
            try await ledger.finish(period, .failed(reason: reason), at: now)
            note(.notBuilt(domain: period.domain, day: period.day.text, reason: reason))
            return
        }
        try await ledger.retry(period, at: due, reason: reason, now: now)
        note(.postponed(domain: period.domain, day: period.day.text, reason: reason))
    }
}
