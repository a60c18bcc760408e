internal import DNS
public import MailBytes
public import MailNames
internal import PostsealState
public import TLSRPT
internal import Trace
public import UnboundResolver

/// Makes the reports of days that are over, one for each domain that publishes where it wants them (RFC 8460 §3), and
/// takes away what is too old or too much.
public actor TLSReportCompiler {
    /// By whom reports are, and what is kept.
    public struct Settings: Hashable, Sendable {
        /// Who sends the reports.
        public var submitter: TLSReportSubmitter
        /// What tells this machine's reports from those of others with the same submitter.
        public var uniqueID: String?
        /// What is older is given up: reports that nobody has sent, and counts of domains that can't be looked up.
        public var keptSeconds: Int64 = 14 * 86_400
        /// How many octets reports and counts of past days may take; the oldest go first.
        public var octetsMax = 256 << 20
        /// How many octets a report may have as JSON; details with few sessions are summed up above it.
        public var reportOctetsMax = TLSRPTLimits.ownReportBytesMax

        public init(submitter: TLSReportSubmitter) { self.submitter = submitter }
    }

    /// What there is to tell the administrator.
    public enum Note: Hashable, Sendable {
        /// A day is done with: so many domains got a report, so many want none.
        case closed(day: TLSReportDay, reports: Int, unwanted: Int)
        /// DNS says nothing about so many domains of a day, one of them this; they are asked for again.
        case waiting(day: TLSReportDay, domains: Int, example: DomainName)
        /// So many domains of a day are given up: DNS has said nothing about them for too long.
        case givenUp(day: TLSReportDay, domains: Int)
        /// So many reports that nobody has sent were taken away, for their age or for want of room.
        case removed(reports: Int)
        /// A report waits in the outbox.
        case built(day: TLSReportDay, domain: DomainName)
        /// So much of a report was summed up, because it would have been too large.
        case summed(day: TLSReportDay, domain: DomainName, TLSReport.Summed)
        /// A domain wants no report.
        case unwanted(day: TLSReportDay, domain: DomainName)
        /// No day is closed and nothing given up for its age, because the clock has leapt since it was believed.
        case clockDoubted(before: UnixTime)
        /// A file can't be read or written; it is tried again.
        case failed(String)
    }

    /// A day is closed so long after its end: what was counted in its last second is written then.
    static let settlingSeconds: Int64 = 60
    /// So long it is remembered that a day is closed, in days: clocks that were ahead for longer are put right by then.
    static let closedDays: Int64 = 60
    /// Limit: look-ups at once; there is time.
    static let atOnce = 16
    /// Domains whose reports are made between two notes of what is done.
    static let chunk = 64
    /// How long it takes until domains that could not be looked up are asked for again, at first and at most.
    static let firstPause: Int64 = 600
    static let longestPause: Int64 = 4 * 3600

    private struct Attempt {
        var pause = firstPause
        var next: UnixTime
    }

    private let store: TLSReportStore
    private let outbox: TLSReportOutbox
    private let now: @Sendable () -> UnixTime
    private let note: @Sendable (Note) -> Void
    private var attempts: [TLSReportDay: Attempt] = [:]
    private var trust: ClockTrust?
    private var isClockDoubted = false
    private var hasRecovered = false

    public init(
        store: TLSReportStore, outbox: TLSReportOutbox, now: @escaping @Sendable () -> UnixTime,
        note: @escaping @Sendable (Note) -> Void
    ) {
        self.store = store
        self.outbox = outbox
        self.now = now
        self.note = note
    }

    /// How many reports wait to be sent.
    public var waitingReports: Int { outbox.entries.count }

    /// Does what there is to do now: to be called every minute or so.
    public func run(_ settings: Settings, resolver: some DeadlineResolver) async {
        store.flush()
        lookAtClock()
        do throws(StateFileError) {
            if !hasRecovered { try recover() }
            // By a clock that is ahead a day would be over that is not.
            for day in store.days where !isClockDoubted && day.end.seconds + Self.settlingSeconds <= now().seconds {
                guard !Task.isCancelled else { return }
                guard attempts[day].map({ $0.next <= now() }) ?? true else { continue }
                try await close(day, settings, resolver)
            }
        } catch {
            // A report may be left that is noted as done and has no name yet.
            hasRecovered = false
            note(.failed(error.description))
        }
        tidy(settings)
    }

    /// What is known of the clock lies beside the counts.
    private func lookAtClock() {
        let path = "\(store.folder)/clock"
        do throws(StateFileError) {
            let kept: ClockTrust
            if let trust {
                kept = trust
            } else {
                kept = ClockTrust(text: String(lossy: try StateFiles.content(of: path, octetsMax: 4096) ?? []))
            }
            var new = kept
            let last = kept.believed
            let isBelieved = new.look(at: now())
            trust = new
            if let last, !isBelieved, !isClockDoubted { note(.clockDoubted(before: last)) }
            isClockDoubted = !isBelieved
            if new != kept { try StateFiles.replace(path, with: Array(new.text.utf8)) }
        } catch {
            note(.failed(error.description))
        }
    }

    private func recover() throws(StateFileError) {
        var done: [TLSReportDay: Set<DomainName>] = [:]
        for day in store.days { done[day] = try store.done(of: day) }
        try outbox.recover { done[$0]?.contains($1) ?? false }
        hasRecovered = true
    }

    // MARK: A day that is over

    private enum Wish {
        case record(TLSRPTRecord)
        case nothing
        case unknown
    }

    private func close(
        _ day: TLSReportDay, _ settings: Settings, _ resolver: some DeadlineResolver
    ) async throws(StateFileError) {
        try store.setClosed(day)
        let done = try store.done(of: day)
        var documents = try store.counter(of: day)
            .documents(
                for: day, from: settings.submitter, uniqueID: settings.uniqueID, octetsMax: settings.reportOctetsMax
            )
            .filter { !done.contains($0.domain) }
        var waiting: [DomainName] = []
        var (reports, unwanted) = (0, 0)
        while !documents.isEmpty {
            guard !Task.isCancelled else { return }
            let part = Array(documents.prefix(Self.chunk))
            documents.removeFirst(part.count)
            let wishes = await wishes(of: part.map(\.domain), resolver)
            var finished: [DomainName] = []
            var prepared: [TLSReportOutbox.Prepared] = []
            for document in part {
                switch wishes[document.domain] {
                case .record(let record)?:
                    prepared.append(try outbox.prepare(document, to: record))
                    finished.append(document.domain)
                case .nothing?: finished.append(document.domain)
                case .unknown?, nil: waiting.append(document.domain)
                }
            }
            try store.setDone(finished, of: day)
            for one in prepared { try outbox.publish(one) }
            tell(finished, prepared, day)
            let built = Set(prepared.map(\.domain))
            for document in part where document.summed.details > 0 && built.contains(document.domain) {
                note(.summed(day: day, domain: document.domain, document.summed))
            }
            (reports, unwanted) = (reports + prepared.count, unwanted + finished.count - prepared.count)
        }
        ended(day, settings, reports: reports, unwanted: unwanted, waiting: waiting)
    }

    private func tell(_ finished: [DomainName], _ prepared: [TLSReportOutbox.Prepared], _ day: TLSReportDay) {
        let built = Set(prepared.map(\.domain))
        for domain in finished {
            note(built.contains(domain) ? .built(day: day, domain: domain) : .unwanted(day: day, domain: domain))
        }
    }

    private func ended(
        _ day: TLSReportDay, _ settings: Settings, reports: Int, unwanted: Int, waiting: [DomainName]
    ) {
        if let example = waiting.first {
            guard day.end.seconds + settings.keptSeconds < now().seconds else {
                var attempt = attempts[day] ?? Attempt(next: now())
                attempt.next = now().adding(seconds: attempt.pause)
                attempt.pause = min(2 * attempt.pause, Self.longestPause)
                attempts[day] = attempt
                note(.waiting(day: day, domains: waiting.count, example: example))
                return
            }
            note(.givenUp(day: day, domains: waiting.count))
        }
        store.remove(day)
        attempts[day] = nil
        note(.closed(day: day, reports: reports, unwanted: unwanted))
    }

    private func wishes(
        of domains: [DomainName], _ resolver: some DeadlineResolver
    ) async -> [DomainName: Wish] {
        await withTaskGroup(of: (DomainName, Wish).self) { tasks in
            var wishes: [DomainName: Wish] = [:]
            for (index, domain) in domains.enumerated() {
                if index >= Self.atOnce, let (domain, wish) = await tasks.next() { wishes[domain] = wish }
                tasks.addTask { (domain, await Self.wish(of: domain, resolver)) }
            }
            for await (domain, wish) in tasks { wishes[domain] = wish }
            return wishes
        }
    }

    private static func wish(of domain: DomainName, _ resolver: some DeadlineResolver) async -> Wish {
        var trace = Trace.disabled
        let budget = BudgetedResolver(resolver, questionsMax: 4, timeLimit: .seconds(30))
        switch await TLSRPTLookup(resolver: budget).finding(at: domain, &trace) {
        case .record(let record): return record.destinations.contains(where: \.isServed) ? .record(record) : .nothing
        case .nothing, .unusable: return .nothing
        case .failure: return .unknown
        }
    }

    // MARK: What is too much

    private func tidy(_ settings: Settings) {
        let time = now().seconds
        let today = TLSReportDay(containing: now())
        let entries = outbox.entries
        var kept = entries.filter { isClockDoubted || $0.day.end.seconds + settings.keptSeconds >= time }
        if !isClockDoubted {
            store.forgetClosed(before: TLSReportDay(containing: now().adding(seconds: -86_400 * Self.closedDays)))
        }
        let days = store.days.filter { $0 < today }.map { ($0, store.octets(of: $0)) }
        var octets = kept.reduce(0) { $0 + $1.octets } + days.reduce(0) { $0 + $1.1 }
        while octets > settings.octetsMax, let oldest = kept.first {
            octets -= oldest.octets
            kept.removeFirst()
        }
        let gone = Set(entries).subtracting(kept)
        for entry in gone { outbox.remove(entry) }
        if !gone.isEmpty { note(.removed(reports: gone.count)) }
        for (day, size) in days where octets > settings.octetsMax {
            octets -= size
            let count = (try? store.counter(of: day))?.domains(on: day).count ?? 0
            store.remove(day)
            attempts[day] = nil
            note(.givenUp(day: day, domains: count))
        }
    }
}
