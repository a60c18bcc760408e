internal import Databases
internal import MailBytes

extension DashboardDatabase {
    /// All accounts, as they are now.
    public func list() throws(AccountError) -> AccountList {
        try use { connection throws(DatabaseError) in
            let number = try connection.number("SELECT number FROM dashboard_changes") ?? 0
            if let known, known.number == number { return known.list }
            let list = try Self.accounts(connection)
            known = (number, list)
            return list
        }
    }

    private static func accounts(_ connection: any DatabaseConnection) throws(DatabaseError) -> AccountList {
        let found = try connection.rows("SELECT name, content FROM dashboard_accounts ORDER BY name") { row in
            (name: row.text(0), account: (try? JSONValue(parsing: row.blob(1))).flatMap { Account($0) })
        }
        var accounts: [Account] = []
        for (name, account) in found {
            // Not left out: who is not there can be made anew, by anybody who may make accounts.
            guard let account, account.name == name else { throw DatabaseError(.damaged, "an account can't be read") }
            accounts.append(account)
        }
        return AccountList(accounts.sorted { $0.name < $1.name })
    }

    /// Changes them: all of it, or nothing. Others wait meanwhile.
    public func change(
        _ body: @Sendable (inout AccountList) throws(AccountError) -> Void
    ) throws(AccountError) {
        var refusal: AccountError?
        do throws(AccountError) {
            try use { connection throws(DatabaseError) in
                try connection.transaction { () throws(DatabaseError) in
                    try connection.lock(Self.lock)
                    let old = try Self.accounts(connection)
                    var new = old
                    do throws(AccountError) {
                        try body(&new)
                        guard new.accounts.count <= AccountList.countMax else {
                            throw AccountError("there are too many accounts")
                        }
                    } catch {
                        refusal = error
                        // So that nothing of it is done.
                        throw DatabaseError(.failed)
                    }
                    try Self.write(old, new, connection)
                }
            }
        } catch {
            throw refusal ?? error
        }
    }

    private static func write(
        _ old: AccountList, _ new: AccountList, _ connection: any DatabaseConnection
    ) throws(DatabaseError) {
        let before = Dictionary(old.accounts.map { ($0.name, $0) }) { first, _ in first }
        let names = Set(new.accounts.map(\.name))
        for account in new.accounts where before[account.name] != account {
            try connection.run(
                """
                INSERT INTO dashboard_accounts(name, content) VALUES(?, ?)
                ON CONFLICT(name) DO UPDATE SET content = excluded.content
                """, [.text(account.name), .text(account.json.text)])
            try connection.run(
                "DELETE FROM dashboard_sessions WHERE account = ? AND generation <> ?",
                [.text(account.name), .integer(Int64(account.generation))])
        }
        for account in old.accounts where !names.contains(account.name) {
            try connection.run("DELETE FROM dashboard_accounts WHERE name = ?", [.text(account.name)])
            try connection.run("DELETE FROM dashboard_sessions WHERE account = ?", [.text(account.name)])
        }
        try connection.run("UPDATE dashboard_changes SET number = number + 1")
    }
}
