import HTTPTypes
import MailBytes
import MailNames
import PostsealHTTP
import PostsealReports
import Testing

@testable import PostsealDashboard

@Suite struct RouteTests {
    /// Who may have what: all routes, with every role. `own` and `foreign` are of the viewer's domain and of another.
    static let places: [String: (own: String, foreign: String)] = [
        "/domains/:domain": ("example.com", "other.example"), "/reports/:id": ("1", "2"), "/messages/:id": ("1", "2"),
    ]

    /// The target of a route, for the viewer's domain or another.
    static func target(_ route: Route, isOwn: Bool) -> String {
        var path = route.path
        for (place, values) in places
        where path == place || path.hasPrefix(place + "/") || path.hasPrefix("/api/v1" + place) {
            let name = place.split(separator: ":").last.map { ":\($0)" } ?? ""
            path = path.replacing(name, with: isOwn ? values.own : values.foreign)
        }
        path = path.replacing("/sent/:id", with: "/sent/r1").replacing("/accounts/:name", with: "/accounts/otto")
        path = path.replacing("/tokens/:id", with: "/tokens/none")
        return path == "/api/v1/search" ? path + "?q=mx" : path
    }

    @Test func `every route keeps to who may have it`() async throws {
        try await World.with { world in
            for route in Route.all
            where route.method == .get && route.path != "/login" && !route.path.hasSuffix("openapi.json") {
                let isProgram = route.path.hasPrefix("/api/")
                let stranger = try await world.get(Self.target(route, isOwn: true))
                #expect(stranger.status == (isProgram ? 401 : 303), "\(route.path)")
                for (name, role, _) in World.roles.prefix(3) {
                    let browser = try await world.logIn(name).browser
                    for isOwn in [true, false] {
                        let reply = try await world.get(Self.target(route, isOwn: isOwn), browser)
                        var expected = 200
                        if !isOwn, route.path.contains(":"), role == .viewer { expected = 404 }
                        if route.need == .management, role != .administrator { expected = 403 }
                        if route.need == .everything, role == .viewer { expected = 403 }
                        #expect(reply.status == expected, "\(route.path) for \(name), \(isOwn ? "own" : "foreign")")
                        let isForeign = role == .viewer && reply.text.contains("other.example")
                        #expect(!isForeign, "\(route.path) tells \(name) of other domains")
                    }
                }
            }
        }
    }

    @Test func `tokens see what their scope has, and manage nothing`() async throws {
        try await World.with { world in
            let all = try await world.token("ada")
            let narrow = try await world.token("ada", domains: ["other.example"])
            #expect(try await world.get("/api/v1/domains", all).json["domains"]?.arrayValue?.count == 2)
            #expect(try await world.get("/api/v1/domains", narrow).json["domains"]?.arrayValue?.count == 1)
            #expect(try await world.get("/api/v1/domains/example.com/senders", narrow).status == 404)
            #expect(try await world.get("/api/v1/state", narrow).status == 403)
            #expect(try await world.get("/api/v1/accounts", all).status == 403)
            // Pages are for people: a token opens none.
            #expect(try await world.get("/", all).status == 303)
            let wrong = Browser(token: "postseal_nobody")
            let refused = try await world.get("/api/v1/domains", wrong)
            #expect(refused.status == 401)
            #expect(refused.field("WWW-Authenticate") == "Bearer")
            try await world.accounts.change { list in list["ada"]?.tokens = [] }
            #expect(try await world.get("/api/v1/domains", all).status == 401)
        }
    }

    @Test func `originals that hold others' reports, and others' policies, are not shown`() async throws {
        try await World.with { world in
            let vera = try await world.logIn("vera").browser
            let reports = try await world.get("/api/v1/reports?kind=tlsrpt", vera).json["reports"]?.arrayValue ?? []
            let id = try #require(reports.first?["id"]?.integerValue)
            let content = try await world.get("/api/v1/reports/\(id)", vera).text
            #expect(content.contains("mx.example.com") && !content.contains("other.example"))
            #expect(try await world.get("/reports/\(id)/original", vera).status == 404)
            let ada = try await world.logIn("ada").browser
            let original = try await world.get("/reports/\(id)/original", ada)
            #expect(original.status == 200)
            #expect(original.field("Content-Disposition") == "attachment; filename=\"d.json\"")
            #expect(original.field("Content-Type") == "application/octet-stream")
            #expect(original.field("Content-Security-Policy")?.contains("sandbox") == true)
            // Who was only named as the author of a message does not read it.
            #expect(try await world.get("/messages/3", vera).status == 404)
            #expect(try await world.get("/messages/4", vera).status == 200)
            #expect(try await world.get("/messages/3/header.eml", vera).status == 404)
            let list = try await world.get("/api/v1/messages", vera).json["messages"]?.arrayValue ?? []
            #expect(list.compactMap { $0["id"]?.integerValue } == [4, 3, 1])
            #expect(list[1]["message_id"] == .null)
        }
    }

