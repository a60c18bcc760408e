internal import CPQ
internal import Glibc

/// A connection to a PostgreSQL database. It is made at its first use, and made again at the next use when it was lost.
///
/// A pooler has to keep a session for each connection: statements are prepared in it.
public final class PostgreSQLConnection: DatabaseConnection {
    /// Limit: how often a transaction is tried that does not go with what others do.
    static let triesMax = 10

    /// As ``DatabaseConnection`` promises.
    public let dialect = DatabaseDialect.postgreSQL
    private let address: PostgreSQLAddress
    private let patience: PostgreSQLPatience
    private let isReadOnly: Bool
    private var link: PostgreSQLLink?
    private var isInTransaction = false

    /// Connects to nothing yet.
    public init(_ address: PostgreSQLAddress, patience: PostgreSQLPatience = .init(), isReadOnly: Bool = false) {
        self.address = address
        self.patience = patience
        self.isReadOnly = isReadOnly
    }

    // MARK: - Statements

    /// As ``DatabaseConnection`` promises; all statements together, or none.
    public func script(_ text: String) throws(DatabaseError) {
        try use { link throws(DatabaseError) in try link.script(text) }
    }

    /// As ``DatabaseConnection`` promises.
    @discardableResult
    public func run(_ text: String, _ values: [DatabaseValue]) throws(DatabaseError) -> Int {
        let result = try use { link throws(DatabaseError) in try link.execute(text, values) }
        return PQcmdTuples(result.pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// As ``DatabaseConnection`` promises.
    public func rows<T>(
        _ text: String, _ values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T] {
        let result = try use { link throws(DatabaseError) in try link.execute(text, values) }
        let rows = (0..<PQntuples(result.pointer)).map { row in
            read(DatabaseRow(place: .postgreSQL(result.pointer, row: row)))
        }
        // The rows point into it.
        return withExtendedLifetime(result) { rows }
    }

    /// As ``DatabaseConnection`` promises; many rows with one statement, for each is a way to the server and back.
    public func insert(
        _ head: String, width: Int, _ values: [DatabaseValue], _ tail: String
    ) throws(DatabaseError) {
        let row = "(" + Array(repeating: "?", count: width).joined(separator: ",") + ")"
        _ = try inPieces(values, of: width) { piece throws(DatabaseError) in
            let places = Array(repeating: row, count: piece.count / width).joined(separator: ",")
            return try rows("\(head) VALUES \(places) \(tail)", Array(piece)) { _ in }
        }
    }

    /// As ``DatabaseConnection`` promises.
    public func insert(_ head: String, width: Int, numbers: [Int64], _ tail: String) throws(DatabaseError) {
        try insert(head, width: width, numbers.map { .integer($0) }, tail)
    }

    /// As ``DatabaseConnection`` promises; the numbers are asked for afterwards.
    public func insertNumbered(
        _ table: String, _ columns: [String], key: Int, _ values: [DatabaseValue]
    ) throws(DatabaseError) -> [Int64] {
        guard columns.indices.contains(key), !values.isEmpty else { return [] }
        try insert(
            "INSERT INTO \(table)(\(columns.joined(separator: ", ")))", width: columns.count, values,
            "ON CONFLICT(\(columns[key])) DO NOTHING")
        let keys = stride(from: key, to: values.count, by: columns.count).map { values[$0] }
        var isText = false
        if case .text? = keys.first { isText = true }
        let found = try rows("SELECT \(columns[key]), id FROM \(table) WHERE \(columns[key]) IN", anyOf: keys) { row in
            (isText ? DatabaseValue.text(row.text(0)) : .blob(row.blob(0)), row.integer(1))
        }
        let numbers = Dictionary(found) { first, _ in first }
        return keys.map { numbers[$0] ?? 0 }
    }

    /// As ``DatabaseConnection`` promises.
    public func rows<T>(
        _ text: String, anyOf values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T] {
        try inPieces(values, of: 1) { piece throws(DatabaseError) in
            let places = Array(repeating: "?", count: piece.count).joined(separator: ",")
            return try rows("\(text) (\(places))", Array(piece), read)
        }
    }

    /// As ``DatabaseConnection`` promises.
    public func lock(_ number: Int64) throws(DatabaseError) {
        _ = try rows("SELECT pg_advisory_xact_lock(?)", [.integer(number)]) { _ in }
    }

    /// As ``DatabaseConnection`` promises.
    public func allow(seconds: Int) throws(DatabaseError) {
        guard isInTransaction else { return }
        try use { link throws(DatabaseError) in try link.allow(seconds: seconds) }
    }

    /// As ``DatabaseConnection`` promises.
    public func giveBack(pages: Int) throws(DatabaseError) -> Bool { false }

    /// Calls with a session that is as alive as can be known.
    private func use<T>(_ body: (PostgreSQLLink) throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        let link = try liveLink()
        do throws(DatabaseError) {
            return try body(link)
        } catch {
            var error = error
            if error.problem == .disconnected {
                self.link = nil
                // A statement by itself may have been done; in a transaction it is undone with all the rest.
                error.isOutcomeUnknown = !isInTransaction
            }
            throw error
        }
    }

    private func liveLink() throws(DatabaseError) -> PostgreSQLLink {
        if isInTransaction {
            // What was begun in another session is lost with it.
            guard let link else { throw DatabaseError(.disconnected) }
            return link
        }
        if let link, link.isAlive { return link }
        link = nil
        let opened = try PostgreSQLLink(address, patience, isReadOnly: isReadOnly)
        link = opened
        return opened
    }

    // MARK: - Transactions

    /// As ``DatabaseConnection`` promises.
    public func transaction<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        try transaction("BEGIN", body)
    }

    /// As ``DatabaseConnection`` promises.
    public func snapshot<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    private func transaction<T>(
        _ beginning: String, _ body: () throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        guard !isInTransaction else { return try body() }
        var tries = 1
        while true {
            do throws(DatabaseError) {
                return try attempt(beginning, body)
            } catch {
                guard error.isWorthAnotherTry, tries < Self.triesMax else { throw error }
                // So that two that meet do not meet again.
                poll(nil, 0, CInt.random(in: 1...20) * CInt(tries))
                tries += 1
            }
        }
    }

    private func attempt<T>(
        _ beginning: String, _ body: () throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        let link = try liveLink()
        isInTransaction = true
        defer {
            isInTransaction = false
            link.endAllowance()
        }
        do throws(DatabaseError) {
            _ = try use { link throws(DatabaseError) in try link.execute(beginning, []) }
            let result = try body()
            try commit()
            return result
        } catch {
            if error.problem == .disconnected { self.link = nil }
            if let current = self.link, current === link, (try? current.execute("ROLLBACK", [])) == nil {
                self.link = nil
            }
            throw error
        }
    }

    private func commit() throws(DatabaseError) {
        // Lost before, and so undone.
        guard link != nil else { throw DatabaseError(.disconnected) }
        do throws(DatabaseError) {
            let result = try use { link throws(DatabaseError) in try link.execute("COMMIT", []) }
            // A transaction in which something failed ends so without an error.
            guard PQcmdStatus(result.pointer).map({ String(cString: $0) }) == "COMMIT" else {
                throw DatabaseError(.failed, "a failure within the transaction was passed over")
            }
        } catch {
            var error = error
            error.isOutcomeUnknown = error.problem == .disconnected && link == nil
            throw error
        }
    }
}
