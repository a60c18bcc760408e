internal import MailBytes

/// Who has logged in, and for how long.
///
/// Each page uses a session, and a store that is on a disk writes nothing for most of them: the time of its last use is
/// noted when the one that is kept is a tenth of the time to idle old, or a minute.
struct SessionTable: Sendable {
    /// Limit: sessions at once; those that were used longest ago go first.
    static let sessionsMax = 10_000
    /// Limit: sessions of an account.
    static let sessionsOfAccountMax = 20
    private static let noteSecondsMax: Int64 = 60
    /// Limits: octets of a secret.
    private static let secretOctets = 20...200

    private let store: any SessionStore
    private let idleSeconds: Int64
    private let lifeSeconds: Int64

    init(_ store: any SessionStore = SessionMemory(), idleSeconds: Int64, lifeSeconds: Int64) {
        self.store = store
        self.idleSeconds = idleSeconds
        self.lifeSeconds = lifeSeconds
    }

    /// A new session; the secret goes into the cookie.
    func begin(_ account: Account, at now: UnixTime) async throws(AccountError) -> String {
        let secret = Secret.text(32)
        try await tidy(at: now)
        try await store.add(
            DashboardSession(account: account.name, generation: account.generation, created: now, used: now),
            Secret.hash(secret), ofAccountMax: Self.sessionsOfAccountMax, max: Self.sessionsMax)
        return secret
    }

    private func isOver(_ session: DashboardSession, at now: UnixTime) -> Bool {
        now.seconds - session.used.seconds > idleSeconds || now.seconds - session.created.seconds > lifeSeconds
    }

    /// The session of a cookie; nil where there is none any more.
    ///
    /// - Parameter isUsed: whether somebody uses it now, and not a page that fetches itself again.
    func session(
        _ secret: String, at now: UnixTime, isUsed: Bool = true
    ) async throws(AccountError) -> DashboardSession? {
        guard Self.secretOctets.contains(secret.utf8.count) else { return nil }
        let hash = Secret.hash(secret)
        guard let session = try await store.session(hash) else { return nil }
        guard !isOver(session, at: now) else {
            try await store.end(hash)
            return nil
        }
        if isUsed, now.seconds - session.used.seconds >= min(Self.noteSecondsMax, max(idleSeconds / 10, 1)) {
            try await store.use(hash, at: now)
        }
        return session
    }

    /// Ends a session.
    func end(_ secret: String) async throws(AccountError) { try await store.end(Secret.hash(secret)) }

    /// Ends all sessions of an account.
    func endAll(of account: String) async throws(AccountError) { try await store.endAll(of: account) }

    /// Forgets those that are over.
    func tidy(at now: UnixTime) async throws(AccountError) {
        try await store.tidy(
            usedBefore: now.adding(seconds: -idleSeconds), createdBefore: now.adding(seconds: -lifeSeconds))
    }

    /// How many there are.
    func count() async throws(AccountError) -> Int { try await store.count() }
}
