internal import NIOPosix
internal import Threads

/// Looks at passwords, one after the other and beside everything else: each takes much memory and time.
actor PasswordDesk {
    /// Limit: passwords that wait; more are turned away.
    static let waitingMax = 16

    private let cost: PasswordHashCost
    /// What unknown accounts are held against, so that they take as long as others.
    private var decoy: PasswordHash?
    private let turns = Turns()

    init(cost: PasswordHashCost = PasswordHash.standardCost) { self.cost = cost }

    /// Whether this is the password; nil where too many wait.
    ///
    /// - Parameter hash: nil where there is no such account.
    func fits(_ password: String, _ hash: PasswordHash?) async -> Bool? {
        let cost = cost
        // Who waited may find that the decoy was made meanwhile.
        let found = await turns.take(waitingMax: Self.waitingMax) { () -> (Bool, PasswordHash?)? in
            let decoy = await decoy
            return try? await NIOThreadPool.singleton.runIfActive {
                let made = hash == nil && decoy == nil ? PasswordHash(of: "", cost: cost) : decoy
                guard let held = hash ?? made else { return (false, made) }
                return (held.fits(password) && hash != nil, made)
            }
        }
        guard let (fits, made) = found.flatMap(\.self) else { return nil }
        if let made { decoy = made }
        return fits
    }

    /// The hash of a new password; nil where too many wait, or there is no memory.
    func hash(_ password: String) async -> PasswordHash? {
        let cost = cost
        let made = await turns.take(waitingMax: Self.waitingMax) {
            try? await NIOThreadPool.singleton.runIfActive { PasswordHash(of: password, cost: cost) }
        }
        return made.flatMap(\.self).flatMap(\.self)
    }
}
