import Foundation
import TestSupport
import Testing

@testable import Databases

/// What is of servers, beyond what both databases have in common.
@Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLTests {
    private func problem(_ body: () throws(DatabaseError) -> Void) -> DatabaseError? {
        do throws(DatabaseError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func aLostConnectionIsMadeAgain() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let connection = PostgreSQLConnection(try PostgreSQLAddress(place))
            let other = PostgreSQLConnection(try PostgreSQLAddress(place))
            try connection.script("CREATE TABLE t(x bigint)")
            func end() throws(DatabaseError) {
                let id = try connection.number("SELECT pg_backend_pid()") ?? 0
                // Waits until it is gone.
                _ = try other.rows("SELECT pg_terminate_backend(?::int, 10000)", [.integer(id)]) { _ in }
            }
            try end()
            #expect(try connection.run("INSERT INTO t VALUES(?)", [.integer(1)]) == 1)
            let lost = problem { () throws(DatabaseError) in
                try connection.transaction { () throws(DatabaseError) in
                    try connection.run("INSERT INTO t VALUES(?)", [.integer(2)])
                    try end()
                    try connection.run("INSERT INTO t VALUES(?)", [.integer(3)])
                }
            }
            #expect(lost?.problem == .disconnected && lost?.isOutcomeUnknown == false)
            // One that passes over it does not get half of a transaction.
            let passedOver = problem { () throws(DatabaseError) in
                try connection.transaction { () throws(DatabaseError) in
                    try end()
                    _ = try? connection.run("INSERT INTO t VALUES(?)", [.integer(4)])
                    _ = try? connection.run("INSERT INTO t VALUES(?)", [.integer(5)])
                }
            }
            #expect(passedOver?.problem == .disconnected)
            #expect(try connection.rows("SELECT x FROM t") { $0.integer(0) } == [1])
        }
    }

    @Test func aConnectionThatIsLostInTheEndIsToldSo() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let connection = PostgreSQLConnection(try PostgreSQLAddress(place))
            try connection.script(
                """
                CREATE TABLE t(x bigint);
                CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
                CREATE CONSTRAINT TRIGGER t AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION f()
                """)
            let lost = problem { () throws(DatabaseError) in
                _ = try connection.transaction { () throws(DatabaseError) in
                    try connection.run("INSERT INTO t VALUES(?)", [.integer(2)])
                }
            }
            #expect(lost?.problem == .disconnected && lost?.isOutcomeUnknown == true)
            #expect(try connection.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func aFailureThatIsPassedOverIsNoSuccess() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let connection = PostgreSQLConnection(try PostgreSQLAddress(place))
            try connection.script("CREATE TABLE t(x bigint UNIQUE)")
            let error = problem { () throws(DatabaseError) in
                try connection.transaction { () throws(DatabaseError) in
                    try connection.run("INSERT INTO t VALUES(?)", [.integer(2)])
                    _ = try? connection.run("INSERT INTO t VALUES(?)", [.integer(2)])
                }
            }
            #expect(error?.problem == .failed)
            #expect(try connection.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func slowStatementsEnd() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let patience = PostgreSQLPatience(statementSeconds: 1)
            let connection = PostgreSQLConnection(try PostgreSQLAddress(place), patience: patience)
            let slow = problem { () throws(DatabaseError) in _ = try connection.rows("SELECT pg_sleep(600)") { _ in } }
            #expect(slow?.problem == .busy)
            #expect(try connection.number("SELECT 1") == 1)
        }
    }

    @Test func aTransactionCanBeAllowedMoreTime() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let patience = PostgreSQLPatience(statementSeconds: 1)
            let connection = PostgreSQLConnection(try PostgreSQLAddress(place), patience: patience)
            try connection.transaction { () throws(DatabaseError) in
                try connection.allow(seconds: 60)
                _ = try connection.rows("SELECT pg_sleep(1.5)") { _ in }
            }
            let slow = problem { () throws(DatabaseError) in _ = try connection.rows("SELECT pg_sleep(600)") { _ in } }
            #expect(slow?.problem == .busy)
        }
    }

    /// A server that is there and says nothing: stopped, or behind a network that loses all.
    @Test func aSilentServerIsGivenUp() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let patience = PostgreSQLPatience(statementSeconds: 1)
            let connection = PostgreSQLConnection(try PostgreSQLAddress(place), patience: patience)
            let id = pid_t(try connection.number("SELECT pg_backend_pid()") ?? 0)
            // Only its owner and root may.
            guard id > 1, kill(id, SIGSTOP) == 0 else { return }
            defer { kill(id, SIGCONT) }
            let silent = problem { () throws(DatabaseError) in _ = try connection.rows("SELECT 1") { _ in } }
            #expect(silent?.problem == .disconnected)
            #expect(try connection.number("SELECT 1") == 1)
        }
    }

    @Test func nobodyAnswersAtTheDoor() async throws {
        try await withFolder { folder in
            // A socket that takes connections and never says a word.
            let listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listening) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(folder)/.s.PGSQL.5432".utf8) }
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(isBound == 0 && listen(listening, 8) == 0)
            let place = try PostgreSQLAddress("host=\(folder) user=u dbname=d password=hunter2")
            let silent = PostgreSQLConnection(place, patience: PostgreSQLPatience(connectSeconds: 2))
            let error = problem { () throws(DatabaseError) in _ = try silent.number("SELECT 1") }
            #expect(error?.problem == .disconnected)
        }
    }

    @Test(arguments: [
        "postgresql://u:hunter2@192.0.2.1:port/x", "host=a pass word=hunter2", "postgresql://u:hunter2@[::1/x",
        "host=/nowhere user=u dbname=d password=hunter2", "postgresql://u:hunter2@/d?host=/nowhere",
        "host=a unknown=hunter2", "host='hunter2", "host=/hunter2 password=hunter2 user=u dbname=d",
        "postgresql://u:ge@hunter2@127.0.0.1:1/x", "postgresql://u:p@ss/hunter2@127.0.0.1:1/x",
        "postgresql://u:hunter2/x@127.0.0.1:1/x", "postgresql://u:hunter2?user=x@127.0.0.1:1/x",
        "postgresql://u:a?b@hunter2@127.0.0.1:1/x", "postgresql://u:a%40hunter2@127.0.0.1:1/x",
        "dbname=postgresql://u:hunter2@127.0.0.1:1/x",
    ])
    func passwordsAreNotShown(_ place: String) {
        var shown = ""
        do throws(DatabaseError) {
            let address = try PostgreSQLAddress(place)
            dump(address, to: &shown)
            if !place.contains("/hunter2") { shown += "\(address) \(String(reflecting: address))" }
            _ = try PostgreSQLConnection(address).number("SELECT 1")
        } catch {
            shown += "\(error) \(String(reflecting: error))"
        }
        #expect(!shown.isEmpty && (place.contains("/hunter2") || !shown.contains("hunter2")), "\(shown)")
    }

    @Test(arguments: [
        ("postgresql://u:p@db.example:5433/x", "postgresql://db.example:5433/x"),
        ("host=db.example dbname=x user=u password=p", "postgresql://db.example/x"),
        ("service=reports", "service=reports"), (" host = db.example dbname=x", "postgresql://db.example/x"),
        ("POSTGRESQL://u:p@db.example/x", "postgresql://db.example/x"), ("Postgres://db/x", "postgresql://db/x"),
        ("postgresql://u%40realm:p%40ss%2F@db.example/x%40y?user=u@realm", "postgresql://db.example/x@y"),
        ("host=db.example dbname=x@y", "postgresql://db.example/x@y"),
    ])
    func placesAreNamed(_ place: String, _ name: String) throws {
        #expect(try PostgreSQLAddress(place).description == name)
        #expect(PostgreSQLAddress.isMeant(by: place))
    }

    @Test(arguments: ["/var/lib/a.db", "reports.db", "./host=a", "", "=", "a b=c", "C=d"])
    func pathsAreNoPlaces(_ path: String) { #expect(!PostgreSQLAddress.isMeant(by: path)) }
}
