/// Numbers of rows that people note and ask for again: none is given to another row once its own is gone.
///
/// SQLite gives a new row the number behind the highest that is there, which is that of the newest row again when this
/// one was deleted. So the highest that was ever given is kept beside the rows. PostgreSQL's sequences do so by
/// themselves.
public enum GivenNumbers {
    /// The statements for SQLite that begin to keep it for a table whose rows have numbers in a column `id`.
    public static func script(for table: String) -> String {
        """
        CREATE TABLE IF NOT EXISTS given_numbers(name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO given_numbers SELECT '\(table)', coalesce(max(id), 0) FROM \(table);
        """
    }
}

extension DatabaseConnection {
    /// Within a transaction: gives so many numbers for new rows of a table, see ``GivenNumbers``.
    ///
    /// - Returns: the first of them, behind which the others follow; nil where the database gives them itself.
    public func giveNumbers(_ count: Int, for table: String) throws(DatabaseError) -> Int64? {
        guard dialect == .sqlite else { return nil }
        // Rows with higher numbers are there where another program put them in.
        let last = try number(
            """
            UPDATE given_numbers SET last = max(last, coalesce((SELECT max(id) FROM \(table)), 0)) + ? WHERE name = ?
            RETURNING last
            """, [.integer(Int64(count)), .text(table)])
        guard let last, last >= count else { throw DatabaseError(.failed, "there are no numbers left for \(table)") }
        return last - Int64(count) + 1
    }
}
