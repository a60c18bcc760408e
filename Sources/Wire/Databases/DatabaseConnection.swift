/// A connection to a database, for one owner at a time.
///
/// Statements are always texts of our own, the same for both databases wherever that can be, with `?` in the place of
/// each value: values are bound, never written into a statement. Statements are prepared once and kept by their text.
/// Calls block for as long as disk and network take; see ``DatabaseThread``.
public protocol DatabaseConnection: AnyObject {
    /// Which database it is.
    var dialect: DatabaseDialect { get }

    /// Runs statements without values, one after the other.
    func script(_ text: String) throws(DatabaseError)

    /// Runs a statement.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func run(_ text: String, _ values: [DatabaseValue]) throws(DatabaseError) -> Int

    /// The rows that a statement comes to.
    func rows<T>(
        _ text: String, _ values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T]

    /// Does all of it, or nothing. Within another transaction it is a part of that one.
    ///
    /// - Parameter body: may be called again where others did something at the same time that does not go with it.
    func transaction<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T

    /// Within a transaction: lets nobody else have the lock of this number until the end of it, and waits for whoever
    /// has it. Nothing in SQLite, where transactions follow each other anyway.
    func lock(_ number: Int64) throws(DatabaseError)
}

extension DatabaseConnection {
    /// Runs a statement without values.
    @discardableResult
    public func run(_ text: String) throws(DatabaseError) -> Int { try run(text, []) }

    /// The rows that a statement without values comes to.
    public func rows<T>(_ text: String, _ read: (DatabaseRow) -> T) throws(DatabaseError) -> [T] {
        try rows(text, [], read)
    }

    /// The first number of the first row; nil if there is no row, or no number in it.
    public func number(_ text: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> Int64? {
        try rows(text, values) { $0.integerOrNil(0) }.first ?? nil
    }

    /// Puts rows in, many with one statement: each is a way to the server and back.
    ///
    /// - Parameters:
    ///   - head: `INSERT INTO a(b, c)`.
    ///   - rows: all of the same length.
    ///   - tail: what comes behind the values, `ON CONFLICT …`. No two rows may meet in it.
    public func insert(_ head: String, _ rows: [[DatabaseValue]], _ tail: String = "") throws(DatabaseError) {
        _ = try insert(head, rows, tail) { _ in }
    }

    /// Puts rows in, many with one statement, and reads what comes back of each by `RETURNING`, in any order.
    public func insert<T>(
        _ head: String, _ rows: [[DatabaseValue]], _ tail: String, _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T] {
        guard let width = rows.first?.count, width > 0 else { return [] }
        let row = "(" + Array(repeating: "?", count: width).joined(separator: ",") + ")"
        return try inPieces(rows) { piece throws(DatabaseError) in
            let places = Array(repeating: row, count: piece.count).joined(separator: ",")
            return try self.rows("\(head) VALUES \(places) \(tail)", Array(piece.joined()), read)
        }
    }

    /// The rows of a statement that ends with `IN`, for any number of values.
    public func rows<T>(
        _ text: String, anyOf values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T] {
        try inPieces(values) { piece throws(DatabaseError) in
            let places = Array(repeating: "?", count: piece.count).joined(separator: ",")
            return try rows("\(text) (\(places))", Array(piece), read)
        }
    }

    /// In pieces of few different lengths, so that few different statements are prepared.
    private func inPieces<Item, T>(
        _ items: [Item], _ body: (ArraySlice<Item>) throws(DatabaseError) -> [T]
    ) throws(DatabaseError) -> [T] {
        var result: [T] = []
        var rest = items[...]
        for size in [64, 8, 1] {
            while rest.count >= size {
                result += try body(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
        }
        return result
    }
}
