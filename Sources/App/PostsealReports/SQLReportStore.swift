public import Databases
internal import MailReports

/// Reports in a database: an SQLite file, which is its owner's alone (0600), or PostgreSQL, for several nodes.
///
/// One program writes at a time, others wait; readers never wait. A thread of its own waits for disk and network.
public actor SQLReportStore: ReportStore {
    /// Limit: names and sources whose numbers are remembered.
    static let namesMax = 100_000
    /// Whoever writes reports has this lock.
    static let lock = Int64(ReportSchema.applicationID) << 8 | 1

    private let thread: DatabaseThread
    let connection: any DatabaseConnection
    private let isReadOnly: Bool
    private var isReady = false
    /// The numbers of names and sources, as long as none was forgotten.
    var names: [String: Int64] = [:]
    var sources: [DMARCReportSource: Int64] = [:]
    private var generation: Int64 = 0
    /// Whether somebody looks for names and sources that no row has, as of the transaction that goes on: what it gives
    /// to rows has to be noted.
    private(set) var isSwept = false
    /// Whether something went since names and sources were looked through for those that nothing is about.
    var hasUnused = false

    nonisolated public var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens a file, and brings one of an earlier version up to date.
    ///
    /// - Parameter isReadOnly: whether it is only looked at: nothing is made or changed then.
    public init(path: String, isReadOnly: Bool = false) throws(ReportStoreError) {
        do throws(DatabaseError) {
            let connection = try SQLiteConnection(path: path, isReadOnly: isReadOnly)
            try ReportSchema.ready(connection, isReadOnly: isReadOnly)
            thread = try DatabaseThread()
            self.connection = connection
        } catch {
            throw ReportStoreError(error)
        }
        self.isReadOnly = isReadOnly
        isReady = true
    }

    /// A store without reports, in memory alone.
    public init() throws(ReportStoreError) {
        do throws(DatabaseError) {
            let connection = try SQLiteConnection()
            try ReportSchema.ready(connection, isReadOnly: false)
            thread = try DatabaseThread()
            self.connection = connection
        } catch {
            throw ReportStoreError(error)
        }
        isReadOnly = false
        isReady = true
    }

    /// Takes a database of a server. It is reached, and brought up to date, at the first use.
    public init(
        _ address: PostgreSQLAddress, patience: PostgreSQLPatience = .init(), isReadOnly: Bool = false
    ) throws(ReportStoreError) {
        do throws(DatabaseError) {
            thread = try DatabaseThread()
        } catch {
            throw ReportStoreError(error)
        }
        connection = PostgreSQLConnection(address, patience: patience, isReadOnly: isReadOnly)
        self.isReadOnly = isReadOnly
    }

    /// Opens what a text means: a path, or a connection string of PostgreSQL.
    public init(at place: String, isReadOnly: Bool = false) throws(ReportStoreError) {
        guard PostgreSQLAddress.isMeant(by: place) else {
            try self.init(path: place, isReadOnly: isReadOnly)
            return
        }
        let address: PostgreSQLAddress
        do throws(DatabaseError) {
            address = try PostgreSQLAddress(place)
        } catch {
            throw ReportStoreError(error)
        }
        try self.init(address, isReadOnly: isReadOnly)
    }

    /// What a place is called where others read it: without a user or a password.
    public static func name(of place: String) -> String {
        guard PostgreSQLAddress.isMeant(by: place) else { return place }
        return (try? PostgreSQLAddress(place).description) ?? "PostgreSQL"
    }

    /// Reaches the database, for whoever wants to know now whether that is possible.
    public func connect() throws(ReportStoreError) {
        try use { _ throws(DatabaseError) in }
    }

    /// Calls with a database that has its tables.
    func use<T>(_ body: (any DatabaseConnection) throws(DatabaseError) -> T) throws(ReportStoreError) -> T {
        do throws(DatabaseError) {
            if !isReady { try ReportSchema.ready(connection, isReadOnly: isReadOnly) }
            isReady = true
            return try body(connection)
        } catch {
            throw ReportStoreError(error)
        }
    }

    /// Does all of it, or nothing, while nobody else writes reports.
    func transaction<T>(_ body: () throws(DatabaseError) -> T) throws(ReportStoreError) -> T {
        try use { connection throws(DatabaseError) in
            var isAgain = false
            do throws(DatabaseError) {
                return try connection.transaction { () throws(DatabaseError) -> T in
                    // What the first try has put in, and learnt the numbers of, is out again.
                    if isAgain { forgetNumbers() }
                    isAgain = true
                    try connection.lock(Self.lock)
                    let numbering = try connection.rows("SELECT generation, sweep FROM numbering_state") {
                        (generation: $0.integer(0), sweep: $0.integer(1))
                    }.first
                    let current = numbering?.generation ?? 0
                    isSwept = numbering?.sweep ?? 0 != 0
                    if current != generation || names.count + sources.count > Self.namesMax { forgetNumbers() }
                    generation = current
                    return try body()
                }
            } catch {
                // What was put in is out again.
                forgetNumbers()
                throw error
            }
        }
    }

    func forgetNumbers() {
        names = [:]
        sources = [:]
    }
}
