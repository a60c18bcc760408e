import HTTPTypes
import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Forms that are sent when their session has ended.
@Suite struct LostFormTests {
    private static let lost = "The session has ended; nothing was changed."

    @Test(arguments: [
        ("/account/tokens", "/account"), ("/account/tokens/abc/revoke", "/account"), ("/accounts", "/accounts"),
        ("/accounts/otto/remove", "/accounts/otto"), ("/reports/3/accept", "/reports/3"),
    ])
    func `who is too late is told, and led back`(path: String, page: String) async throws {
        try await World.with { world in
            var browser = try await world.logIn("ada").browser
            let csrf = try await world.get("/accounts", browser).csrf
            world.clock.pass(world.dashboard.rules.idleSeconds + 120)
            let own = [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://dash.example")]
            let reply = try await world.post(path, [("csrf", csrf), ("label", "x")], browser, fields: own)
            #expect(reply.status == 303)
            let login = try #require(reply.field("Location"))
            #expect(login.hasPrefix("/login?next=\(Link.encoded(page))&lost="))
            let door = try await world.get(login, browser)
            #expect(door.text.contains(Self.lost) && MarkupCheck.problems(door.text) == [])
            browser.take(door)
            #expect(door.text.contains("name=\"next\" value=\"\(page)\""))
            let form = [("csrf", door.csrf), ("name", "ada"), ("password", World.password), ("next", page)]
            #expect(try await world.post("/login", form, browser).field("Location") == page)
            #expect(try await world.accounts.list()["ada"]?.tokens.isEmpty == true)
            #expect(try await world.accounts.list()["otto"] != nil)
            // Others can have no such link.
            #expect(try await !world.get(login).text.contains(Self.lost))
            let another = try await world.logIn("otto").browser.cookies
            world.clock.pass(world.dashboard.rules.idleSeconds + 120)
            #expect(try await !world.get(login, Browser(cookies: another)).text.contains(Self.lost))
        }
    }

    @Test func `after logging out in another window it is the same`() async throws {
        try await World.with { world in
            var browser = try await world.logIn("ada").browser
            let csrf = try await world.get("/accounts", browser).csrf
            browser.take(try await world.post("/logout", [("csrf", csrf)], browser))
            browser.take(try await world.get("/login", browser))
            let reply = try await world.post("/accounts", [("csrf", csrf)], browser)
            let login = try #require(reply.field("Location"))
            #expect(try await world.get(login, browser).text.contains(Self.lost))
        }
    }

    @Test func `forms of other sites, and without a page, are led nowhere`() async throws {
        try await World.with { world in
            let browser = Browser(cookies: ["postseal": String(repeating: "a", count: 43)])
            let elsewhere = [("Sec-Fetch-Site", "cross-site")]
            #expect(try await world.post("/accounts", [], browser, fields: elsewhere).field("Location") == "/login")
            let out = try await world.post("/logout", [], browser).field("Location") ?? ""
            #expect(out.hasPrefix("/login?lost="))
            for path in ["//evil.example/accept", "/nothing/here", "/reports/%2F%2Fevil.example/accept"] {
                let login = try await world.post(path, [], browser).field("Location") ?? "/login"
                #expect(login == "/login" || login.hasPrefix("/login?next=%2Freports%2F%252F%252Fevil.example&lost="))
            }
        }
    }
}
