internal import Synchronization
internal import TLSRPT

/// Counts verdicts in memory, and hands them out in batches to be written.
///
/// Counting takes a lock for a moment, and never waits for a database. A batch that was handed out is handed out again
/// until ``settle(_:)`` says that it is written.
public final class VerdictCounter: Sendable {
    fileprivate struct State {
        var waiting: [CountedVerdict: Int] = [:]
        var batch: VerdictBatch?
        var sequence: Int64 = 0
        /// Hashes of the rows that there are, for the limit of a domain.
        var known: [Period: Set<Int>] = [:]
        var knownRows = 0
        var omitted = 0
    }

    fileprivate struct Period: Hashable {
        var day: Int64
        var domain: String
    }

    /// What became of a message.
    public enum Outcome: Hashable, Sendable {
        case counted
        /// With less to tell it apart by: there are too many rows of its domain.
        case simplified
        /// Not at all: there are too many rows.
        case omitted
    }

    private let node: String
    private let run: String
    private let limits: VerdictCounterLimits
    private let state = Mutex(State())

    /// - Parameters:
    ///   - node: the node's name.
    ///   - run: what no other run of any node has.
    public init(node: String, run: String, limits: VerdictCounterLimits = VerdictCounterLimits()) {
        self.node = node
        self.run = run
        self.limits = limits
    }

    /// Counts a message.
    @discardableResult
    public func count(_ verdict: CountedVerdict) -> Outcome {
        state.withLock { state in
            if state.add(verdict, limits, rowsMax: limits.rowsOfDomainMax) { return .counted }
            if state.add(verdict.simplified, limits, rowsMax: 2 * limits.rowsOfDomainMax) { return .simplified }
            state.omitted += 1
            return .omitted
        }
    }

    /// The next batch: the one that was handed out last, if it is not settled; nil where nothing waits.
    public func nextBatch() -> VerdictBatch? {
        state.withLock { state in
            if let batch = state.batch { return batch }
            guard !state.waiting.isEmpty else { return nil }
            state.sequence += 1
            let batch = VerdictBatch(
                node: node, run: run, sequence: state.sequence,
                counts: state.waiting.map { VerdictCount($0.key, $0.value) })
            state.waiting = [:]
            state.batch = batch
            return batch
        }
    }

    /// A batch is written.
    public func settle(_ batch: VerdictBatch) {
        state.withLock { state in
            if state.batch?.sequence == batch.sequence { state.batch = nil }
        }
    }

    /// Messages that are not written yet.
    public var messagesWaiting: Int {
        state.withLock { state in state.waiting.values.reduce(state.batch?.messages ?? 0, +) }
    }

    /// Messages that were omitted since this was last asked.
    public func takeOmitted() -> Int {
        state.withLock { state in
            defer { state.omitted = 0 }
            return state.omitted
        }
    }
}

extension VerdictCounter.State {
    /// Whether there was room.
    fileprivate mutating func add(
        _ verdict: CountedVerdict, _ limits: VerdictCounterLimits, rowsMax: Int
    ) -> Bool {
        if let messages = waiting[verdict] {
            waiting[verdict] = messages + 1
            return true
        }
        guard waiting.count + (batch?.counts.count ?? 0) < limits.rowsWaitingMax, note(verdict, limits, rowsMax) else {
            return false
        }
        waiting[verdict] = 1
        return true
    }

    /// Remembers a row; false where its domain has too many. Two rows with one hash are taken for one, which lets one
    /// more through.
    private mutating func note(_ verdict: CountedVerdict, _ limits: VerdictCounterLimits, _ rowsMax: Int) -> Bool {
        let period = VerdictCounter.Period(day: verdict.day.number, domain: verdict.domain)
        let hash = verdict.hashValue
        if known[period]?.contains(hash) == true { return true }
        guard known[period]?.count ?? 0 < rowsMax else { return false }
        if knownRows >= limits.rowsKnownMax { forget() }
        known[period, default: []].insert(hash)
        knownRows += 1
        return true
    }

    /// Makes room: days that are over go, and where that is not enough, everything. What is forgotten is taken for new
    /// once more.
    private mutating func forget() {
        let newest = known.keys.map(\.day).max() ?? 0
        let rest = known.filter { $0.key.day == newest }
        known = rest.count < known.count ? rest : [:]
        knownRows = known.values.reduce(0) { $0 + $1.count }
    }
}
