/// All accounts.
///
/// Names are compared without regard to the case of letters, so that nobody is taken for somebody else. An earlier
/// version did not do so, and what it stored is kept as it is: of accounts whose names differ by case alone each is
/// found by its own name as it is written, and by no other; none can be made beside them.
public struct AccountList: Hashable, Sendable {
    /// Limit: accounts.
    public static let countMax = 10_000

    /// By name.
    public var accounts: [Account]

    public init(_ accounts: [Account] = []) { self.accounts = accounts }

    /// An account by its name, or a place for it. Nil where several could be meant.
    public subscript(_ name: String) -> Account? {
        get { self[exactly: name] ?? (called(name).count == 1 ? called(name).first : nil) }
        set {
            let known = self[name]?.name ?? name
            self[exactly: known] = newValue
        }
    }

    /// An account by its name as it is written: what is kept of an account names it so.
    public subscript(exactly name: String) -> Account? {
        get { accounts.first { $0.name == name } }
        set {
            accounts.removeAll { $0.name == name }
            if let newValue {
                accounts.append(newValue)
                accounts.sort { $0.name < $1.name }
            }
        }
    }

    /// The accounts whose names are this one, in whatever letters: more than one where an earlier version made them.
    public func called(_ name: String) -> [Account] {
        let folded = Account.folded(name)
        return accounts.filter { Account.folded($0.name) == folded }
    }

    /// An account by its name.
    ///
    /// - Throws: where there is none, or several could be meant.
    public func account(_ name: String) throws(AccountError) -> Account {
        if let account = self[name] { return account }
        let others = called(name).map { "'\($0.name)'" }
        guard others.isEmpty else {
            throw AccountError(
                "'\(name)' can be \(others.joined(separator: " or ")): write the name as it stands there")
        }
        throw AccountError("there is no account '\(name)'")
    }

    /// Adds an account.
    ///
    /// - Throws: where there is one of its name.
    public mutating func add(_ account: Account) throws(AccountError) {
        if let other = called(account.name).first { throw AccountError("there is an account '\(other.name)' already") }
        self[account.name] = account
    }

    /// The names of accounts that differ from another one's by case alone.
    public var ambiguousNames: [String] {
        let groups = Dictionary(grouping: accounts.map(\.name)) { Account.folded($0) }
        return groups.values.filter { $0.count > 1 }.flatMap(\.self).sorted()
    }

    /// How many may manage the others and can log in.
    public var administrators: Int { accounts.count { $0.role == .administrator && $0.password != nil } }
}

extension Account {
    /// Sets another password: all sessions end, and tokens where it is said.
    ///
    /// - Returns: how many tokens go on working, or were revoked.
    @discardableResult public mutating func set(_ password: PasswordHash, revokingTokens: Bool) -> Int {
        self.password = password
        generation += 1
        defer { if revokingTokens { tokens = [] } }
        return tokens.count
    }
}
