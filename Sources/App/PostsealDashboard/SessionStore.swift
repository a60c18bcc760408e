public import MailBytes
internal import Synchronization

/// Somebody who has logged in.
public struct DashboardSession: Sendable, Hashable {
    /// The name of the account.
    public var account: String
    /// Of the account, when it logged in.
    public var generation: Int
    /// When it logged in.
    public var created: UnixTime
    /// When it was used last, not quite exactly: see ``SessionTable``.
    public var used: UnixTime

    public init(account: String, generation: Int, created: UnixTime, used: UnixTime) {
        self.account = account
        self.generation = generation
        self.created = created
        self.used = used
    }
}

/// Where sessions are kept, by the hash of the secret in the browser's cookie; the secret itself is nowhere.
///
/// Several nodes can share a store: what one of them ends, has ended for all.
public protocol SessionStore: Sendable {
    /// Keeps a session. Of those of its account, and of all, only so many are kept; those used longest ago go.
    func add(
        _ session: DashboardSession, _ hash: [UInt8], ofAccountMax: Int, max: Int
    ) async throws(AccountError)

    /// A session; nil if there is none.
    func session(_ hash: [UInt8]) async throws(AccountError) -> DashboardSession?

    /// Notes that a session was used. One that has ended stays so.
    func use(_ hash: [UInt8], at now: UnixTime) async throws(AccountError)

    /// Ends a session.
    func end(_ hash: [UInt8]) async throws(AccountError)

    /// Ends all sessions of an account.
    func endAll(of account: String) async throws(AccountError)

    /// Ends those that were not used since, and those that are older.
    func tidy(usedBefore: UnixTime, createdBefore: UnixTime) async throws(AccountError)

    /// How many there are.
    func count() async throws(AccountError) -> Int
}

/// Sessions in memory alone: a restart ends them.
public final class SessionMemory: SessionStore {
    private let sessions = Mutex<[[UInt8]: DashboardSession]>([:])

    public init() {}

    /// As ``SessionStore`` promises.
    public func add(
        _ session: DashboardSession, _ hash: [UInt8], ofAccountMax: Int, max: Int
    ) async throws(AccountError) {
        sessions.withLock { sessions in
            let own = sessions.filter { $0.value.account == session.account }
            Self.remove(own.count - ofAccountMax + 1, of: own, from: &sessions)
            Self.remove(sessions.count - max + 1, of: sessions, from: &sessions)
            sessions[hash] = session
        }
    }

    private static func remove(
        _ count: Int, of some: [[UInt8]: DashboardSession], from sessions: inout [[UInt8]: DashboardSession]
    ) {
        guard count > 0 else { return }
        for old in some.sorted(by: { $0.value.used < $1.value.used }).prefix(count) { sessions[old.key] = nil }
    }

    /// As ``SessionStore`` promises.
    public func session(_ hash: [UInt8]) async throws(AccountError) -> DashboardSession? {
        sessions.withLock { $0[hash] }
    }

    /// As ``SessionStore`` promises.
    public func use(_ hash: [UInt8], at now: UnixTime) async throws(AccountError) {
        sessions.withLock { $0[hash]?.used = now }
    }

    /// As ``SessionStore`` promises.
    public func end(_ hash: [UInt8]) async throws(AccountError) { sessions.withLock { $0[hash] = nil } }

    /// As ``SessionStore`` promises.
    public func endAll(of account: String) async throws(AccountError) {
        sessions.withLock { $0 = $0.filter { $0.value.account != account } }
    }

    /// As ``SessionStore`` promises.
    public func tidy(usedBefore: UnixTime, createdBefore: UnixTime) async throws(AccountError) {
        sessions.withLock { $0 = $0.filter { $0.value.used >= usedBefore && $0.value.created >= createdBefore } }
    }

    /// As ``SessionStore`` promises.
    public func count() async throws(AccountError) -> Int { sessions.withLock { $0.count } }
}
