internal import MailBytes

extension Dashboard {
    /// What came of a password.
    enum PasswordAnswer: Sendable {
        case right, wrong
        /// Too many passwords are being looked at.
        case soon
        /// Too many were wrong: in so many seconds.
        case later(Int64)
    }

    /// Looks at a password, as often as ``LoginLimiter`` bears it.
    ///
    /// - Parameters:
    ///   - name: the account's, as it is counted.
    ///   - hash: what it is held against; nil where there is no such account. It is asked only where it is looked at.
    func look(
        at password: String, of name: String, _ visit: Visit, _ hash: () async throws -> PasswordHash?
    ) async throws -> PasswordAnswer {
        let attempt: LoginLimiter.Try
        switch limiter.enter(name, from: LoginLimiter.place(visit.origin.client), at: visit.now) {
        case .now(let admitted): attempt = admitted
        case .soon: return .soon
        case .later(let seconds): return .later(seconds)
        }
        do {
            guard let isRight = await passwords.fits(password, try await hash()) else {
                limiter.end(attempt, .untried, at: visit.now)
                return .soon
            }
            limiter.end(attempt, isRight ? .right : .wrong, at: visit.now)
            return isRight ? .right : .wrong
        } catch {
            limiter.end(attempt, .untried, at: visit.now)
            throw error
        }
    }

    static let tooManyPasswords = Reply.later(5, .problem(503, "Too many are logging in. Try again in a few seconds."))
}
