import Databases
import Foundation
import MailBytes
import MailCrypto
import PostsealState
import TestSupport
import Testing

@testable import PostsealDashboard

/// Where accounts, and sessions, can be.
enum StoreKind: CaseIterable {
    case memory, file, sqlite, postgreSQL

    static let allCases: [StoreKind] =
        [.memory, .file, .sqlite] + (TestPostgreSQL.isThere ? [.postgreSQL] : [])

    /// Stores that are one and the same: as several nodes, and the command, have it.
    func withStores<Result>(
        _ body: (_ store: @Sendable () throws -> (any AccountStore, any SessionStore)) async throws -> Result
    ) async throws -> Result {
        try await withFolder { folder in
            switch self {
            case .memory:
                let (accounts, sessions) = (AccountMemory(), SessionMemory())
                return try await body { (accounts, sessions) }
            case .file:
                return try await body {
                    let path = "\(folder)/accounts.json"
                    return (AccountFile(path: path), try DashboardDatabase(path: path + ".sessions"))
                }
            case .sqlite:
                return try await body {
                    let database = try DashboardDatabase(path: "\(folder)/accounts.db")
                    return (database, database)
                }
            case .postgreSQL:
                return try await TestPostgreSQL.withDatabase { place in
                    try await body {
                        let database = try DashboardDatabase(PostgreSQLAddress(place))
                        return (database, database)
                    }
                }
            }
        }
    }
}

/// What holds for accounts wherever they are.
@Suite struct AccountStoreTests {
    private static let account = Account(
        name: "ada", role: .viewer, domains: ["example.com", "xn--bcher-kva.example"], password: AccountTests.hash,
        tokens: [AccountToken.make(label: "x’s; \"token\"", domains: ["a.example"], at: World.now).token],
        created: World.now, generation: 3)

    @Test(arguments: StoreKind.allCases)
    func `what one changes, others see at once`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let (first, second) = (try store().0, try store().0)
            for store in [first, second] { #expect(try await store.list().accounts.isEmpty) }
            try await first.change { list in list["ada"] = Self.account }
            #expect(try await second.list().accounts == [Self.account])
            try await second.change { list in list["ada"]?.role = .operator }
            #expect(try await first.list()["ada"]?.role == .operator)
            try await first.change { list in
                list["ada"] = nil
                list["Ada"] = Account(name: "Ada", role: .administrator, password: nil, created: World.now)
            }
            #expect(try await second.list().accounts.map(\.name) == ["Ada"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a change that is refused is none`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let accounts = try store().0
            try await accounts.change { list in list["ada"] = Self.account }
            await #expect(throws: AccountError("no")) {
                try await accounts.change { list throws(AccountError) in
                    list["ada"] = nil
                    throw AccountError("no")
                }
            }
            #expect(try await accounts.list().accounts == [Self.account])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `many who change accounts at once lose nothing`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            _ = try await store().0.list()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    let accounts = try store().0
                    group.addTask {
                        try await accounts.change { list in
                            list["a\(number)"] = Account(
                                name: "a\(number)", role: .operator, password: nil, created: World.now)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store().0.list().accounts.count == 8)
        }
    }

    @Test func `the folder of the file is made, and its owner's alone, and one that can't be made is explained`()
        async throws
    {
        try await withFolder { folder in
            let accounts = AccountFile(path: "\(folder)/new/accounts.json")
            for name in ["ada", "otto"] { try await accounts.change { list in list[name] = Self.account } }
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/new")[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let path = "\(folder)/none/new/accounts.json"
            await #expect {
                try await AccountFile(path: path).change { _ in }
            } throws: { error in
                "\(error)".contains("install -d -m 700 -o postseal -g postseal \(folder)/none/new")
            }
        }
    }

    @Test func `the file is its owner's alone, has no password, and nothing else is taken for one`() async throws {
        try await withFolder { folder in
            let path = "\(folder)/accounts.json"
            let accounts = AccountFile(path: path)
            try await accounts.change { list in list["ada"] = Self.account }
            let octets = try #require(try StateFiles.content(of: path, octetsMax: 1 << 20))
            #expect(!String(decoding: octets, as: UTF8.self).contains("correct horse"))
            try StateFiles.write(Array("{}".utf8), to: path)
            await #expect(throws: AccountError.self) { _ = try await accounts.list() }
        }
    }

    @Test func `an account that can't be read is not taken for one that is not there`() async throws {
        try await withFolder { folder in
            let path = "\(folder)/accounts.db"
            let accounts = try DashboardDatabase(path: path)
            try await accounts.change { list in list["ada"] = Self.account }
            let connection = try SQLiteConnection(path: path, isReadOnly: false)
            for content in ["{}", "", Self.account.json.text.replacing("\"ada\"", with: "\"eve\"")] {
                try connection.run("UPDATE dashboard_accounts SET content = ?", [.text(content)])
                try connection.run("UPDATE dashboard_changes SET number = number + 1")
                await #expect(throws: AccountError.self) { _ = try await accounts.list() }
                await #expect(throws: AccountError.self) { try await accounts.change { $0["eve"] = nil } }
            }
        }
    }
}

