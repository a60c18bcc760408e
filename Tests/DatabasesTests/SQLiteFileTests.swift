import Databases
import Foundation
import TestSupport
import Testing

/// Files of SQLite, which other programs may look into while ours has them open.
@Suite struct SQLiteFileTests {
    private static func inode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    /// The list of locks, which comes in pieces.
    private static func locks() throws -> String {
        let file = try #require(FileHandle(forReadingAtPath: "/proc/locks"))
        var octets = Data()
        while let more = try file.read(upToCount: 1 << 16), !more.isEmpty { octets += more }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Whether this process has a lock on a file.
    private static func isLocked(_ path: String) throws -> Bool {
        let end = ":\(try inode(path))"
        let own = "\(ProcessInfo.processInfo.processIdentifier)"
        return try locks().split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.contains { $0.hasSuffix(end) } && words.contains { $0 == own }
        }
    }

    /// Whoever finds no lock, and closes the file, removes the log.
    @Test(.enabled(if: FileManager.default.isReadableFile(atPath: "/proc/locks")))
    func anotherConnectionLeavesTheLock() async throws {
        try await withFolder { folder in
            let path = "\(folder)/a.db"
            let first = try SQLiteConnection(path: path, isReadOnly: false)
            let table = DatabaseSchema.Step("CREATE TABLE t(a INTEGER)")
            try DatabaseSchema(applicationID: 1, steps: [table]).prepare(first)
            try first.run("INSERT INTO t VALUES(1)")
            #expect(try Self.isLocked(path))
            for isReadOnly in [false, true] {
                let other = try SQLiteConnection(path: path, isReadOnly: isReadOnly)
                #expect(try Self.isLocked(path))
                #expect(try other.number("SELECT count(*) FROM t") == 1)
            }
            #expect(try first.number("SELECT count(*) FROM t") == 1)
        }
    }

    /// A part at a time, and with it the log.
    @Test func spaceGoesBackToTheSystem() async throws {
        try await withFolder { folder in
            let path = "\(folder)/a.db"
            func size(_ end: String = "") throws -> Int {
                try #require(FileManager.default.attributesOfItem(atPath: path + end)[.size] as? Int)
            }
            let connection = try SQLiteConnection(path: path, isReadOnly: false)
            let table = DatabaseSchema.Step("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB NOT NULL)")
            try DatabaseSchema(applicationID: 1, steps: [table]).prepare(connection)
            let octets = DatabaseValue.blob(Array(repeating: 7, count: 20_000))
            try connection.insert("INSERT INTO t(b)", width: 1, Array(repeating: octets, count: 200))
            #expect(try !connection.giveBack(pages: 10))
            #expect(try size("-wal") == 0)
            let before = try size()
            try connection.run("DELETE FROM t WHERE a < 180")
            #expect(try connection.giveBack(pages: 10))
            let step = try before - size()
            #expect(step > 0 && step <= 11 * 8192)
            var steps = 1
            while try connection.giveBack(pages: 10) { steps += 1 }
            #expect(try steps > 20 && size() < before / 4 && size("-wal") == 0)
            #expect(try connection.rows("PRAGMA integrity_check") { $0.text(0) } == ["ok"])
        }
    }

    @Test func filesAreMadeForTheirOwnerAlone() async throws {
        try await withFolder { folder in
            let path = "\(folder)/a.db"
            #expect(throws: DatabaseError.self) { _ = try SQLiteConnection(path: path, isReadOnly: true) }
            let nowhere = "\(folder)/b/a.db"
            #expect(throws: DatabaseError.self) { _ = try SQLiteConnection(path: nowhere, isReadOnly: false) }
            // Many at once make one file.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try SQLiteConnection(path: path, isReadOnly: false) } }
                try await group.waitForAll()
            }
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }
}
