import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// What becomes of tokens with another password.
@Suite struct TokenTests {
    private static func isTaken(_ token: Browser, _ world: World) async throws -> Bool {
        try await world.get("/api/v1/account", token).status == 200
    }

    @Test func `who sets a password is told of the tokens that work, and can end them`() async throws {
        try await World.with { world in
            let ada = try await world.logIn("ada").browser
            let (one, two) = (try await world.token("vera"), try await world.token("vera"))
            let page = try await world.get("/accounts/vera", ada)
            #expect(page.text.contains("2 tokens work, whatever the password is."))
            #expect(page.text.contains("keep: 2 tokens") && MarkupCheck.problems(page.text) == [])
            func set(_ tokens: [(String, String)]) async throws -> String {
                let form = [("csrf", page.csrf), ("password", "another good one")] + tokens
                let reply = try await world.post("/accounts/vera/password", form, ada)
                return try await world.get(try #require(reply.field("Location")), ada).text
            }
            for form in [[], [("tokens", "keep")]] {
                let text = try await set(form)
                #expect(text.contains("its sessions have ended.") && text.contains("2 tokens work"))
                #expect(try await Self.isTaken(one, world))
            }
            let text = try await set([("tokens", "revoke")])
            #expect(text.contains("its tokens are revoked.") && !text.contains("Tokens for programs"))
            for token in [one, two] { #expect(try await !Self.isTaken(token, world)) }
            #expect(world.notices.all.map(\.text).suffix(2) == ["password set", "tokens revoked"])
        }
    }

    @Test func `all tokens of an account end at once, and those of others do not`() async throws {
        try await World.with { world in
            let ada = try await world.logIn("ada").browser
            let (token, other) = (try await world.token("vera"), try await world.token("nora"))
            let page = try await world.get("/accounts/vera", ada)
            #expect(page.text.contains("1 token works, whatever the password is."))
            let reply = try await world.post("/accounts/vera/revoke", [("csrf", page.csrf)], ada)
            let done = try await world.get(try #require(reply.field("Location")), ada)
            #expect(done.text.contains("All tokens of the account are revoked."))
            #expect(try await !Self.isTaken(token, world))
            #expect(try await Self.isTaken(other, world))
            let otto = try await world.logIn("otto").browser
            let csrf = try await world.get("/account", otto).csrf
            #expect(try await world.post("/accounts/nora/revoke", [("csrf", csrf)], otto).status == 403)
            #expect(try await Self.isTaken(other, world))
        }
    }

    @Test func `what is none of one's own tokens is not revoked, and the log says nothing`() async throws {
        try await World.with { world in
            let vera = try await world.logIn("vera").browser
            let (own, other) = (try await world.token("vera"), try await world.token("ada"))
            let csrf = try await world.get("/account", vera).csrf
            let foreign = try #require(try await world.accounts.list()["ada"]?.tokens.first?.id)
            let before = world.notices.all
            for id in [foreign, "none", String(repeating: "x", count: 3000)] {
                let reply = try await world.post("/account/tokens/\(id)/revoke", [("csrf", csrf)], vera)
                #expect(reply.status == 404 && reply.text.contains("You have no such token"))
            }
            #expect(world.notices.all == before)
            for token in [own, other] { #expect(try await Self.isTaken(token, world)) }
            let id = try #require(try await world.accounts.list()["vera"]?.tokens.first?.id)
            #expect(try await world.post("/account/tokens/\(id)/revoke", [("csrf", csrf)], vera).status == 303)
            #expect(world.notices.all.last?.text == "token revoked" && world.notices.all.last?.subject == id)
            #expect(try await !Self.isTaken(own, world))
            #expect(try await world.post("/account/tokens/\(id)/revoke", [("csrf", csrf)], vera).status == 404)
        }
    }

    @Test func `a form that is refused keeps what was written into it`() async throws {
        try await World.with { world in
            let vera = try await world.logIn("vera").browser
            let csrf = try await world.get("/account", vera).csrf
            for domains in ["other.example", "not a domain!"] {
                let form = [("csrf", csrf), ("label", "for the wall"), ("domains", domains)]
                let page = try await world.post("/account/tokens", form, vera).text
                #expect(page.contains("value=\"for the wall\"") && page.contains("value=\"\(domains)\""))
                #expect(MarkupCheck.problems(page) == [])
            }
        }
    }

    @Test func `who changes his own password can end his tokens with it`() async throws {
        for (choice, isTaken) in [("keep", true), ("revoke", false)] {
            try await World.with { world in
                var vera = try await world.logIn("vera").browser
                let token = try await world.token("vera")
                let page = try await world.get("/account", vera)
                #expect(page.text.contains("keep: 1 token, "))
                let reply = try await world.post(
                    "/account/password",
                    [
                        ("csrf", page.csrf), ("password", World.password), ("new", "another good one"),
                        ("again", "another good one"), ("tokens", choice),
                    ], vera)
                vera.take(reply)
                let done = try await world.get(try #require(reply.field("Location")), vera).text
                #expect(done.contains("all tokens are revoked") == !isTaken)
                #expect(try await Self.isTaken(token, world) == isTaken)
            }
        }
    }
}