/// What holds for sessions wherever they are.
@Suite struct SessionStoreTests {
    private static let account = Account(name: "ada", role: .operator, password: nil, created: World.now)

    @Test(arguments: StoreKind.allCases)
    func `sessions end when they are not used, and in any case`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let table = SessionTable(try store().1, idleSeconds: 100, lifeSeconds: 1000)
            let (account, now) = (Self.account, World.now)
            let secret = try await table.begin(account, at: now)
            #expect(try await table.session(secret, at: now.adding(seconds: 100))?.account == "ada")
            #expect(try await table.session(secret, at: now.adding(seconds: 201)) == nil)
            let other = try await table.begin(account, at: now)
            for step in 1...10 { _ = try await table.session(other, at: now.adding(seconds: Int64(step) * 100)) }
            #expect(try await table.session(other, at: now.adding(seconds: 1000)) != nil)
            #expect(try await table.session(other, at: now.adding(seconds: 1001)) == nil)
            for foreign in ["", "x", String(repeating: "x", count: 43), String(repeating: "x", count: 9000)] {
                #expect(try await table.session(foreign, at: now) == nil)
            }
            for _ in 0..<40 { _ = try await table.begin(account, at: now) }
            #expect(try await table.count() == SessionTable.sessionsOfAccountMax)
            try await table.tidy(at: now.adding(seconds: 100))
            #expect(try await table.count() == SessionTable.sessionsOfAccountMax)
            try await table.tidy(at: now.adding(seconds: 101))
            #expect(try await table.count() == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a session is the same on all nodes, and ends on all of them`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let nodes = try (0..<2).map { _ in
                SessionTable(try store().1, idleSeconds: 100, lifeSeconds: 1000)
            }
            let secrets = [
                try await nodes[0].begin(Self.account, at: World.now),
                try await nodes[1].begin(Self.account, at: World.now),
            ]
            for secret in secrets {
                for node in nodes { #expect(try await node.session(secret, at: World.now)?.account == "ada") }
            }
            try await nodes[1].end(secrets[0])
            #expect(try await nodes[0].session(secrets[0], at: World.now) == nil)
            #expect(try await nodes[0].session(secrets[1], at: World.now) != nil)
            try await nodes[0].endAll(of: "ada")
            #expect(try await nodes[1].session(secrets[1], at: World.now) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `use on one node counts on another, and never revives a session`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let (one, other) = (try store().1, try store().1)
            let table = SessionTable(one, idleSeconds: 100, lifeSeconds: 1000)
            let secret = try await table.begin(Self.account, at: World.now)
            let hash = Secret.hash(secret)
            _ = try await table.session(secret, at: World.now.adding(seconds: 50))
            #expect(try await other.session(hash)?.used == World.now.adding(seconds: 50))
            _ = try await table.session(secret, at: World.now.adding(seconds: 55))
            #expect(try await other.session(hash)?.used == World.now.adding(seconds: 50), "not for each page")
            try await other.end(hash)
            try await one.use(hash, at: World.now)
            #expect(try await one.session(hash) == nil)
        }
    }

    @Test(arguments: [StoreKind.sqlite, .postgreSQL].filter(StoreKind.allCases.contains))
    func `what ends an account's sessions ends them in the store`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let (accounts, sessions) = try store()
            try await accounts.change { list in list["ada"] = Self.account }
            let table = SessionTable(sessions, idleSeconds: 100, lifeSeconds: 1000)
            _ = try await table.begin(Self.account, at: World.now)
            try await accounts.change { list in list["ada"]?.role = .administrator }
            #expect(try await table.count() == 1)
            try await accounts.change { list in list["ada"]?.generation += 1 }
            #expect(try await table.count() == 0)
            _ = try await table.begin(Self.account, at: World.now)
            try await accounts.change { list in list["ada"] = nil }
            #expect(try await table.count() == 0)
        }
    }

    @Test func `no secret is in the file`() async throws {
        try await withFolder { folder in
            let path = "\(folder)/sessions"
            let table = SessionTable(try DashboardDatabase(path: path), idleSeconds: 100, lifeSeconds: 1000)
            let secret = try await table.begin(Self.account, at: World.now)
            for name in [path, path + "-wal"] {
                let octets = try StateFiles.content(of: name, octetsMax: 1 << 20) ?? []
                #expect(!String(decoding: octets, as: UTF8.self).contains(secret))
            }
        }
    }

    @Test func `a database that is away is an error, at once from then on`() async throws {
        let database = try DashboardDatabase(try PostgreSQLAddress("postgresql://nobody@127.0.0.1:1/none"))
        let table = SessionTable(database, idleSeconds: 100, lifeSeconds: 1000)
        for _ in 0..<3 {
            await #expect(throws: AccountError.self) { _ = try await database.list() }
            await #expect(throws: AccountError.self) {
                _ = try await table.session(String(repeating: "x", count: 43), at: World.now)
            }
            await #expect(throws: AccountError.self) { _ = try await table.begin(Self.account, at: World.now) }
            await #expect(throws: AccountError.self) { try await table.end("x") }
        }
    }
}
