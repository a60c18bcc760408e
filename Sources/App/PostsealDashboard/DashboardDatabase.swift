public import Databases
internal import MailBytes

/// Accounts and sessions in a database: PostgreSQL, so that several nodes have the same ones, or an SQLite file, which
/// is its owner's alone (0600).
///
/// A thread of its own waits for disk and network. A server that can't be reached is asked again after two seconds:
/// meanwhile nobody waits for it, and nobody is taken for logged in.
public actor DashboardDatabase: AccountStore, SessionStore {
    private enum Place: Sendable {
        case file(String)
        case server(PostgreSQLAddress)
    }

    private struct Outage {
        var error: DatabaseError
        var end: ContinuousClock.Instant
    }

    /// How long a person waits for a database that does not answer.
    private static let patience = PostgreSQLPatience(connectSeconds: 3, statementSeconds: 5)
    private static let outage = Duration.seconds(2)
    /// Whoever changes accounts has this lock.
    static let lock = Int64(applicationID) << 8 | 1

    private let place: Place
    private let thread: DatabaseThread
    private var connection: (any DatabaseConnection)?
    private var outage: Outage?
    /// The accounts as they were at their last change but for those that others made since.
    var known: (number: Int64, list: AccountList)?

    nonisolated public var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Takes a file. It is opened, and brought up to date, at its first use.
    public init(path: String) throws(DatabaseError) {
        place = .file(path)
        thread = try DatabaseThread()
    }

    /// Takes a database of a server, likewise.
    public init(_ address: PostgreSQLAddress) throws(DatabaseError) {
        place = .server(address)
        thread = try DatabaseThread()
    }

    // MARK: The tables

    /// Tells the file from other SQLite files: `PSDA`.
    private static let applicationID: Int32 = 0x5053_4441

    /// An account is kept as the file of accounts has it. The number changes with each change of any of them.
    private static let schema = DatabaseSchema(
        applicationID: applicationID,
        steps: [
            DatabaseSchema.Step(
                """
                CREATE TABLE dashboard_accounts(name TEXT PRIMARY KEY NOT NULL, content TEXT NOT NULL);
                CREATE TABLE dashboard_changes(number INTEGER NOT NULL);
                INSERT INTO dashboard_changes VALUES(1);
                CREATE TABLE dashboard_sessions(
                  hash BLOB PRIMARY KEY NOT NULL, account TEXT NOT NULL, generation INTEGER NOT NULL,
                  created INTEGER NOT NULL, used INTEGER NOT NULL);
                CREATE INDEX dashboard_sessions_by_account ON dashboard_sessions(account, used);
                CREATE INDEX dashboard_sessions_by_use ON dashboard_sessions(used);
                """)
        ])

    /// Calls with a database that has its tables.
    func use<T>(_ body: (any DatabaseConnection) throws(DatabaseError) -> T) throws(AccountError) -> T {
        do throws(DatabaseError) {
            if let outage, ContinuousClock.now < outage.end { throw outage.error }
            let result = try body(try ready())
            outage = nil
            return result
        } catch {
            switch error.problem {
            case .disconnected, .cannotOpen, .busy:
                if outage.map({ ContinuousClock.now >= $0.end }) ?? true {
                    outage = Outage(error: error, end: ContinuousClock.now + Self.outage)
                }
            case .foreign, .newerVersion, .olderVersion, .empty, .full, .damaged, .failed: break
            }
            let tail = error.isOutcomeUnknown ? "; what was asked for may have been done all the same" : ""
            throw AccountError(error.description + tail)
        }
    }

    private func ready() throws(DatabaseError) -> any DatabaseConnection {
        if let connection { return connection }
        let opened: any DatabaseConnection =
            switch place {
            case .file(let path): try SQLiteConnection(path: path, isReadOnly: false)
            case .server(let address): PostgreSQLConnection(address, patience: Self.patience)
            }
        try Self.schema.prepare(opened)
        connection = opened
        return opened
    }
}
