internal import MailBytes
internal import Synchronization

/// Who has logged in. Of the secret in the browser's cookie only the hash is here.
final class SessionTable: Sendable {
    /// Limit: sessions at once; the one that was used longest ago goes first.
    static let sessionsMax = 10_000
    /// Limit: sessions of an account.
    static let sessionsOfAccountMax = 20

    struct Session: Sendable {
        var account: String
        /// Of the account, when it logged in.
        var generation: Int
        var created: UnixTime
        var used: UnixTime
    }

    private let sessions = Mutex<[[UInt8]: Session]>([:])
    let idleSeconds: Int64
    let lifeSeconds: Int64

    init(idleSeconds: Int64, lifeSeconds: Int64) {
        self.idleSeconds = idleSeconds
        self.lifeSeconds = lifeSeconds
    }

    /// A new session; the secret goes into the cookie.
    func begin(_ account: Account, at now: UnixTime) -> String {
        let secret = Secret.text(32)
        let session = Session(account: account.name, generation: account.generation, created: now, used: now)
        sessions.withLock { sessions in
            Self.makeRoom(in: &sessions, for: account.name) { self.isOver($0, at: now) }
            sessions[Secret.hash(secret)] = session
        }
        return secret
    }

    private static func makeRoom(
        in sessions: inout [[UInt8]: Session], for account: String, isOver: (Session) -> Bool
    ) {
        let own = sessions.filter { $0.value.account == account }
        if own.count >= sessionsOfAccountMax, let oldest = own.min(by: { $0.value.used < $1.value.used }) {
            sessions[oldest.key] = nil
        }
        guard sessions.count >= sessionsMax else { return }
        sessions = sessions.filter { !isOver($0.value) }
        if sessions.count >= sessionsMax, let oldest = sessions.min(by: { $0.value.used < $1.value.used }) {
            sessions[oldest.key] = nil
        }
    }

    private func isOver(_ session: Session, at now: UnixTime) -> Bool {
        now.seconds - session.used.seconds > idleSeconds || now.seconds - session.created.seconds > lifeSeconds
    }

    /// The session of a cookie, which is used now; nil where there is none any more.
    func session(_ secret: String, at now: UnixTime) -> Session? {
        guard (20...200).contains(secret.utf8.count) else { return nil }
        let hash = Secret.hash(secret)
        return sessions.withLock { sessions in
            guard var session = sessions[hash] else { return nil }
            guard !isOver(session, at: now) else {
                sessions[hash] = nil
                return nil
            }
            session.used = now
            sessions[hash] = session
            return session
        }
    }

    /// Ends a session.
    func end(_ secret: String) { sessions.withLock { $0[Secret.hash(secret)] = nil } }

    /// Ends all sessions of an account.
    func endAll(of account: String) { sessions.withLock { $0 = $0.filter { $0.value.account != account } } }

    /// How many there are.
    var count: Int { sessions.withLock { $0.count } }
}
