public import MailNames
internal import Synchronization

/// The memory that reports take together while they come in by some of the ways.
///
/// What is still coming in has its room only as long as nobody needs it: whoever sends slowly, or stops, must keep
/// nobody out. Where there is no room left, that client makes it who has held most for longest, octets times seconds
/// of all that still comes from it: the part of it goes that has held most, and has to come again. However many
/// connections a client has, it takes no room from others by them. What has no client that is known stands by itself.
/// What has come in as a whole keeps its room.
public final class ReportMailMemory: Sendable {
    /// Limit: octets of mail, by milter, proxy and LMTP.
    public static let mailOctetsMax = 96 << 20
    /// Limit: octets of what is posted. Anybody can post, as slowly as he likes, and must keep no mail out by it.
    public static let postOctetsMax = 32 << 20

    /// What one of them has.
    private struct Holding {
        var octets: [UInt8] = []
        var count = 0
        /// Nil where it is nobody's but its own.
        let client: IPAddress?
        let since: ContinuousClock.Instant
        var isComplete = false

        func weight(at now: ContinuousClock.Instant) -> Duration { since.duration(to: now) * count }
    }

    private struct State {
        var used = 0
        var last = 0
        var holdings: [Int: Holding] = [:]

        mutating func remove(_ number: Int) {
            if let holding = holdings.removeValue(forKey: number) { used -= holding.count }
        }

        /// Who has to make room; nil where nobody can.
        func heaviest(at now: ContinuousClock.Instant) -> Int? {
            var clients: [IPAddress: (weight: Duration, number: Int, heaviest: Duration)] = [:]
            var heaviest: (weight: Duration, number: Int)?
            for (number, holding) in holdings where !holding.isComplete && holding.count > 0 {
                let own = holding.weight(at: now)
                var (weight, part) = (own, number)
                if let client = holding.client {
                    let known = clients[client] ?? (.zero, number, own)
                    weight += known.weight
                    if known.heaviest > own { part = known.number }
                    clients[client] = (weight, part, max(known.heaviest, own))
                }
                if heaviest.map({ weight > $0.weight }) ?? true { heaviest = (weight, part) }
            }
            return heaviest?.number
        }
    }

    private let octetsMax: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// Memory for so many octets.
    public convenience init(octetsMax: Int) { self.init(octetsMax: octetsMax) { .now } }

    init(octetsMax: Int, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.octetsMax = octetsMax
        self.now = now
    }

    /// Octets that are held.
    var octets: Int { state.withLock(\.used) }

    /// A part of it, with what has come in. It is given back when it is gone.
    public final class Share: Sendable {
        private let memory: ReportMailMemory
        private let number: Int

        /// Has nothing yet.
        ///
        /// - Parameter client: who sends it, if that is known; not a mail server that passes on what others send.
        public init(of memory: ReportMailMemory, from client: IPAddress? = nil) {
            self.memory = memory
            number = memory.begin(client?.ofClient)
        }

        deinit { giveBack() }

        /// Takes in the next octets; false where there is no room for them, or what came before had to make room. It is
        /// empty then, and stays so.
        public func add(_ more: ArraySlice<UInt8>) -> Bool { memory.add(more, to: number) }

        /// All that has come in, once, if it did not have to make room. From here on it keeps that.
        public func complete() -> [UInt8]? { memory.complete(number) }

        /// Gives it back before it is gone.
        public func giveBack() { memory.state.withLock { $0.remove(number) } }
    }

    // MARK: - Shares

    private func begin(_ client: IPAddress?) -> Int {
        let now = now()
        return state.withLock { state in
            state.last += 1
            state.holdings[state.last] = Holding(client: client, since: now)
            return state.last
        }
    }

    private func add(_ more: ArraySlice<UInt8>, to number: Int) -> Bool {
        let now = now()
        return state.withLock { state in
            guard state.holdings[number]?.isComplete == false else { return false }
            while more.count > octetsMax - state.used {
                // Nobody is asked twice: whoever makes room is gone.
                let heaviest = state.heaviest(at: now)
                state.remove(heaviest ?? number)
                guard let heaviest, heaviest != number else {
                    state.remove(number)
                    return false
                }
            }
            state.used += more.count
            state.holdings[number]?.count += more.count
            state.holdings[number]?.octets += more
            return true
        }
    }

    private func complete(_ number: Int) -> [UInt8]? {
        state.withLock { state in
            guard state.holdings[number]?.isComplete == false else { return nil }
            state.holdings[number]?.isComplete = true
            defer { state.holdings[number]?.octets = [] }
            return state.holdings[number]?.octets
        }
    }
}
