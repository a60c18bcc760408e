internal import MailBytes
internal import MailNames
internal import Synchronization

/// Bounds how often passwords can be tried: from one address, and for one account.
///
/// So that nobody can keep the owner of an account out by trying wrong passwords elsewhere or for other names, an
/// account at an address from which it has logged in is counted by itself, and is held to nothing else.
final class LoginLimiter: Sendable {
    /// Limit: wrong passwords from one address within the window.
    static let addressFailuresMax = 10
    /// Limit: wrong passwords for one account from addresses that it never logged in from.
    static let accountFailuresMax = 20
    /// Limit: wrong passwords for one account from one address that it has logged in from.
    static let knownFailuresMax = 10
    static let windowSeconds: Int64 = 900
    /// Limit: addresses and accounts that are remembered; the eldest goes first.
    static let entriesMax = 10_000

    /// Whether a password is looked at now.
    enum Admission: Sendable {
        /// It is, and what came of it has to be said by ``end(_:_:at:)``.
        case now(Try)
        /// So many are being looked at that all of them being wrong would be too many: in some seconds.
        case soon
        /// Too many were wrong: in so many seconds.
        case later(Int64)
    }

    /// A password that is being looked at.
    struct Try: Sendable {
        fileprivate let account: String
        fileprivate let place: String
        fileprivate let keys: [String]
    }

    /// What came of a try.
    enum Outcome: Sendable {
        case right, wrong
        /// Nobody looked at it.
        case untried
    }

    private struct Count {
        var failures: Int
        var since: UnixTime
    }

    private struct State {
        var counts: [String: Count] = [:]
        /// Tries that have not ended. No more than there are requests.
        var open: [String: Int] = [:]
        /// Pairs of an account and an address, and when it logged in there.
        var known: [String: UnixTime] = [:]
    }

    private let state = Mutex(State())

    /// An address as it is counted: of IPv6 the network, for one host has many addresses there.
    static func place(_ address: IPAddress?) -> String {
        guard let address = address?.unmapped else { return "local" }
        guard !address.isV4 else { return address.text }
        return address.networkBytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// Whether a password is looked at. A try that has not ended bounds those beside it as if it were wrong, so that
    /// tries at the same time don't slip through.
    func enter(_ account: String, from place: String, at now: UnixTime) -> Admission {
        state.withLock { state in
            let pair = "\(account)\n\(place)"
            let limits =
                state.known[pair] == nil
                ? [("a\(place)", Self.addressFailuresMax), ("n\(account)", Self.accountFailuresMax)]
                : [("k\(pair)", Self.knownFailuresMax)]
            var isSoon = false
            for (key, max) in limits {
                var failures = 0
                if let count = state.counts[key], now.seconds - count.since.seconds < Self.windowSeconds {
                    failures = count.failures
                    if failures >= max { return .later(Self.windowSeconds - (now.seconds - count.since.seconds)) }
                }
                if failures + state.open[key, default: 0] >= max { isSoon = true }
            }
            guard !isSoon else { return .soon }
            for (key, _) in limits { state.open[key, default: 0] += 1 }
            return .now(Try(account: account, place: place, keys: limits.map(\.0)))
        }
    }

    /// Says what came of a try: once for each.
    func end(_ end: Try, _ outcome: Outcome, at now: UnixTime) {
        state.withLock { state in
            for key in end.keys {
                let open = state.open[key, default: 0] - 1
                state.open[key] = open > 0 ? open : nil
                if outcome == .wrong { Self.add(to: key, at: now, in: &state.counts) }
            }
            guard outcome == .right else { return }
            if state.known.count >= Self.entriesMax, let oldest = state.known.min(by: { $0.value < $1.value }) {
                state.known[oldest.key] = nil
            }
            state.known["\(end.account)\n\(end.place)"] = now
        }
    }

    private static func add(to key: String, at now: UnixTime, in counts: inout [String: Count]) {
        if var count = counts[key], now.seconds - count.since.seconds < windowSeconds {
            count.failures += 1
            counts[key] = count
            return
        }
        if counts.count >= entriesMax {
            counts = counts.filter { now.seconds - $0.value.since.seconds < windowSeconds }
            if counts.count >= entriesMax, let oldest = counts.min(by: { $0.value.since < $1.value.since }) {
                counts[oldest.key] = nil
            }
        }
        counts[key] = Count(failures: 1, since: now)
    }

    /// How many addresses and accounts are remembered.
    var count: Int { state.withLock { $0.counts.count } }
}
