import HTTPTypes
import MailBytes
import MailNames
import PostsealHTTP
import Testing

@testable import PostsealDashboard

@Suite struct LoginTests {
    @Test func `the right password opens a session, which only the cookie's hash is kept of`() async throws {
        try await World.with { world in
            let (browser, reply) = try await world.logIn("ada")
            #expect(reply.status == 303)
            #expect(reply.field("Location") == "/")
            let cookie = try #require(reply.fields[values: .setCookie].first { $0.hasPrefix("postseal=") })
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
            #expect((browser.cookies["postseal"]?.utf8.count ?? 0) >= 43, "256 bits")
            #expect(try await world.get("/", browser).status == 200)
            let secure = try await world.logIn("ada", isSecure: true)
            let name = try #require(secure.reply.fields[values: .setCookie].first { $0.hasPrefix("__Host-postseal=") })
            #expect(name.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Secure"))
        }
    }

    @Test(arguments: [("ada", "wrong password"), ("nobody", "wrong password"), ("", ""), ("ada\n", "x"), ("<b>", "x")])
    func `a wrong one does not, and tells nothing of the account`(name: String, password: String) async throws {
        try await World.with { world in
            let (browser, reply) = try await world.logIn(name, password)
            #expect(reply.status == 403)
            #expect(reply.text.contains("The name or the password is wrong."))
            #expect(browser.cookies["postseal"] == nil)
            #expect(try await world.get("/", browser).status == 303)
        }
    }

    @Test func `a session that was planted before is not the one after`() async throws {
        try await World.with { world in
            var browser = Browser(cookies: ["postseal": String(repeating: "a", count: 43)])
            let door = try await world.get("/login", browser)
            browser.take(door)
            let reply = try await world.post(
                "/login", [("csrf", door.csrf), ("name", "ada"), ("password", World.password)], browser)
            browser.take(reply)
            #expect(browser.cookies["postseal"] != String(repeating: "a", count: 43))
            let again = try await world.logIn("ada").browser
            #expect(again.cookies["postseal"] != browser.cookies["postseal"])
        }
    }

    /// A browser keeps the session's cookie back where a link of another site leads here.
    @Test func `who comes by a link of another site is logged in as before, and sees the page`() async throws {
        try await World.with { world in
            let elsewhere = [("Sec-Fetch-Site", "cross-site")]
            let known = try await world.logIn("otto").browser
            // Without its cookie, as the browser sends it.
            var browser = Browser()
            let first = try await world.get("/reports?kind=tlsrpt", browser, fields: elsewhere)
            let login = try #require(first.field("Location"))
            let door = try await world.get(login, browser, fields: elsewhere)
            browser.take(door)
            #expect(door.text.contains("<meta http-equiv=\"refresh\" content=\"0; url=\(login)\">"))
            browser.cookies.merge(known.cookies) { _, new in new }
            // Where the page leads on, the cookie is sent.
            let own = [("Sec-Fetch-Site", "same-origin")]
            #expect(try await world.get(login, browser, fields: own).field("Location") == "/reports?kind=tlsrpt")
            #expect(try await !world.get(login, fields: own).text.contains("http-equiv"), "no ring")
            // The form that it shows counts, too.
            func send(_ name: String, _ csrf: String, next: String = "/reports?kind=tlsrpt") async throws -> HTTPReply {
                try await world.post(
                    "/login", [("csrf", csrf), ("name", name), ("password", "whatever"), ("next", next)], browser)
            }
            let again = try await send("otto", door.csrf)
            #expect(again.status == 303 && again.field("Location") == "/reports?kind=tlsrpt")
            #expect(again.fields[values: .setCookie].isEmpty)
            #expect(try await send("otto", door.csrf, next: "//evil.example").field("Location") == "/")
            // Nobody becomes somebody else by it.
            let other = try await send("ada", door.csrf)
            #expect(other.status == 403 && other.text.contains("You are logged in already"))
            for csrf in ["", "x"] { #expect(try await send("otto", csrf).status == 403) }
            let page = try await world.post("/accounts/vera/remove", [("csrf", door.csrf)], browser)
            #expect(page.status == 403)
            #expect(try await world.get("/", browser).status == 200)
        }
    }

    /// Anybody can write a link.
    @Test func `what was done is said where it was done, and to who did it`() async throws {
        try await World.with { world in
            let ada = try await world.logIn("ada").browser
            let words = ["accepted", "dropped", "changed", "added", "removed", "reset", "password", "revoked"]
            for page in ["/reports", "/reports/1", "/account", "/accounts", "/accounts/vera"] {
                for word in words {
                    let text = try await world.get("\(page)?done=\(word)", ada).text
                    #expect(!text.contains("class=\"done\""), "\(page) \(word)")
                }
            }
            let csrf = try await world.get("/accounts", ada).csrf
            let form = [("csrf", csrf), ("role", "viewer"), ("domains", "example.org")]
            let target = try #require(try await world.post("/accounts/vera/change", form, ada).field("Location"))
            #expect(target.hasPrefix("/accounts/vera?done=changed&seal="))
            #expect(try await world.get(target, ada).text.contains("The account is changed."))
            let seal = target.dropFirst("/accounts/vera".count)
            for other in ["/accounts/otto\(seal)", target.replacing("changed", with: "removed")] {
                #expect(try await !world.get(other, ada).text.contains("class=\"done\""), "\(other)")
            }
            let another = try await world.logIn("ada").browser
            #expect(try await !world.get(target, another).text.contains("class=\"done\""))
            // With the cookie that is the session's from now on.
            var vera = try await world.logIn("vera").browser
            let changed = try await world.post(
                "/account/password",
                [
                    ("csrf", try await world.get("/account", vera).csrf), ("password", World.password),
                    ("new", "another good one"), ("again", "another good one"),
                ], vera)
            vera.take(changed)
            let account = try await world.get(try #require(changed.field("Location")), vera).text
            #expect(account.contains("The password is changed."))
        }
    }

    @Test func `logging out ends the session on the server`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let page = try await world.get("/", browser)
            let reply = try await world.post("/logout", [("csrf", page.csrf)], browser)
            #expect(reply.status == 303)
            #expect(try await world.get("/", browser).status == 303)
        }
    }