    @Test func `methods that are not asked for are refused, and HEAD is answered`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            for route in Route.all {
                let target = Self.target(route, isOwn: true)
                let reply = try await world.get(target, browser, method: .put)
                #expect(reply.status == 405, "\(route.path)")
                #expect(reply.field("Allow")?.isEmpty == false)
                if route.method == .get, route.path != "/login" {
                    #expect(try await world.get(target, browser, method: .head).status == 200, "\(route.path)")
                }
            }
            #expect(try await world.get("/assets/postseal.css", method: .post).status == 405)
        }
    }

    @Test(arguments: [
        "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../accounts.json", "/assets/%2e%2e%2faccounts.json",
        "/reports/1%2f..%2f2", "//", "/reports//original", "/%", "/%ff", "/domains/%00",
        "/reports/99999999999999999999",
        "/a/b/c/d/e/f/g/h/i/j", "/domains/..", "/messages/-1", "/domains/<script>",
    ])
    func `paths lead nowhere else`(path: String) async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            let reply = try await world.get(path, browser)
            #expect([400, 404].contains(reply.status), "\(reply.status)")
            #expect(!reply.text.contains("<script>"))
        }
    }

    @Test(arguments: [
        "domain=%", "days=-1", "days=99999999999", "kind=<b>", "domain=..", "count=-5", "q=%ff", "policy=x",
    ])
    func `odd queries do no harm`(query: String) async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            for path in ["/", "/reports", "/messages", "/search", "/domains/example.com/what-if", "/api/v1/reports"] {
                #expect(try await world.get("\(path)?\(query)", browser).status < 500, "\(path)")
            }
        }
    }

    @Test(arguments: [
        "days=0", "days=-1", "days=9999", "days=9223372036854775808", "days=%2B7", "days=7.0", "before=abc",
        "before=99999999999999999999", "before=-5", "count=abc", "count=0", "count=1001", "page=0", "id=%00",
        "domain=%00", "q=a%00b", "x=%1b",
    ])
    func `numbers that can't be, and what no field has, are refused with what is allowed`(query: String) async throws {
        try await World.with([]) { world in
            let browser = try await world.logIn("ada").browser
            for path in ["/reports", "/failures", "/messages", "/sent", "/", "/api/v1/reports", "/api/v1/sent", "/tls"]
            {
                let reply = try await world.get("\(path)?\(query)", browser)
                #expect(reply.status == 400, "\(path)")
                let name = query.prefix { $0 != "=" }
                #expect(reply.text.contains(query.contains("%0") || query.contains("%1") ? "control" : "\(name) is a"))
            }
            #expect(try await world.get("/?day=90&days=&count=%20&lang=de", browser).status == 200, "is borne")
            #expect(try await world.get("/?days=1100&count=1000&before=9223372036854775807", browser).status == 200)
        }
    }

    @Test(arguments: [
        "/reports?kind=foo", "/reports?domain=a%20b", "/reports?apart=no", "/domains/example.com/what-if?policy=foo",
        "/sent?domain=a%20b",
    ])
    func `words that are none are refused on pages and by the interface alike`(target: String) async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            for target in [target, "/api/v1" + target] {
                #expect(try await world.get(target, browser).status == 400, "\(target)")
            }
        }
    }

    @Test func `a domain of others is not there, whatever is asked about it`() async throws {
        try await World.with { world in
            let vera = try await world.logIn("vera").browser
            for target in ["/reports", "/api/v1/reports", "/api/v1/tls"] {
                #expect(try await world.get("\(target)?domain=other.example", vera).status == 404, "\(target)")
                #expect(try await world.get("\(target)?domain=mail.example.com", vera).status == 200, "\(target)")
            }
        }
    }

    @Test func `the days that were chosen stay so from page to page`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            let overview = try await world.get("/?days=365", otto).text
            #expect(overview.contains("href=\"/domains/example.com?days=365\""))
            #expect(overview.contains("href=\"/domains/example.com/what-if?days=365\""))
            for part in ["", "/senders", "/what-if", "/tls", "/reports"] {
                let page = try await world.get("/domains/example.com\(part)?days=30", otto).text
                for tab in ["", "/senders", "/what-if", "/tls"] {
                    #expect(page.contains("href=\"/domains/example.com\(tab)?days=30\""), "\(tab) on \(part)")
                }
                #expect(page.contains("href=\"/?days=30\""))
                guard part != "/reports" else { continue }
                // One that is not among the choices is shown as chosen all the same.
                let isChosen =
                    page.contains("aria-current=\"true\">30 days") || page.contains("value=\"30\" selected")
                #expect(isChosen, "\(part)")
            }
            #expect(try await !world.get("/", otto).text.contains("/domains/example.com?days"))
        }
    }

    @Test func `a list that ends says so, and one that does not leads on`() async throws {
        let files = (0..<4).map { ("\($0).xml", Reports.aggregate("example.com", id: "r\($0)"), true) }
        let messages = (1...5).map { Messages.entry($0, from: "sender.example", to: ["example.com"]) }
        try await World.with(files, messages: messages) { world in
            let world = world.serving(
                Dashboard.Sources(messages: FixedMessages(entries: messages), sent: FixedSent(copies: 4)))
            for name in ["otto", "vera"] {
                let browser = try await world.logIn(name).browser
                for (path, all) in [("/reports", 4), ("/messages", 5)] + (name == "otto" ? [("/sent", 4)] : []) {
                    var (target, found) = ("\(path)?count=2", 0)
                    while true {
                        let page = try await world.get(target, browser).text
                        found += page.split(separator: "<tr>").count - 2
                        guard let range = page.firstRange(of: ">Older ") else { break }
                        let link = page[..<range.lowerBound].split(separator: "href=\"").last ?? ""
                        target = String(link.prefix { $0 != "\"" }).replacing("&amp;", with: "&")
                        #expect(target.contains("count=2") && found < all, "\(target)")
                        guard found < all else { break }
                    }
                    #expect(found == all, "\(path) for \(name)")
                }
            }
        }
    }

    @Test(arguments: [
        ("example.com.", "example.com"), ("http://example.com", "example.com"), ("<a@b>.", "<a@b>."),
        ("HTTPS://Example.com/a?b#c", "Example.com"), ("http://", "http://"), ("192.0.2.1", "192.0.2.1"),
        ("[192.0.2.1]", "192.0.2.1"), ("::FFFF:192.0.2.25", "192.0.2.25"), ("[IPv6:2001:DB8::1]", "2001:db8::1"),
        ("[2001:db8:0::1]", "2001:db8::1"), ("[]", "[]"), ("[a]", "[a]"),
        ("Bücher.example", "xn--bcher-kva.example"), ("bücher.example.", "xn--bcher-kva.example"),
        ("Müller", "Müller"), ("Müller GmbH & Co. KG", "Müller GmbH & Co. KG"),
    ])
    func `addresses of pages and names with their last dot are looked for as domains`(text: String, wanted: String) {
        #expect(Dashboard.searched(text) == wanted)
    }

    @Test func `what the server refuses by itself is a page for people, and an object for programs`() {
        for (path, isPage) in [("/login", true), ("/", true), ("/api/v1/reports", false), (nil, false)] {
            let refused = HTTPRefused(status: 413, text: "the body is larger than 10 octets", path: path)
            let reply = Dashboard.page(refused, isSecure: false)
            #expect(reply.status == 413 && reply.field("Content-Security-Policy") == ReplyWriter.policy)
            #expect(reply.field("Content-Type") == (isPage ? "text/html; charset=utf-8" : "application/json"))
            #expect(reply.text.contains(isPage ? "<p>The body is larger than 10 octets.</p>" : "\"error\":\"the body"))
        }
    }

    @Test func `a list whose place is gone says so, and does not seem to end`() async throws {
        let files =
            (0..<8).map { ("\($0).xml", Reports.aggregate("example.com", id: "r\($0)"), false) }
            + (0..<8).map { number in
                let text = Reports.failure("example.com").replacing("<failure@", with: "<failure-\(number)@")
                return ("\(number).eml", text, false)
            }
        try await World.with(files) { world in
            let store = try #require(world.dashboard.reports)
            for name in ["otto", "vera"] {
                let browser = try await world.logIn(name).browser
                for (path, member, key) in [("reports", "reports", "id"), ("failures", "failures", "report")] {
                    let page = try await world.get("/api/v1/\(path)?count=2", browser).json
                    let last = try #require(page[member]?.arrayValue?.last?[key]?.integerValue)
                    let next = "/api/v1/\(path)?count=2&before=\(last)"
                    #expect(try await world.get(next, browser).json[member]?.arrayValue?.count == 2)
                    #expect(try await store.drop([last]) == [last])
                    let gone = try await world.get(next, browser)
                    #expect(gone.status == 404, "\(path) for \(name)")
                    #expect(gone.json["error"]?.stringValue?.contains("begin again") == true)
                    let shown = try await world.get("/\(path)?count=2&before=\(last)", browser)
                    #expect(shown.status == 404 && shown.text.contains("begin again"), "\(path) for \(name)")
                }
            }
        }
    }

    @Test(arguments: ["/api/v1/domains/%ff", "/api/v1/%zz", "/api/a/b/c/d/e/f/g/h/i/j", "/api/%", "/%61pi/v1/none"])
    func `a path of the interface that can't be read is refused as programs read it`(path: String) async throws {
        try await World.with([]) { world in
            let reply = try await world.get(path, try await world.logIn("otto").browser)
            #expect([400, 404].contains(reply.status))
            #expect(reply.field("Content-Type") == "application/json" && reply.json["error"] != nil)
            let page = try await world.get("/domains/%ff", try await world.logIn("otto").browser)
            #expect(page.field("Content-Type") == "text/html; charset=utf-8")
        }
    }

    @Test func `a token that may not do something is told that it is the token`() async throws {
        try await World.with { world in
            let ada = try await world.token("ada")
            let narrow = try await world.token("ada", domains: ["example.com"])
            let vera = try await world.logIn("vera").browser
            for (browser, target, text) in [
                (ada, "/api/v1/accounts", "no token may"), (narrow, "/api/v1/state", "This token may not"),
                (vera, "/api/v1/state", "Your account may not"),
            ] {
                let reply = try await world.get(target, browser)
                #expect(reply.status == 403 && reply.text.contains(text), "\(target)")
            }
        }
    }

    @Test func `all answers say what browsers are to keep to`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            for path in ["/", "/login", "/reports", "/none", "/api/v1/domains", "/assets/postseal.js"] {
                let reply = try await world.get(path, path == "/login" ? Browser() : browser)
                #expect(reply.field("Content-Security-Policy") == ReplyWriter.policy, "\(path)")
                #expect(reply.field("X-Content-Type-Options") == "nosniff")
                #expect(reply.field("Referrer-Policy") == "same-origin")
                #expect(reply.field("Cross-Origin-Opener-Policy") == "same-origin")
                #expect(reply.field("Strict-Transport-Security") == nil)
                #expect(!reply.text.contains(" style=") && !reply.text.contains(" onclick"))
                if !path.hasPrefix("/assets") { #expect(reply.field("Cache-Control") == "no-store") }
            }
            let secure = try await world.get("/login", isSecure: true)
            #expect(secure.field("Strict-Transport-Security") == "max-age=31536000")
        }
    }

    /// What moves or changes by itself can be stopped (WCAG 2.2.2): on the page that has the button for it.
    @Test func `one list alone is live`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            let list = try await world.get("/messages", otto).text
            #expect(list.contains("<tbody data-live=\"yes\">") && list.contains("id=\"live\""))
            // What it does says the text of the button: a state besides would say the opposite.
            #expect(!list.contains("aria-pressed") && !Script.text.contains("aria-pressed"))
            let found = try await world.get("/search?q=sender.example", otto).text
            #expect(found.contains("Messages with their verdicts") && !found.contains("data-live"))
            #expect(Script.text.contains("body.contains(document.activeElement)"))
        }
    }

    @Test func `what the highest column is stands above all of them`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            let page = try await world.get("/domains/example.com", otto).text
            let figure = try #require(page.split(separator: "<figure class=\"chart\">").last)
            let chart = try #require(figure.split(separator: "</svg>").first)
            #expect(chart.contains("viewBox=\"0 -28 760 228\""))
            #expect(chart.contains("y=\"-7.0\" text-anchor=\"start\">127<"))
            #expect(!chart.contains("<rect class=\"pass\" x=\"0.0\" y=\"-"))
        }
    }

    @Test func `reports that are kept apart are let count, or removed, by who sees everything`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            let apart = try await world.get("/api/v1/reports?apart=yes", otto).json["reports"]?.arrayValue ?? []
            let id = try #require(apart.first?["id"]?.integerValue)
            #expect(apart.count == 1)
            let vera = try await world.logIn("vera").browser
            let foreign = try await world.get("/account", vera).csrf
            #expect(try await world.post("/reports/\(id)/accept", [("csrf", foreign)], vera).status == 403)
            let page = try await world.get("/reports/\(id)", otto)
            #expect(page.text.contains("Let it count"))
            #expect(try await !world.get("/reports/\(id)", vera).text.contains("Let it count"))
            #expect(try await world.post("/reports/\(id)/accept", [("csrf", page.csrf)], otto).status == 303)
            #expect(try await world.get("/api/v1/reports?apart=yes", otto).json["reports"]?.arrayValue == [])
            let again = try await world.post("/reports/\(id)/drop", [("csrf", page.csrf)], otto)
            #expect(again.status == 409 && again.text.contains("<h1>This can&#39;t be done</h1>"))
            #expect(again.text.contains("The report counts already."))
        }
    }
}
