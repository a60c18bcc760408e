internal import NIOPosix

/// Looks at passwords, one after the other and beside everything else: each takes much memory and time.
actor PasswordDesk {
    /// Limit: passwords that wait; more are turned away.
    static let waitingMax = 16

    private let cost: PasswordHashCost
    /// What unknown accounts are held against, so that they take as long as others.
    private var decoy: PasswordHash?
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(cost: PasswordHashCost = PasswordHash.standardCost) { self.cost = cost }

    /// Whether this is the password; nil where too many wait.
    ///
    /// - Parameter hash: nil where there is no such account.
    func fits(_ password: String, _ hash: PasswordHash?) async -> Bool? {
        guard await enter() else { return nil }
        defer { leave() }
        let (decoy, cost) = (decoy, cost)
        let found = try? await NIOThreadPool.singleton.runIfActive {
            let made = hash == nil && decoy == nil ? PasswordHash(of: "", cost: cost) : decoy
            guard let held = hash ?? made else { return (false, made) }
            return (held.fits(password) && hash != nil, made)
        }
        if let made = found?.1 { self.decoy = made }
        return found?.0
    }

    /// The hash of a new password; nil where too many wait, or there is no memory.
    func hash(_ password: String) async -> PasswordHash? {
        guard await enter() else { return nil }
        defer { leave() }
        let cost = cost
        return try? await NIOThreadPool.singleton.runIfActive { PasswordHash(of: password, cost: cost) }
    }

    private func enter() async -> Bool {
        guard isBusy else {
            isBusy = true
            return true
        }
        guard waiting.count < Self.waitingMax else { return false }
        // Who is resumed has the place of who left.
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    private func leave() {
        guard !waiting.isEmpty else {
            isBusy = false
            return
        }
        waiting.removeFirst().resume()
    }
}
