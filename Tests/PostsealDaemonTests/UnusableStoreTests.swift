import Databases
import PostsealConfiguration
import PostsealReports
import TestSupport
import Testing

@testable import PostsealDaemon

/// A database of reports that this version can't use: whoever starts the daemon hears of it, and not each client.
@Suite(.enabled(if: TestPostgreSQL.isThere)) struct UnusableStoreTests {
    private static func configuration(_ place: String) throws -> DaemonConfiguration {
        let text = """
            name: mx.example
            milter: {listen: "tcp:127.0.0.1:0"}
            reports: {store: "\(place)", addresses: [dmarc@mx.example]}

            """
        return try ConfigurationLoader(environment: [:]).load(octets: Array(text.utf8), named: "postseal.yaml")
            .configuration
    }

    /// Why the daemon does not start; nil if it does.
    private static func refusal(_ place: String) async throws -> String? {
        do {
            try await withDaemon(try configuration(place)) { _, _ in }
            return nil
        } catch let error as DaemonError {
            return error.description
        }
    }

    @Test func aDatabaseOfALaterVersionIsRefusedAtTheStart() async throws {
        try await TestPostgreSQL.withDatabase { place in
            // Nothing is there yet, and then all that this version makes.
            #expect(try await Self.refusal(place) == nil)
            try await SQLReportStore(at: place).connect()
            #expect(try await Self.refusal(place) == nil)
            try PostgreSQLConnection(try PostgreSQLAddress(place)).script(
                "UPDATE postseal_schema SET version = version + 1")
            let refusal = try #require(try await Self.refusal(place))
            #expect(refusal.hasPrefix("postgresql:///tmp/"))
            #expect(refusal.hasSuffix(": the store of reports was made by a later version; set reports.store"))
        }
    }

    @Test func aDatabaseThatIsAwayIsWaitedFor() async throws {
        #expect(try await Self.refusal("postgresql:///nobody?host=/nowhere") == nil)
    }
}
