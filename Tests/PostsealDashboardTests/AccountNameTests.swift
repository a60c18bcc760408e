import PostsealHTTP
import TestSupport
import Testing

@testable import PostsealDashboard

/// Names of accounts are the same in whatever letters they are written.
@Suite struct AccountNameTests {
    private static func account(_ name: String, _ role: Account.Role = .operator) -> Account {
        Account(name: name, role: role, password: AccountTests.hash, created: World.now)
    }

    @Test(arguments: StoreKind.allCases)
    func `a name is found however it is written, and is taken once`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            let (one, two) = (try store().0, try store().0)
            try await one.change { list throws(AccountError) in try list.add(Self.account("Anna")) }
            for name in ["anna", "ANNA", "Anna"] {
                await #expect(throws: AccountError("there is an account 'Anna' already")) {
                    try await two.change { list throws(AccountError) in try list.add(Self.account(name)) }
                }
                #expect(try await two.list()[name]?.name == "Anna")
            }
            try await two.change { list in list["aNNa"]?.role = .administrator }
            let list = try await one.list()
            #expect(list.accounts.map(\.name) == ["Anna"] && list["Anna"]?.role == .administrator)
            #expect(throws: AccountError("there is no account 'ann'")) { try list.account("ann") }
            try await one.change { list in list["ANNA"] = nil }
            #expect(try await two.list().accounts.isEmpty)
        }
    }

    /// Made by a version to which they were two.
    @Test(arguments: StoreKind.allCases)
    func `two accounts that differ by case alone stay two, each by its own name`(kind: StoreKind) async throws {
        try await kind.withStores { store in
            try await store().0.change { list in
                list.accounts = [Self.account("Anna", .administrator), Self.account("anna", .operator)]
            }
            let accounts = try store().0
            var list = try await accounts.list()
            #expect(list.accounts.map(\.name) == ["Anna", "anna"] && list.ambiguousNames == ["Anna", "anna"])
            #expect(list["Anna"]?.role == .administrator && list["anna"]?.role == .operator && list["ANNA"] == nil)
            #expect(throws: AccountError("'ANNA' can be 'Anna' or 'anna': write the name as it stands there")) {
                try list.account("ANNA")
            }
            #expect(throws: AccountError("there is an account 'Anna' already")) { try list.add(Self.account("aNNA")) }
            // What is done to one is not done to the other.
            try await accounts.change { list in
                list["anna"]?.role = .viewer
                list["ANNA"] = nil
            }
            list = try await store().0.list()
            #expect(list["Anna"]?.role == .administrator && list["anna"]?.role == .viewer)
            try await accounts.change { list in list["anna"] = nil }
            list = try await store().0.list()
            #expect(list.accounts.map(\.name) == ["Anna"] && list["anna"]?.name == "Anna" && list.ambiguousNames == [])
        }
    }

    @Test func `who logs in with other letters is the same, and is counted as the same`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("VERA").browser
            #expect(try await world.get("/account", browser).text.contains("<h2>vera</h2>"))
            for name in ["ADA", "ada", "Ada", "aDa", "adA", "ADa", "aDA", "AdA", "ada", "ADA"] {
                #expect(try await world.logIn(name, "a wrong password").reply.status == 403)
            }
            #expect(try await world.logIn("Ada").reply.status == 429)
        }
    }

    @Test func `of two that differ by case each logs in by its own name`() async throws {
        try await World.with { world in
            try await world.accounts.change { list in list.accounts.append(Self.account("VERA")) }
            let (upper, lower) = (try await world.logIn("VERA").browser, try await world.logIn("vera").browser)
            #expect(try await world.get("/account", upper).text.contains("<h2>VERA</h2>"))
            #expect(try await world.get("/account", lower).text.contains("<h2>vera</h2>"))
            #expect(try await world.logIn("Vera").reply.status == 403)
            // Whose session it is nobody else becomes.
            try await world.accounts.change { list in list["VERA"] = nil }
            #expect(try await world.get("/", upper).status == 303)
            #expect(try await world.get("/", lower).status == 200)
        }
    }

    @Test func `one's own account is one's own in other letters, too`() async throws {
        try await World.with { world in
            let ada = try await world.logIn("ada").browser
            let page = try await world.get("/accounts/ADA", ada)
            #expect(page.status == 200 && page.text.contains("This is your own account"))
            for verb in ["remove", "password", "change", "revoke"] {
                let form = [("csrf", page.csrf), ("password", "another good one"), ("role", "operator")]
                #expect(try await world.post("/accounts/ADA/\(verb)", form, ada).status == 403, "\(verb)")
            }
            let taken = [("name", "Vera"), ("role", "operator"), ("password", "a good long one")]
            let reply = try await world.post("/accounts", [("csrf", page.csrf)] + taken, ada)
            #expect(reply.status == 400 && reply.text.contains("There is an account &#39;vera&#39; already."))
            let changed = try await world.post(
                "/accounts/Vera/password", [("csrf", page.csrf), ("password", "another good one")], ada)
            #expect(changed.status == 303)
            #expect(try await world.logIn("vera", "another good one").reply.status == 303)
        }
    }
}
