internal import MailBytes
internal import MailNames
internal import Synchronization

/// Bounds how often passwords can be tried: from one address, and for one account.
///
/// So that nobody can keep the owner of an account out by trying wrong passwords, addresses from which the account has
/// logged in are not held to what others did.
final class LoginLimiter: Sendable {
    /// Limit: wrong passwords from one address within the window.
    static let addressFailuresMax = 10
    /// Limit: wrong passwords for one account from addresses that it never logged in from.
    static let accountFailuresMax = 20
    static let windowSeconds: Int64 = 900
    /// Limit: addresses and accounts that are remembered; the eldest goes first.
    static let entriesMax = 10_000

    private struct Count {
        var failures: Int
        var since: UnixTime
    }

    private struct State {
        var counts: [String: Count] = [:]
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

    /// How many seconds are to pass before a password is looked at; nil where it is now. A try is counted as a failure
    /// until ``succeeded(_:from:at:)`` says otherwise, so that tries at the same time don't slip through.
    func enter(_ account: String, from place: String, at now: UnixTime) -> Int64? {
        state.withLock { state in
            let isKnown = state.known["\(account)\n\(place)"] != nil
            let limits =
                [("a\(place)", Self.addressFailuresMax)]
                + (isKnown ? [] : [("n\(account)", Self.accountFailuresMax)])
            for (key, max) in limits {
                guard let count = state.counts[key], now.seconds - count.since.seconds < Self.windowSeconds else {
                    continue
                }
                if count.failures >= max { return Self.windowSeconds - (now.seconds - count.since.seconds) }
            }
            for (key, _) in limits { Self.add(1, to: key, at: now, in: &state.counts) }
            return nil
        }
    }

    /// The password was right.
    func succeeded(_ account: String, from place: String, at now: UnixTime) {
        state.withLock { state in
            state.counts["a\(place)"] = nil
            if var count = state.counts["n\(account)"] {
                count.failures = max(0, count.failures - 1)
                state.counts["n\(account)"] = count
            }
            if state.known.count >= Self.entriesMax, let oldest = state.known.min(by: { $0.value < $1.value }) {
                state.known[oldest.key] = nil
            }
            state.known["\(account)\n\(place)"] = now
        }
    }

    private static func add(_ more: Int, to key: String, at now: UnixTime, in counts: inout [String: Count]) {
        if var count = counts[key], now.seconds - count.since.seconds < windowSeconds {
            count.failures += more
            counts[key] = count
            return
        }
        if counts.count >= entriesMax {
            counts = counts.filter { now.seconds - $0.value.since.seconds < windowSeconds }
            if counts.count >= entriesMax, let oldest = counts.min(by: { $0.value.since < $1.value.since }) {
                counts[oldest.key] = nil
            }
        }
        counts[key] = Count(failures: more, since: now)
    }

    /// How many addresses and accounts are remembered.
    var count: Int { state.withLock { $0.counts.count } }
}
