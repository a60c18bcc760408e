import Databases
import Foundation
import Synchronization
import Testing

/// A PostgreSQL server for the tests of this process, in a folder of its own; it ends with the process.
///
///     try await TestPostgreSQL.withDatabase { place in
///         let connection = PostgreSQLConnection(try PostgreSQLAddress(place))
///     }
public enum TestPostgreSQL {
    private static let made = Atomic(0)

    /// Whether PostgreSQL is installed. In continuous integration it has to be; elsewhere its tests are left out.
    public static let isThere: Bool = {
        guard programs == nil else { return true }
        let message = "PostgreSQL is not installed: its tests are left out (scripts/install-deps.sh test installs it)"
        if ProcessInfo.processInfo.environment["CI"] == "true" { Issue.record(Comment(rawValue: message)) }
        print(message)
        return false
    }()

    /// The folder of the newest installed server's programs.
    public static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    }()

    /// The connection string of the server; the first who asks starts it.
    private static let server: Result<String, any Error> = Result { try start() }

    /// A schema that is there for one test: an empty database, as far as connections with this string see.
    public static func withDatabase<T>(_ body: (_ place: String) async throws -> T) async throws -> T {
        let place = try server.get()
        let name = "test\(made.add(1, ordering: .relaxed).newValue)"
        try PostgreSQLConnection(PostgreSQLAddress(place)).script("CREATE SCHEMA \(name)")
        let result: T
        do {
            result = try await body("\(place) options=-csearch_path=\(name)")
        } catch {
            try? PostgreSQLConnection(PostgreSQLAddress(place)).script("DROP SCHEMA \(name) CASCADE")
            throw error
        }
        try PostgreSQLConnection(PostgreSQLAddress(place)).script("DROP SCHEMA \(name) CASCADE")
        return result
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts a server that only a socket in its folder leads to. A shell waits for the end of its standard input,
    /// which this process holds, and clears away then.
    private static func start() throws -> String {
        guard let programs else { throw Failure(description: "PostgreSQL is not installed") }
        let folder = "/tmp/postseal-pg-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        // Sorting as a language does, not as octets: what has to be in the order of octets must say so itself.
        let script = """
            as=()
            if ((EUID == 0)); then
                chown nobody "$1"; as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
            fi
            cd "$1" || exit
            "${as[@]}" "$2/initdb" -D "$1/data" -U postseal -A trust -E UTF8 -N --locale=C.UTF-8 \\
                --locale-provider=icu --icu-locale=en-US >log 2>&1 &&
            "${as[@]}" "$2/pg_ctl" -D "$1/data" -s -w -l "$1/data/log" -o "-k $1 -c listen_addresses= -c fsync=off \\
                -c full_page_writes=off -c deadlock_timeout=20ms -c max_connections=200 -c shared_buffers=32MB" \
                start >>log 2>&1 &&
            echo ready && { read -r _ || true; } || cat log >&2
            "${as[@]}" "$2/pg_ctl" -D "$1/data" -s -m immediate stop >>log 2>&1
            rm -rf "$1"
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script, "postgresql", folder, programs]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let answer = output.fileHandleForReading.availableData
        guard String(decoding: answer, as: UTF8.self) == "ready\n" else {
            throw Failure(description: "PostgreSQL can't be started")
        }
        // For as long as the process lives.
        held.withLock { $0 = input }
        return "host=\(folder) user=postseal dbname=postgres"
    }

    private static let held = Mutex<Pipe?>(nil)
}
