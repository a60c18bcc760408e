internal import CSQLite

/// Many rows, or values, with a statement.
extension SQLiteConnection {
    /// Rows of one statement: fewer and fewer, so that few different statements are prepared. It takes half the time of
    /// one for each row, unless SQLite has to keep a journal of the statement, which takes many times as long: where it
    /// changes rows that are there, or looks whether foreign keys are right.
    private static let pieces = [64, 8, 1]
    /// Limit: values of one statement.
    private static let valuesMax = 1000

    /// As ``DatabaseConnection`` promises.
    public func insert(
        _ head: String, width: Int, _ values: [DatabaseValue], _ tail: String
    ) throws(DatabaseError) {
        try insert(head, width, values.count, tail, pieces: [1]) { statement, place, index throws(DatabaseError) in
            try bind(values[index], place, statement)
        } inserted: { _, _ throws(DatabaseError) in
        }
    }

    /// As ``DatabaseConnection`` promises.
    public func insert(_ head: String, width: Int, numbers: [Int64], _ tail: String) throws(DatabaseError) {
        try insert(
            head, width, numbers.count, tail, pieces: tail.isEmpty ? Self.pieces : [1]
        ) { statement, place, index throws(DatabaseError) in
            sqlite3_bind_int64(statement, place, numbers[index])
        } inserted: { _, _ throws(DatabaseError) in
        }
    }

    /// As ``DatabaseConnection`` promises. SQLite says the number of the row that it has put in last, which takes no
    /// time; each row's is by one more than that of the row before it, as long as none was there already.
    public func insertNumbered(
        _ table: String, _ columns: [String], key: Int, _ values: [DatabaseValue]
    ) throws(DatabaseError) -> [Int64] {
        guard columns.indices.contains(key) else { return [] }
        let width = columns.count
        let find = "SELECT id FROM \(table) WHERE \(columns[key]) = ?"
        let hasForeignKeys = try number("SELECT count(*) FROM pragma_foreign_key_list(?)", [.text(table)]) ?? 0 > 0
        var numbers: [Int64] = []
        numbers.reserveCapacity(values.count / width)
        try insert(
            "INSERT INTO \(table)(\(columns.joined(separator: ", ")))", width, values.count,
            "ON CONFLICT(\(columns[key])) DO NOTHING", pieces: hasForeignKeys ? [1] : Self.pieces
        ) { statement, place, index throws(DatabaseError) in
            try bind(values[index], place, statement)
        } inserted: { start, count throws(DatabaseError) in
            let last = sqlite3_last_insert_rowid(handle)
            if sqlite3_changes64(handle) == count, last < .max {
                numbers.append(contentsOf: (last - Int64(count) + 1)...last)
                return
            }
            for index in start..<start + count {
                numbers.append(try rows(find, [values[index * width + key]]) { $0.integer(0) }.first ?? 0)
            }
        }
        return numbers
    }

    /// As ``DatabaseConnection`` promises; each value by itself: SQLite makes a tree of a list before it looks.
    public func rows<T>(
        _ text: String, anyOf values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T] {
        guard !values.isEmpty else { return [] }
        let statement = try prepared("\(text) (?)")
        defer { release(statement) }
        var result: [T] = []
        for value in values {
            sqlite3_reset(statement)
            try bind(value, 1, statement)
            var code = sqlite3_step(statement)
            while code == SQLITE_ROW {
                result.append(read(DatabaseRow(place: .sqlite(statement))))
                code = sqlite3_step(statement)
            }
            guard code == SQLITE_DONE else { throw Self.failure(code, handle) }
        }
        return result
    }

    /// Puts rows in, some with one statement.
    ///
    /// - Parameters:
    ///   - bind: binds the value of an index among all.
    ///   - inserted: called behind each statement, with the first of its rows, and how many.
    private func insert(
        _ head: String, _ width: Int, _ valueCount: Int, _ tail: String, pieces: [Int],
        bind: (_ statement: OpaquePointer, _ place: Int32, _ index: Int) throws(DatabaseError) -> Void,
        inserted: (_ start: Int, _ count: Int) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        guard width > 0, valueCount >= width else { return }
        // By itself it would be undone as a whole; see below.
        guard sqlite3_get_autocommit(handle) == 0 else {
            return try transaction { () throws(DatabaseError) in
                try insert(head, width, valueCount, tail, pieces: pieces, bind: bind, inserted: inserted)
            }
        }
        let row = "(" + Array(repeating: "?", count: width).joined(separator: ",") + ")"
        let rowCount = valueCount / width
        var start = 0
        for count in pieces where count == 1 || count * width <= Self.valuesMax {
            guard rowCount - start >= count else { continue }
            // Without `OR FAIL` it would keep a journal, to undo the rows before the one that fails. What fails ends
            // the transaction, and undoes all of it.
            let statement = try prepared(
                "INSERT OR FAIL\(head.dropFirst(Self.insertWord.count)) VALUES "
                    + Array(repeating: row, count: count).joined(separator: ",") + " " + tail)
            defer { release(statement) }
            while rowCount - start >= count {
                sqlite3_reset(statement)
                for index in 0..<count * width { try bind(statement, Int32(index + 1), start * width + index) }
                let code = sqlite3_step(statement)
                guard code == SQLITE_DONE else { throw Self.failure(code, handle) }
                try inserted(start, count)
                start += count
            }
        }
    }

    private static let insertWord = "INSERT"

    private func release(_ statement: OpaquePointer) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }
}
