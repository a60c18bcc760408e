import Databases
import TestSupport
import Testing

/// What every connection promises.
@Suite struct ConnectionTests {
    private static let table = DatabaseSchema.Step(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, number INTEGER, text TEXT UNIQUE, octets BLOB)")

    private static func makeTable(_ connection: any DatabaseConnection) throws {
        try DatabaseSchema(applicationID: 1, steps: [table]).prepare(connection)
    }

    @Test(arguments: ConnectionKind.allCases)
    func valuesComeBack(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try Self.makeTable(connection)
            let texts = [
                "", "a", "'; DROP TABLE t; --", "?$1", "\u{202E}\u{10FFFF}\u{FFFE}", "a\u{0}b", "\r\n\t\u{7F}",
            ]
            let numbers: [Int64?] = [0, 1, -1, .max, .min, nil, 1 << 40]
            let octets: [[UInt8]] = [[], [0], Array(0...255), [0xFF, 0xFE], [39], Array("\\x00".utf8), [1]]
            for (place, text) in texts.enumerated() {
                let changed = try connection.run(
                    "INSERT INTO t(number, text, octets) VALUES(?, ?, ?)",
                    [DatabaseValue(numbers[place]), .text(text), .blob(octets[place])])
                #expect(changed == 1)
            }
            let rows = try connection.rows("SELECT number, text, octets, id FROM t ORDER BY id") {
                ($0.integerOrNil(0), $0.text(1), $0.blob(2), $0.integer(3))
            }
            #expect(rows.map(\.0) == numbers)
            // What no text of PostgreSQL can have is the same in both.
            #expect(rows.map(\.1) == texts.map { $0 == "a\u{0}b" ? "a\u{FFFD}b" : $0 })
            #expect(rows.map(\.2) == octets)
            #expect(rows.map(\.3) == Array(1...7))
            #expect(try connection.run("UPDATE t SET number = ? WHERE number IS NULL", [.null]) == 1)
            #expect(try connection.rows("SELECT octets, text FROM t WHERE number IS NULL") { $0.isNull(0) } == [false])
            #expect(try connection.number("SELECT id FROM t WHERE text = ?", [.text("a\u{0}b")]) == 6)
            #expect(try connection.number("SELECT id FROM t WHERE octets = ?", [.blob(Array(0...255))]) == 3)
        }
    }

    /// What others write meanwhile is seen afterwards, and they do not wait for it.
    @Test(arguments: ConnectionKind.allCases)
    func aSnapshotIsOfOneMoment(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let (reader, writer) = (try open(), try open())
            try Self.makeTable(writer)
            func count() throws(DatabaseError) -> Int64? { try reader.number("SELECT count(*) FROM t") }
            func write() throws(DatabaseError) {
                _ = try writer.transaction { () throws(DatabaseError) in
                    try writer.run("INSERT INTO t(number) VALUES(1)")
                }
            }
            try write()
            let seen = try reader.snapshot { () throws(DatabaseError) -> [Int64?] in
                let before = try count()
                try write()
                return [before, try count(), try reader.snapshot { () throws(DatabaseError) in try count() }]
            }
            #expect(seen == [1, 1, 1])
            #expect(try count() == 2)
            // Within a transaction it is a part of that one.
            let own = try reader.transaction { () throws(DatabaseError) -> Int64? in
                try reader.run("INSERT INTO t(number) VALUES(1)")
                return try reader.snapshot { () throws(DatabaseError) in try count() }
            }
            #expect(own == 3)
            // A failure ends it.
            _ = try? reader.snapshot { () throws(DatabaseError) in try reader.script("SELECT nothing FROM nowhere") }
            try write()
            #expect(try count() == 4)
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func sumsAndCountsAreNumbers(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try Self.makeTable(connection)
            let numbers: [Int64] = [1, 9999, 10_000, 123_456_789, 1 << 53, -5]
            for number in numbers { try connection.run("INSERT INTO t(number) VALUES(?)", [.integer(number)]) }
            let query = "SELECT sum(number), count(*), max(number), min(number), sum(number) * -1, count(*) = 6 FROM t"
            let row = try connection.rows(query) { row in (0..<6).map { row.integer($0) } }
            let sum = numbers.reduce(0, +)
            #expect(row == [[sum, 6, 1 << 53, -5, -sum, 1]])
            for number in numbers + [20_000, 100_000_000, 100_010_000] {
                #expect(
                    try connection.number("SELECT sum(n) FROM (SELECT CAST(? AS bigint) AS n) x", [.integer(number)])
                        == number)
            }
            #expect(try connection.number("SELECT sum(number) FROM t WHERE number > ?", [.integer(.max)]) == nil)
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func rowsHaveTheNumbersThatTheyGot(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try Self.makeTable(connection)
            func put(_ texts: [String], _ number: Int64) throws -> [Int64] {
                let values = texts.flatMap { [.integer(number), DatabaseValue.text($0)] }
                return try connection.insertNumbered("t", ["number", "text"], key: 1, values)
            }
            #expect(try put([], 1) == [])
            let first = try put((0..<100).map { "a\($0)" }, 1)
            #expect(Set(first).count == 100)
            // New ones and old ones, one of them twice.
            let second = try put(["b", "a7", "c", "a99", "a7"], 2)
            #expect([second[1], second[3], second[4]] == [first[7], first[99], first[7]])
            #expect(Set(first).isDisjoint(with: [second[0], second[2]]) && second[0] != second[2])
            #expect(try connection.number("SELECT id FROM t WHERE text = 'c' AND number = 2") == second[2])
            // What was there stays as it was.
            #expect(try connection.number("SELECT count(*) FROM t WHERE number = 1") == 100)
            let asked = ["c", "none", "a3"].map { DatabaseValue.text($0) }
            let found = try connection.rows("SELECT id FROM t WHERE text IN", anyOf: asked) { $0.integer(0) }
            #expect(Set(found) == [second[2], first[3]])
            #expect(try connection.rows("SELECT id FROM t WHERE text IN", anyOf: []) { $0.integer(0) } == [])
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func numbersGoInTogether(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try connection.script("CREATE TABLE n(a BIGINT PRIMARY KEY, b BIGINT)")
            let numbers = (0..<300).flatMap { [Int64($0), .max - Int64($0)] }
            try connection.insert("INSERT INTO n(a, b)", width: 2, numbers: numbers, "")
            let tail = "ON CONFLICT(a) DO UPDATE SET b = excluded.b"
            try connection.insert("INSERT INTO n(a, b)", width: 2, numbers: [3, -1, 300, .min], tail)
            try connection.insert("INSERT INTO n(a, b)", width: 2, numbers: [], "")
            let rows = try connection.rows("SELECT a, b FROM n ORDER BY a") { [$0.integer(0), $0.integer(1)] }
            var expected = (0..<300).map { [Int64($0), .max - Int64($0)] } + [[300, .min]]
            expected[3] = [3, -1]
            #expect(rows == expected)
            #expect(throws: DatabaseError.self) {
                try connection.insert("INSERT INTO n(a, b)", width: 2, numbers: [3, 3], "")
            }
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func transactionsAreWholeOrNothing(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try Self.makeTable(connection)
            func put(_ text: String) throws(DatabaseError) {
                try connection.run("INSERT INTO t(text) VALUES(?)", [.text(text)])
            }
            func texts() throws -> [String] { try connection.rows("SELECT text FROM t ORDER BY id") { $0.text(0) } }
            try connection.transaction { () throws(DatabaseError) in
                try put("a")
                try connection.transaction { () throws(DatabaseError) in try put("b") }
                try connection.lock(7)
            }
            #expect(try texts() == ["a", "b"])
            #expect(throws: DatabaseError.self) {
                try connection.transaction { () throws(DatabaseError) in
                    try put("c")
                    try connection.transaction { () throws(DatabaseError) in try put("a") }
                }
            }
            #expect(try texts() == ["a", "b"])
            // The connection goes on.
            try connection.transaction { () throws(DatabaseError) in try put("d") }
            #expect(try open().number("SELECT count(*) FROM t") == 3)
        }
    }

    @Test(arguments: ConnectionKind.allCases, [0, 1, 7, 8, 63, 64, 65, 200])
    func manyRowsGoInAtOnce(_ kind: ConnectionKind, _ count: Int) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try Self.makeTable(connection)
            let rows = (0..<count).map { [DatabaseValue.integer(Int64($0)), .text("t\($0)")] }
            try connection.insert("INSERT INTO t(number, text)", width: 2, Array(rows.joined()))
            let ids = try connection.rows("SELECT number, id FROM t ORDER BY id") { ($0.integer(0), $0.integer(1)) }
            #expect(ids.map(\.0) == (0..<Int64(count)).map { $0 })
            #expect(ids.allSatisfy { $0.0 + 1 == $0.1 })
            try connection.insert("INSERT INTO t(number, text)", rows, "ON CONFLICT(text) DO NOTHING")
            #expect(try connection.number("SELECT count(*) FROM t") == Int64(count))
            let wanted = rows.map { $0[1] } + [.text("absent")]
            let found = try connection.rows("SELECT number FROM t WHERE text IN", anyOf: wanted) { $0.integer(0) }
            #expect(found.count == count)
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func errorsHaveNoValues(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let connection = try open()
            try Self.makeTable(connection)
            for attempt in 0..<2 {
                do throws(DatabaseError) {
                    try connection.run("INSERT INTO t(text) VALUES(?)", [.text("SECRET")])
                    #expect(attempt == 0)
                } catch {
                    #expect(error.problem == .failed && !error.description.contains("SECRET"), "\(error)")
                }
            }
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func manyOwnersWriteAtOnce(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            try Self.makeTable(try open())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for owner in 0..<4 {
                    group.addTask {
                        let owner = (try Owner(open), owner)
                        for number in 0..<20 {
                            // In another order each, so that they meet.
                            let texts = ["a", "b", "c", "d"]
                            let mine = texts[owner.1...] + texts[..<owner.1]
                            try await owner.0.run { connection in
                                try connection.transaction { () throws(DatabaseError) in
                                    for text in number % 2 == 0 ? mine : ArraySlice(mine.reversed()) {
                                        try connection.run(
                                            """
                                            INSERT INTO t(number, text) VALUES(1, ?)
                                            ON CONFLICT(text) DO UPDATE SET number = t.number + 1
                                            """, [.text(text)])
                                    }
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try open().rows("SELECT number FROM t") { $0.integer(0) } == [80, 80, 80, 80])
        }
    }

    @Test(arguments: ConnectionKind.allCases)
    func schemasGrowStepByStep(_ kind: ConnectionKind) async throws {
        try await kind.withDatabase { open in
            let second = DatabaseSchema.Step("CREATE TABLE u(id INTEGER PRIMARY KEY); INSERT INTO u VALUES(9)")
            let old = DatabaseSchema(applicationID: 1, steps: [Self.table])
            let new = DatabaseSchema(applicationID: 1, steps: [Self.table, second])
            let connection = try open()
            #expect(Self.problem { () throws(DatabaseError) in try new.check(connection) } == .empty)
            try old.prepare(connection)
            try connection.run("INSERT INTO t(text) VALUES('kept')")
            // Many at once, as nodes that are started together.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await Owner(open).run { try new.prepare($0) } } }
                try await group.waitForAll()
            }
            try new.check(connection)
            #expect(try connection.number("SELECT count(*) FROM u") == 1)
            #expect(try connection.number("SELECT count(*) FROM t") == 1)
            #expect(Self.problem { () throws(DatabaseError) in try old.prepare(connection) } == .newerVersion)
        }
    }

    static func problem(_ body: () throws(DatabaseError) -> Void) -> DatabaseError.Problem? {
        do throws(DatabaseError) {
            try body()
            return nil
        } catch {
            return error.problem
        }
    }
}
