internal import CSQLite
internal import Glibc

/// A value that goes into a statement.
enum SQLiteValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
    init(_ isTrue: Bool?) { self = isTrue.map { .integer($0 ? 1 : 0) } ?? .null }
}

/// A row that a statement came to; only valid while it is being read.
struct SQLiteRow {
    fileprivate let statement: OpaquePointer

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func integerOrNil(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func text(_ column: Int32) -> String { String(decoding: blob(column), as: UTF8.self) }

    func textOrNil(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }
}

/// A connection to an SQLite file, for one owner at a time.
///
/// Statements are prepared once and kept by their text, which is always one of our own: values are bound, never
/// written into it.
final class SQLiteConnection {
    /// How long another program's transaction is waited for.
    static let busyMilliseconds: Int32 = 10_000

    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// Opens a file; one that is to be written is made if it is not there, readable for its owner alone.
    init(path: String, isReadOnly: Bool) throws(ReportStoreError) {
        if isReadOnly {
            guard access(path, R_OK) == 0 else { throw Self.systemFailure() }
        } else {
            // SQLite gives the files beside it the same mode.
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Self.systemFailure() }
            close(descriptor)
        }
        var opened: OpaquePointer?
        let flags = (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened, code == SQLITE_OK else {
            let error = Self.failure(code, opened)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        sqlite3_busy_timeout(handle, Self.busyMilliseconds)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    // MARK: - Statements

    /// Runs statements without values, one after the other.
    func script(_ text: String) throws(ReportStoreError) {
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw Self.failure(code, handle) }
    }

    /// Runs a statement. How many rows it changed.
    @discardableResult
    func run(_ text: String, _ values: [SQLiteValue] = []) throws(ReportStoreError) -> Int {
        _ = try rows(text, values) { _ in }
        return Int(sqlite3_changes64(handle))
    }

    /// The rows that a statement comes to.
    func rows<T>(
        _ text: String, _ values: [SQLiteValue] = [], _ read: (SQLiteRow) -> T
    ) throws(ReportStoreError)
        -> [T]
    {
        let statement = try prepared(text)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, Int32(index + 1), statement) }
        var result: [T] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return result }
            guard code == SQLITE_ROW else { throw Self.failure(code, handle) }
            result.append(read(SQLiteRow(statement: statement)))
        }
    }

    /// The first number of the first row; nil if there is no row, or no number in it.
    func number(_ text: String, _ values: [SQLiteValue] = []) throws(ReportStoreError) -> Int64? {
        try rows(text, values) { $0.integerOrNil(0) }.first ?? nil
    }

    /// The number of the row that was put in last.
    var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Does all of it, or nothing.
    func transaction<T>(_ body: () throws(ReportStoreError) -> T) throws(ReportStoreError) -> T {
        // Immediate: a transaction that reads first and writes then can find the file taken by another.
        try run("BEGIN IMMEDIATE")
        do throws(ReportStoreError) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // After some failures, such as a full disk, SQLite has done so itself.
            if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK") }
            throw error
        }
    }

    private func prepared(_ text: String) throws(ReportStoreError) -> OpaquePointer {
        if let known = statements[text] { return known }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw Self.failure(code, handle) }
        statements[text] = statement
        return statement
    }

    private func bind(_ value: SQLiteValue, _ place: Int32, _ statement: OpaquePointer) throws(ReportStoreError) {
        let code: Int32 =
            switch value {
            case .null: sqlite3_bind_null(statement, place)
            case .integer(let number): sqlite3_bind_int64(statement, place, number)
            case .text(var text):
                text.withUTF8 { octets in
                    octets.withMemoryRebound(to: CChar.self) {
                        postseal_bind_text(statement, place, $0.baseAddress, Int32(clamping: $0.count))
                    }
                }
            case .blob(let octets):
                octets.withUnsafeBytes {
                    postseal_bind_blob(statement, place, $0.baseAddress, Int32(clamping: $0.count))
                }
            }
        guard code == SQLITE_OK else { throw Self.failure(code, handle) }
    }

    // MARK: - Failures

    private static func systemFailure() -> ReportStoreError {
        ReportStoreError(errno == ENOSPC ? .full : .cannotOpen, String(cString: strerror(errno)).lowercased())
    }

    private static func failure(_ code: Int32, _ handle: OpaquePointer?) -> ReportStoreError {
        let text = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        return switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: ReportStoreError(.busy)
        case SQLITE_FULL: ReportStoreError(.full)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY: ReportStoreError(.cannotOpen, text)
        case SQLITE_NOTADB: ReportStoreError(.notAStore)
        case SQLITE_CORRUPT: ReportStoreError(.damaged, text)
        default: ReportStoreError(.failed, text)
        }
    }
}
