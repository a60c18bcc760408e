import Databases
import TestSupport

/// The databases that behave alike.
enum ConnectionKind: CaseIterable {
    case sqlite
    case postgreSQL

    static let allCases: [ConnectionKind] = TestPostgreSQL.isThere ? [.sqlite, .postgreSQL] : [.sqlite]

    /// An empty database that is there for one test; `open` makes a connection to it.
    func withDatabase<Result>(
        _ body: (_ open: @escaping @Sendable () throws -> any DatabaseConnection) async throws -> Result
    ) async throws -> Result {
        switch self {
        case .sqlite:
            try await withFolder { folder in
                try await body { try SQLiteConnection(path: "\(folder)/a.db", isReadOnly: false) }
            }
        case .postgreSQL:
            try await TestPostgreSQL.withDatabase { place in
                try await body { PostgreSQLConnection(try PostgreSQLAddress(place)) }
            }
        }
    }
}

/// An actor that owns a connection, as the stores are.
actor Owner {
    private let thread: DatabaseThread
    let connection: any DatabaseConnection

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ open: @Sendable () throws -> any DatabaseConnection) throws {
        thread = try DatabaseThread()
        connection = try open()
    }

    func run<T: Sendable>(_ body: @Sendable (any DatabaseConnection) throws -> T) throws -> T { try body(connection) }
}