    @Test func `sessions end with idleness, with the password, and with the account`() async throws {
        try await World.with { world in
            let idle = try await world.logIn("ada").browser
            world.clock.pass(3601)
            #expect(try await world.get("/", idle).status == 303)
            let (one, two) = (try await world.logIn("vera").browser, try await world.logIn("vera").browser)
            let page = try await world.get("/account", one)
            var changed = one
            let reply = try await world.post(
                "/account/password",
                [
                    ("csrf", page.csrf), ("password", World.password), ("new", "another good one"),
                    ("again", "another good one"),
                ],
                one)
            #expect(reply.status == 303)
            changed.take(reply)
            #expect(try await world.get("/", changed).status == 200)
            #expect(try await world.get("/", one).status == 303)
            #expect(try await world.get("/", two).status == 303)
            // As the command does it, beside the daemon.
            try await world.accounts.change { list in list["vera"]?.generation += 1 }
            #expect(try await world.get("/", changed).status == 303)
            let nora = try await world.logIn("nora").browser
            try await world.accounts.change { list in list["nora"] = nil }
            #expect(try await world.get("/", nora).status == 303)
        }
    }

    @Test func `a list that is left open is no use of a session`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            for _ in 0..<35 {
                world.clock.pass(100)
                #expect(try await world.get("/messages", browser, fields: [("X-Refresh", "1")]).status == 200)
            }
            world.clock.pass(101)
            #expect(try await world.get("/messages", browser, fields: [("X-Refresh", "1")]).status == 303)
        }
    }

    @Test func `a smaller role counts at once`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("otto").browser
            #expect(try await world.get("/state", browser).status == 200)
            try await world.accounts.change { list in
                list["otto"]?.role = .viewer
                list["otto"]?.domains = ["example.com"]
            }
            #expect(try await world.get("/state", browser).status == 403)
            #expect(try await world.get("/domains/other.example", browser).status == 404)
        }
    }

    /// What a form of another site, or an old one, looks like.
    @Test(arguments: [
        [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "none")],
        [("Origin", "https://evil.example")], [("Origin", "null")],
    ])
    func `forms of other sites are refused`(fields: [(String, String)]) async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let page = try await world.get("/accounts", browser)
            for route in Route.all where route.method == .post && route.path != "/login" {
                let target = RouteTests.target(route, isOwn: true)
                let reply = try await world.post(target, [("csrf", page.csrf)], browser, fields: fields)
                #expect(reply.status == 403, "\(route.path)")
            }
            #expect(try await world.accounts.list()["otto"] != nil)
        }
    }

    @Test func `forms without the page's own secret are refused`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let foreign = try await world.get("/accounts", try await world.logIn("ada").browser).csrf
            for csrf in ["", "x", foreign] {
                for route in Route.all where route.method == .post {
                    let target = RouteTests.target(route, isOwn: true)
                    #expect(try await world.post(target, [("csrf", csrf)], browser).status == 403, "\(route.path)")
                }
            }
            let page = try await world.get("/accounts", browser)
            let own = [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://dash.example")]
            let reply = try await world.post("/accounts/otto/remove", [("csrf", page.csrf)], browser, fields: own)
            #expect(reply.status == 303)
            let typed = try await world.post("/logout", [("csrf", page.csrf)], browser, type: "text/plain")
            #expect(typed.status == 415)
            // Logging in is a form, too: nobody is to be logged in to somebody else's account.
            let door = try await world.post("/login", [("name", "ada"), ("password", World.password)], Browser())
            #expect(door.status == 403)
        }
    }

    @Test func `tries are limited from one address, and not from the next`() async throws {
        try await World.with { world in
            for _ in 0..<LoginLimiter.addressFailuresMax {
                #expect(try await world.logIn("ada", "wrong", peer: "192.0.2.9").reply.status == 403)
            }
            let refused = try await world.logIn("ada", peer: "192.0.2.9").reply
            #expect(refused.status == 429)
            #expect(refused.field("Retry-After") == "900")
            #expect(try await world.logIn("ada", peer: "192.0.2.10").reply.status == 303)
        }
    }

    @Test func `a stranger at the same address keeps nobody out who has logged in there`() async throws {
        try await World.with { world in
            #expect(try await world.logIn("ada").reply.status == 303)
            for number in 0..<12 { _ = try await world.logIn("nobody\(number)", "wrong") }
            #expect(try await world.logIn("nobody", "wrong").reply.status == 429)
            #expect(try await world.logIn("ada").reply.status == 303)
            // Nor does an account of one's own help to try at another.
            var wrong = 0
            for _ in 0..<4 {
                for _ in 0..<8 where try await world.logIn("ada", "wrong").reply.status == 403 { wrong += 1 }
                _ = try await world.logIn("vera")
            }
            #expect(wrong == LoginLimiter.knownFailuresMax)
        }
    }

    @Test func `right passwords at the same time are no wrong ones`() async throws {
        try await World.with { world in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await world.logIn("ada").reply.status } }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(statuses.isSubset(of: [303, 503]), "\(statuses)")
            #expect(try await world.logIn("ada").reply.status == 303)
        }
    }

    @Test func `while accounts can't be read no try is counted`() async throws {
        struct Broken: AccountStore {
            func list() async throws(AccountError) -> AccountList { throw AccountError("away") }
            func change(_ body: @Sendable (inout AccountList) throws(AccountError) -> Void) throws(AccountError) {}
        }
        try await World.with { world in
            let broken = world.another(accounts: Broken())
            for _ in 0..<30 {
                let reply = try await broken.logIn("ada").reply
                #expect(reply.status == 503)
            }
            #expect(broken.dashboard.limiter.count == 0)
        }
    }

    @Test func `the log says who logged in, or tried to, and nothing that a stranger typed`() async throws {
        try await World.with { world in
            _ = try await world.logIn("ada", peer: "192.0.2.9")
            _ = try await world.logIn("vera", "wrong secret", peer: "192.0.2.9")
            _ = try await world.logIn("my own password", "wrong secret", peer: "192.0.2.9")
            for number in 0..<30 { _ = try await world.logIn("nobody\(number)", "wrong secret", peer: "192.0.2.9") }
            let notices = world.notices.all
            #expect(notices.contains(DashboardNotice("logged in", account: "ada", address: "192.0.2.9")))
            #expect(notices.contains(DashboardNotice("log-in failed", account: "vera", address: "192.0.2.9")))
            #expect(notices.contains(DashboardNotice("log-in failed", account: nil, address: "192.0.2.9")))
            #expect(notices.count { $0.text == "log-in refused after too many wrong passwords" } == 1, "once a minute")
            #expect(!notices.description.contains("secret") && !notices.description.contains("my own"))
        }
    }

    @Test func `the log says what was changed, and by whom`() async throws {
        try await World.with { world in
            let ada = try await world.logIn("ada").browser
            let csrf = try await world.get("/accounts", ada).csrf
            let forms: [(String, [(String, String)])] = [
                ("/accounts", [("name", "new"), ("role", "operator"), ("password", "a good long one")]),
                ("/accounts/new/change", [("role", "viewer"), ("domains", "example.com")]),
                ("/accounts/new/password", [("password", "another good one")]), ("/accounts/new/remove", []),
                ("/account/tokens", [("label", "x")]), ("/reports/3/accept", []), ("/logout", []),
            ]
            for (path, form) in forms { _ = try await world.post(path, [("csrf", csrf)] + form, ada) }
            let texts = world.notices.all.filter { $0.account == "ada" && $0.address == "127.0.0.1" }.map(\.text)
            #expect(
                texts == [
                    "logged in", "account made", "account changed", "password set", "account removed", "token made",
                    "report let count", "logged out",
                ])
        }
    }

    @Test func `a form for logging in of another tab says that one is logged in`() async throws {
        try await World.with { world in
            let door = try await world.get("/login")
            let browser = try await world.logIn("ada").browser
            let form = [("csrf", door.csrf), ("name", "ada"), ("password", World.password)]
            let reply = try await world.post("/login", form, browser)
            #expect(reply.status == 403 && reply.text.contains("<h1>You are logged in already</h1>"))
            let old = try await world.post("/account/tokens", [("csrf", "x"), ("label", "x")], browser)
            #expect(old.status == 403 && old.text.contains("<h1>Load the page again</h1>"))
        }
    }

    @Test func `only a trusted proxy is believed`() async throws {
        var rules = Dashboard.Rules()
        rules.trustedProxies = [IPPrefix("10.0.0.0/8")].compactMap(\.self)
        rules.servesProxiesAlone = true
        try await World.with(rules: rules) { world in
            let said = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.5, 198.51.100.7")]
            #expect(try await world.get("/login", fields: said, peer: "192.0.2.1").status == 403)
            let reply = try await world.get("/login", fields: said, peer: "10.0.0.5")
            #expect(reply.fields[values: .setCookie].first?.hasPrefix("__Host-postseal-door=") == true)
            #expect(try await world.get("/login", peer: "127.0.0.1").status == 200)
        }
        let call = HTTPCall(
            method: .get, path: "/", fields: Browser().fields([("X-Forwarded-For", "203.0.113.5, 198.51.100.7")]),
            peer: IPAddress("10.0.0.5"))
        #expect(Origin(call, rules).client?.text == "198.51.100.7", "what stands left of it anybody can have written")
        for (text, client) in [
            ("198.51.100.7:4711", "198.51.100.7"), ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"), ("unknown", "10.0.0.5"), ("a:b", "10.0.0.5"),
        ] {
            let fields = Browser().fields([("X-Forwarded-For", text)])
            let call = HTTPCall(method: .get, path: "/", fields: fields, peer: IPAddress("10.0.0.5"))
            #expect(Origin(call, rules).client?.text == client, "\(text)")
        }
    }

    @Test func `nobody can change or remove himself, and names and domains are looked at`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let csrf = try await world.get("/accounts", browser).csrf
            for verb in ["remove", "change", "password"] {
                #expect(try await world.post("/accounts/ada/\(verb)", [("csrf", csrf)], browser).status == 403)
                #expect(try await world.post("/accounts/nobody/\(verb)", [("csrf", csrf)], browser).status == 404)
            }
            func add(
                _ name: String, role: String = "operator", domains: String = "", password: String = "a good long one"
            )
                async throws -> Int
            {
                try await world.post(
                    "/accounts",
                    [("csrf", csrf), ("name", name), ("role", role), ("domains", domains), ("password", password)],
                    browser
                ).status
            }
            #expect(try await add("new") == 303)
            #expect(try await add("new") == 400)
            #expect(try await add("a b") == 400)
            #expect(try await add("<b>") == 400)
            #expect(try await add("v", role: "viewer") == 400)
            #expect(try await add("v", role: "viewer", domains: "..") == 400)
            #expect(try await add("v", role: "god") == 400)
            #expect(try await add("v", password: "short") == 400)
            #expect(try await add("v", role: "viewer", domains: "example. com") == 400)
            #expect(try await add("v", role: "operator", domains: "a.example") == 400)
            #expect(try await add("v", role: "viewer", domains: "a.example, b.example") == 303)
            for (role, domains, complaint) in [
                ("god", "", "Choose what it may do"), ("viewer", "x", "whole top-level domain"),
                ("viewer", "", "Say which domains"), ("operator", "a.example", "sees all domains"),
            ] {
                let form = [("csrf", csrf), ("role", role), ("domains", domains)]
                let reply = try await world.post("/accounts/v/change", form, browser)
                #expect(reply.status == 400 && reply.text.contains(complaint), "\(role)")
            }
            #expect(try await world.accounts.list()["v"]?.domains == ["a.example", "b.example"])
        }
    }

    @Test func `a token is shown once, and is narrower than its owner`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("vera").browser
            let csrf = try await world.get("/account", browser).csrf
            let foreign = try await world.post(
                "/account/tokens", [("csrf", csrf), ("label", "x"), ("domains", "other.example")], browser)
            #expect(foreign.status == 403)
            let made = try await world.post(
                "/account/tokens", [("csrf", csrf), ("label", "x"), ("domains", "")], browser)
            let range = try #require(made.text.firstRange(of: "postseal_"))
            let secret = String(made.text[range.lowerBound...].prefix { $0 != "<" && $0 != "&" })
            #expect(try await world.get("/api/v1/domains", Browser(token: secret)).status == 200)
            #expect(try await !world.get("/account", browser).text.contains(secret))
            let id = try #require(try await world.accounts.list()["vera"]?.tokens.first?.id)
            #expect(try await world.post("/account/tokens/\(id)/revoke", [("csrf", csrf)], browser).status == 303)
            #expect(try await world.get("/api/v1/domains", Browser(token: secret)).status == 401)
        }
    }
}
