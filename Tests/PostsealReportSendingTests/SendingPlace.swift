import PostsealReportSending
import TestSupport

/// The databases that behave alike.
enum SendingPlace: CaseIterable {
    case sqlite
    case postgreSQL

    static let allCases: [SendingPlace] = TestPostgreSQL.isThere ? [.sqlite, .postgreSQL] : [.sqlite]

    /// An empty database that is there for one test.
    func withDatabase<Result>(_ body: (SendingDatabase) async throws -> Result) async throws -> Result {
        switch self {
        case .sqlite: try await withFolder { try await body(try SendingDatabase("\($0)/sending.db")) }
        case .postgreSQL: try await TestPostgreSQL.withDatabase { try await body(try SendingDatabase($0)) }
        }
    }
}
