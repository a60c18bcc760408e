internal import Databases
public import MailBytes

extension DashboardDatabase {
    /// As ``SessionStore`` promises.
    public func add(
        _ session: DashboardSession, _ hash: [UInt8], ofAccountMax: Int, max: Int
    ) throws(AccountError) {
        try use { connection throws(DatabaseError) in
            try connection.transaction { () throws(DatabaseError) in
                let own = try connection.number(
                    "SELECT count(*) FROM dashboard_sessions WHERE account = ?", [.text(session.account)])
                try Self.drop(
                    (own ?? 0) - Int64(ofAccountMax) + 1, "WHERE account = ?", [.text(session.account)], connection)
                let all = try connection.number("SELECT count(*) FROM dashboard_sessions")
                try Self.drop((all ?? 0) - Int64(max) + 1, "", [], connection)
                try connection.run(
                    "INSERT INTO dashboard_sessions(hash, account, generation, created, used) VALUES(?, ?, ?, ?, ?)",
                    [
                        .blob(hash), .text(session.account), .integer(Int64(session.generation)),
                        .integer(session.created.seconds), .integer(session.used.seconds),
                    ])
            }
        }
    }

    /// Those that were used longest ago.
    private static func drop(
        _ count: Int64, _ condition: StaticString, _ values: [DatabaseValue], _ connection: any DatabaseConnection
    ) throws(DatabaseError) {
        guard count > 0 else { return }
        try connection.run(
            """
            DELETE FROM dashboard_sessions WHERE hash IN
            (SELECT hash FROM dashboard_sessions \(condition) ORDER BY used, hash LIMIT ?)
            """, values + [.integer(count)])
    }

    /// As ``SessionStore`` promises.
    public func session(_ hash: [UInt8]) throws(AccountError) -> DashboardSession? {
        try use { connection throws(DatabaseError) in
            try connection.rows(
                "SELECT account, generation, created, used FROM dashboard_sessions WHERE hash = ?", [.blob(hash)]
            ) { row in
                DashboardSession(
                    account: row.text(0), generation: Int(row.integer(1)), created: UnixTime(seconds: row.integer(2)),
                    used: UnixTime(seconds: row.integer(3)))
            }.first
        }
    }

    /// As ``SessionStore`` promises.
    public func use(_ hash: [UInt8], at now: UnixTime) throws(AccountError) {
        try use { connection throws(DatabaseError) in
            // Clocks of nodes differ: it never becomes older.
            _ = try connection.run(
                "UPDATE dashboard_sessions SET used = ? WHERE hash = ? AND used < ?",
                [.integer(now.seconds), .blob(hash), .integer(now.seconds)])
        }
    }

    /// As ``SessionStore`` promises.
    public func end(_ hash: [UInt8]) throws(AccountError) {
        try use { connection throws(DatabaseError) in
            _ = try connection.run("DELETE FROM dashboard_sessions WHERE hash = ?", [.blob(hash)])
        }
    }

    /// As ``SessionStore`` promises.
    public func endAll(of account: String) throws(AccountError) {
        try use { connection throws(DatabaseError) in
            _ = try connection.run("DELETE FROM dashboard_sessions WHERE account = ?", [.text(account)])
        }
    }

    /// As ``SessionStore`` promises.
    public func tidy(usedBefore: UnixTime, createdBefore: UnixTime) throws(AccountError) {
        try use { connection throws(DatabaseError) in
            _ = try connection.run(
                "DELETE FROM dashboard_sessions WHERE used < ? OR created < ?",
                [.integer(usedBefore.seconds), .integer(createdBefore.seconds)])
        }
    }

    /// As ``SessionStore`` promises.
    public func count() throws(AccountError) -> Int {
        try use { connection throws(DatabaseError) in
            Int(try connection.number("SELECT count(*) FROM dashboard_sessions") ?? 0)
        }
    }
}
