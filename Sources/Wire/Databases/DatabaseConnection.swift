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

    /// Puts rows in.
    ///
    /// - Parameters:
    ///   - head: `INSERT INTO a(b, c)`.
    ///   - width: values of a row.
    ///   - values: those of all rows, one after the other.
    ///   - tail: what comes behind the values, `ON CONFLICT …`. No two rows may meet in it. No `RETURNING`: SQLite
    ///     keeps a journal of its own for each row then, which takes longer than asking afterwards.
    func insert(_ head: String, width: Int, _ values: [DatabaseValue], _ tail: String) throws(DatabaseError)

    /// Puts rows in that are numbers alone, of which there are many; otherwise as ``insert(_:width:_:_:)``.
    func insert(_ head: String, width: Int, numbers: [Int64], _ tail: String) throws(DatabaseError)

    /// Puts rows in, but for those that are there already, in a table whose rows have numbers in a column `id`.
    ///
    /// - Parameters:
    ///   - columns: those that are given.
    ///   - key: the place of the one among them, a text or octets, that tells rows apart.
    ///   - values: those of all rows, one after the other.
    /// - Returns: the number of each row, new or not.
    func insertNumbered(
        _ table: String, _ columns: [String], key: Int, _ values: [DatabaseValue]
    ) throws(DatabaseError) -> [Int64]

    /// The rows of a statement that ends with `IN`, for any number of values.
    func rows<T>(
        _ text: String, anyOf values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T]

    /// Does all of it, or nothing. Within another transaction it is a part of that one.
    ///
    /// - Parameter body: may be called again where others did something at the same time that does not go with it.
    func transaction<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T

    /// Reads: all statements see what was there at one moment, however much others write meanwhile. Nothing is written
    /// in it. Within a transaction it is a part of that one.
    func snapshot<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T

    /// Within a transaction: lets nobody else have the lock of this number until the end of it, and waits for whoever
    /// has it. Nothing in SQLite, where transactions follow each other anyway.
    func lock(_ number: Int64) throws(DatabaseError)

    /// Within a transaction: its statements may take so long, rather than what the connection's patience is. Nothing in
    /// SQLite, where statements take as long as they take.
    func allow(seconds: Int) throws(DatabaseError)

    /// Gives space of what was deleted back to the system, which writes no more than so many pages. Outside of
    /// transactions. Nothing in PostgreSQL, which does so by itself.
    ///
    /// - Parameter pages: with 0 what was written in the log goes into the file, and the log is cut off, as far as
    ///   nobody reads in it; that takes no space, and comes behind the pages, too.
    /// - Returns: whether there is more to give back.
    func giveBack(pages: Int) throws(DatabaseError) -> Bool
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

    /// Puts rows in that meet no others.
    public func insert(_ head: String, width: Int, _ values: [DatabaseValue]) throws(DatabaseError) {
        try insert(head, width: width, values, "")
    }

    /// Puts rows in that are lists of their own, all of the same length.
    public func insert(_ head: String, _ rows: [[DatabaseValue]], _ tail: String = "") throws(DatabaseError) {
        try insert(head, width: rows.first?.count ?? 0, Array(rows.joined()), tail)
    }

    /// In pieces of few different numbers of rows, so that few different statements are prepared.
    func inPieces<T>(
        _ values: [DatabaseValue], of width: Int, _ body: (ArraySlice<DatabaseValue>) throws(DatabaseError) -> [T]
    ) throws(DatabaseError) -> [T] {
        guard width > 0 else { return [] }
        var result: [T] = []
        var rest = values[...]
        for size in [64 * width, 8 * width, width] {
            while rest.count >= size {
                result += try body(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
        }
        return result
    }
}
