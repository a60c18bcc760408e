public import DNS
public import MailBytes
public import MailNames
public import MailReports
public import PostsealEngine

/// What DNS says about the host name of an address from which messages came.
///
/// The name of an address is written by whoever has the address. It counts where it leads back to the address alone,
/// for that says whoever has the name (RFC 8601 §2.7.3, `iprev`).
public struct SourceHost: Hashable, Sendable {
    /// What came of looking it up.
    public enum Outcome: Int64, Hashable, Sendable, CaseIterable {
        /// The address has a name, and the name has the address.
        case confirmed = 1
        /// The address has a name that does not have the address.
        case unconfirmed = 2
        /// The address has no name.
        case none = 3
        /// DNS did not answer.
        case failed = 4

        /// As programs read it.
        public var word: String {
            switch self {
            case .confirmed: "confirmed"
            case .unconfirmed: "unconfirmed"
            case .none: "none"
            case .failed: "failed"
            }
        }
    }

    /// What came of it.
    public var outcome: Outcome
    /// The name that leads back, or the one that is claimed and does not; nil without one.
    public var name: String?
    /// When it was looked up.
    public var lookedUp: UnixTime

    public init(_ outcome: Outcome, name: String? = nil, lookedUp: UnixTime) {
        self.outcome = outcome
        self.name = name
        self.lookedUp = lookedUp
    }

    /// Takes the outcome of a check. A name that no host can have proves nothing.
    public init(_ outcome: IPRevOutcome, at time: UnixTime) {
        switch outcome.result {
        case .pass where outcome.verifiedName?.isHostName == true:
            self.init(.confirmed, name: outcome.verifiedName?.text, lookedUp: time)
        case .pass: self.init(.unconfirmed, lookedUp: time)
        case .fail:
            let claimed = outcome.claimedName.flatMap { $0.isHostName ? $0.text : nil }
            self.init(.unconfirmed, name: claimed, lookedUp: time)
        case .temperror: self.init(.failed, lookedUp: time)
        case .permerror: self.init(.none, lookedUp: time)
        }
    }

    /// The name that leads back to the address; nil if there is none.
    public var confirmedName: String? { outcome == .confirmed ? name : nil }

    /// Whether the confirmed name is a domain or below it.
    public func isConfirmed(within domain: String) -> Bool {
        guard let name = confirmedName else { return false }
        return name == domain || name.hasSuffix("." + domain)
    }

    /// The known service that the host belongs to, by its confirmed name; nil without one.
    public var service: KnownService? { confirmedName.flatMap { KnownService(host: $0) } }

    /// How long a name is taken for known. Names of hosts change seldom; where DNS failed, it is tried again after
    /// an hour, and after twice as long each time that it fails again, up to a week.
    static func seconds(_ outcome: Outcome, failures: Int64) -> Int64 {
        outcome == .failed ? min(3600 << min(max(failures - 1, 0), 8), 7 * 86_400) : 30 * 86_400
    }
}

/// An address from which messages came, and whose host name is to be looked up.
public struct UnnamedSource: Hashable, Sendable {
    public var address: IPAddress
    /// How many messages.
    public var messages: Int

    public init(address: IPAddress, messages: Int) {
        self.address = address
        self.messages = messages
    }
}

extension [IPAddress: SourceHost] {
    /// The same by sources.
    public var bySource: [DMARCReportSource: SourceHost] {
        [DMARCReportSource: SourceHost](uniqueKeysWithValues: map { (.address($0.key), $0.value) })
    }
}

/// Looks up the host names of addresses, some of them side by side.
public struct SourceHostLookup<R: Resolver>: Sendable {
    private let resolver: @Sendable () -> R
    private let now: @Sendable () -> UnixTime

    /// Questions that one address costs at most: its names, and each of these.
    public static var questionsMax: Int { 1 + IPRevCheck<R>.namesMax }

    /// - Parameter resolver: makes the resolver for one address, with what that may cost.
    public init(resolver: @escaping @Sendable () -> R, now: @escaping @Sendable () -> UnixTime) {
        self.resolver = resolver
        self.now = now
    }

    /// Looks up one host name.
    public func host(of address: IPAddress) async -> SourceHost {
        SourceHost(await IPRevCheck(resolver: resolver()).check(address.unmapped), at: now())
    }

    /// Looks up host names. If the task is cancelled, some are missing.
    ///
    /// - Parameters:
    ///   - width: How many are looked up at the same time.
    ///   - pause: How long each of these waits before it takes the next.
    public func hosts(
        of addresses: [IPAddress], width: Int, pause: Duration = .zero
    ) async -> [IPAddress: SourceHost] {
        var hosts: [IPAddress: SourceHost] = [:]
        await withTaskGroup(of: (IPAddress, SourceHost)?.self) { group in
            func add(_ address: IPAddress) {
                group.addTask {
                    let host = await host(of: address)
                    guard !Task.isCancelled else { return nil }
                    if pause > .zero { try? await Task.sleep(for: pause) }
                    return (address, host)
                }
            }
            var rest = addresses[...]
            for address in rest.prefix(max(width, 1)) { add(address) }
            rest = rest.dropFirst(max(width, 1))
            for await found in group {
                if let found { hosts[found.0] = found.1 }
                if let next = rest.popFirst(), !Task.isCancelled { add(next) }
            }
        }
        return hosts
    }
}
