import HTTPTypes
import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Sessions over a restart, on several nodes, and while nobody knows whose they are.
@Suite struct NodeTests {
    @Test func `a session goes on after a restart, on another node, with the forms of the page before`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let csrf = try await world.get("/accounts", browser).csrf
            let other = world.another()
            #expect(try await other.get("/", browser).status == 200)
            #expect(try await other.post("/accounts/otto/remove", [("csrf", csrf)], browser).status == 303)
            #expect(try await other.post("/logout", [("csrf", csrf)], browser).status == 303)
            #expect(try await world.get("/", browser).status == 303, "it has ended for all nodes")
            // The form for logging in counts on either, too.
            var stranger = Browser()
            let door = try await world.get("/login", stranger)
            stranger.take(door)
            let form = [("csrf", door.csrf), ("name", "ada"), ("password", World.password)]
            #expect(try await other.post("/login", form, stranger).status == 303)
        }
    }

    @Test func `a password that is changed on one node ends the sessions of the other`() async throws {
        try await World.with { world in
            let other = world.another()
            let (one, two) = (try await world.logIn("vera").browser, try await other.logIn("vera").browser)
            let csrf = try await world.get("/account", one).csrf
            let form = [
                ("csrf", csrf), ("password", World.password), ("new", "another good one"),
                ("again", "another good one"),
            ]
            #expect(try await world.post("/account/password", form, one).status == 303)
            for node in [world, other] {
                for browser in [one, two] { #expect(try await node.get("/", browser).status == 303) }
            }
        }
    }

    @Test func `an account that is made anew does not have the sessions of the one before`() async throws {
        try await World.with { world in
            let ada = try await world.logIn("ada").browser
            let csrf = try await world.get("/accounts", ada).csrf
            func add() async throws {
                let form = [
                    ("csrf", csrf), ("name", "eve"), ("role", "operator"), ("domains", ""),
                    ("password", World.password),
                ]
                #expect(try await world.post("/accounts", form, ada).status == 303)
            }
            try await add()
            let eve = try await world.logIn("eve").browser
            #expect(try await world.get("/", eve).status == 200)
            // By the command, beside the daemon.
            try await world.accounts.change { list in list["eve"] = nil }
            try await add()
            #expect(try await world.get("/", eve).status == 303)
        }
    }

    /// What is away: accounts, sessions or both.
    @Test(arguments: [(true, false), (false, true), (true, true)])
    func `while a store is away nobody is let in, or told that he is out`(away: (Bool, Bool)) async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let csrf = try await world.get("/", browser).csrf
            let broken = world.another(accounts: away.0 ? Away() : nil, sessions: away.1 ? Away() : nil)
            for target in ["/", "/login", "/accounts", "/api/v1/domains", "/none"] {
                let reply = try await broken.get(target, browser)
                #expect(reply.status == 503 && reply.field("Retry-After") == "5", "\(target)")
                #expect(!reply.text.contains("example.com"), "\(target)")
            }
            let logout = try await broken.post("/logout", [("csrf", csrf)], browser)
            #expect(logout.status == 503 && logout.fields[values: .setCookie].isEmpty)
            #expect(try await broken.logIn("ada").reply.status == 503)
            let (wrong, reply) = try await broken.logIn("ada", "wrong password")
            #expect(wrong.cookies["postseal"] == nil && [403, 503].contains(reply.status))
            let token = try await world.token("ada")
            #expect(try await broken.get("/api/v1/domains", token).status == (away.0 ? 503 : 200))
            #expect(try await world.get("/", browser).status == 200, "and the session is there when it is back")
        }
    }
}

/// A database that does not answer.
private struct Away: AccountStore, SessionStore {
    private static let error = AccountError("the database can't be reached")

    func list() async throws(AccountError) -> AccountList { throw Self.error }
    func change(
        _ body: @Sendable (inout AccountList) throws(AccountError) -> Void
    ) async throws(AccountError) { throw Self.error }
    func add(
        _ session: DashboardSession, _ hash: [UInt8], ofAccountMax: Int, max: Int
    ) async throws(AccountError) { throw Self.error }
    func session(_ hash: [UInt8]) async throws(AccountError) -> DashboardSession? { throw Self.error }
    func use(_ hash: [UInt8], at now: UnixTime) async throws(AccountError) { throw Self.error }
    func end(_ hash: [UInt8]) async throws(AccountError) { throw Self.error }
    func endAll(of account: String) async throws(AccountError) { throw Self.error }
    func tidy(usedBefore: UnixTime, createdBefore: UnixTime) async throws(AccountError) { throw Self.error }
    func count() async throws(AccountError) -> Int { throw Self.error }
}
