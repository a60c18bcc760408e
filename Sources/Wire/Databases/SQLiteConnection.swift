internal import CSQLite
internal import Glibc
internal import Synchronization

/// A connection to an SQLite file.
public final class SQLiteConnection: DatabaseConnection {
    /// How long another program's transaction is waited for.
    static let busyMilliseconds: Int32 = 10_000
    /// Limit: statements that are kept prepared. Ours are far fewer.
    private static let statementsMax = 1000

    /// As ``DatabaseConnection`` promises.
    public let dialect = DatabaseDialect.sqlite

    /// Before the first connection: SQLite counts its memory under a lock otherwise, and nobody asks for it.
    private static let isConfigured: Bool = postseal_without_memory_count() == SQLITE_OK

    /// Files are made one at a time, and before anybody has them open: whoever closes a descriptor of a file lets go of
    /// all locks that the process has on it, those of other connections too. Another program would take away the log,
    /// and what is in it.
    private static let making = Mutex(())

    let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// Opens a file; one that is to be written is made if it is not there, readable for its owner alone.
    public init(path: String, isReadOnly: Bool) throws(DatabaseError) {
        try Self.making.withLock { _ throws(DatabaseError) in
            guard access(path, isReadOnly ? R_OK : R_OK | W_OK) != 0 else { return }
            guard errno == ENOENT, !isReadOnly else { throw Self.systemFailure() }
            // SQLite gives the files beside it the same mode.
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 || errno == EEXIST else { throw Self.systemFailure() }
            close(descriptor)
        }
        _ = Self.isConfigured
        handle = isReadOnly ? try Self.openToRead(path) : try Self.open(path, SQLITE_OPEN_READWRITE)
    }

    /// Opens a database without anything in it, which is in memory alone and goes with the connection.
    public init() throws(DatabaseError) {
        _ = Self.isConfigured
        handle = try Self.open(":memory:", SQLITE_OPEN_READWRITE)
    }

    static func open(_ path: String, _ flags: Int32) throws(DatabaseError) -> OpaquePointer {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened, code == SQLITE_OK else {
            let error = failure(code, opened)
            sqlite3_close_v2(opened)
            throw error
        }
        sqlite3_busy_timeout(opened, busyMilliseconds)
        return opened
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    // MARK: - Statements

    /// As ``DatabaseConnection`` promises.
    public func script(_ text: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw Self.failure(code, handle) }
    }

    /// As ``DatabaseConnection`` promises.
    @discardableResult
    public func run(_ text: String, _ values: [DatabaseValue]) throws(DatabaseError) -> Int {
        _ = try rows(text, values) { _ in }
        return Int(sqlite3_changes64(handle))
    }

    /// As ``DatabaseConnection`` promises.
    public func rows<T>(
        _ text: String, _ values: [DatabaseValue], _ read: (DatabaseRow) -> T
    ) throws(DatabaseError) -> [T] {
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
            result.append(read(DatabaseRow(place: .sqlite(statement))))
        }
    }

    // MARK: - Transactions

    /// As ``DatabaseConnection`` promises.
    public func transaction<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        // Immediate: a transaction that reads first and writes then can find the file taken by another.
        try transaction("BEGIN IMMEDIATE", body)
    }

    /// As ``DatabaseConnection`` promises.
    public func snapshot<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        try transaction("BEGIN", body)
    }

    private func transaction<T>(
        _ beginning: String, _ body: () throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        guard sqlite3_get_autocommit(handle) != 0 else { return try body() }
        try run(beginning, [])
        do throws(DatabaseError) {
            let result = try body()
            try run("COMMIT", [])
            return result
        } catch {
            // After some failures, such as a full disk, SQLite has done so itself.
            if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK", []) }
            throw error
        }
    }

    /// As ``DatabaseConnection`` promises.
    public func lock(_ number: Int64) throws(DatabaseError) {}

    /// As ``DatabaseConnection`` promises.
    public func allow(seconds: Int) throws(DatabaseError) {}

    func prepared(_ text: String) throws(DatabaseError) -> OpaquePointer {
        if let known = statements[text] { return known }
        if statements.count >= Self.statementsMax {
            for statement in statements.values { sqlite3_finalize(statement) }
            statements = [:]
        }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw Self.failure(code, handle) }
        statements[text] = statement
        return statement
    }

    func bind(_ value: DatabaseValue, _ place: Int32, _ statement: OpaquePointer) throws(DatabaseError) {
        let code: Int32 =
            switch value {
            case .null: sqlite3_bind_null(statement, place)
            case .integer(let number): sqlite3_bind_int64(statement, place, number)
            case .text(let text):
                bindText(text, place, statement)
            case .blob(let octets):
                octets.withUnsafeBytes {
                    postseal_bind_blob(statement, place, $0.baseAddress, Int32(clamping: $0.count))
                }
            }
        guard code == SQLITE_OK else { throw Self.failure(code, handle) }
    }

    private func bindText(_ text: String, _ place: Int32, _ statement: OpaquePointer) -> Int32 {
        var text = text
        let code = text.withUTF8 { octets -> Int32? in
            if let start = octets.baseAddress, memchr(start, 0, octets.count) != nil { return nil }
            return octets.withMemoryRebound(to: CChar.self) {
                postseal_bind_text(statement, place, $0.baseAddress, Int32(clamping: $0.count))
            }
        }
        return code ?? bindText(DatabaseValue.storable(text), place, statement)
    }

    // MARK: - Failures

    private static func systemFailure() -> DatabaseError {
        DatabaseError(errno == ENOSPC ? .full : .cannotOpen, String(cString: strerror(errno)).lowercased())
    }

    static func failure(_ code: Int32, _ handle: OpaquePointer?) -> DatabaseError {
        let text = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        return switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: DatabaseError(.busy)
        case SQLITE_FULL: DatabaseError(.full)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY: DatabaseError(.cannotOpen, text)
        case SQLITE_NOTADB: DatabaseError(.foreign)
        case SQLITE_CORRUPT: DatabaseError(.damaged, text)
        default: DatabaseError(.failed, text)
        }
    }
}
