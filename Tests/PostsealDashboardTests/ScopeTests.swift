import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// What a viewer is not told of, by whatever way it asks.
@Suite struct ScopeTests {
    private static func reports(_ reply: HTTPReply) -> [JSONValue] { reply.json["reports"]?.arrayValue ?? [] }

    @Test func `a report about domains of several owners is seen by each, as far as it is about theirs`() async throws {
        try await World.with { world in
            for (name, own, foreign) in [
                ("vera", "example.com", "other.example"), ("nora", "other.example", "example.com"),
            ] {
                let browser = try await world.logIn(name).browser
                let list = try await world.get("/api/v1/reports?kind=tlsrpt", browser)
                let report = try #require(Self.reports(list).first)
                #expect(Self.reports(list).count == 1)
                #expect(report["domain"]?.stringValue == own)
                #expect(report["messages"] == .null, "what all of them come to is not theirs to know")
                let id = try #require(report["id"]?.integerValue)
                for target in ["/reports", "/reports/\(id)", "/api/v1/reports/\(id)", "/search?q=three", "/tls"] {
                    let reply = try await world.get(target, browser)
                    #expect(reply.status == 200 && !reply.text.contains(foreign), "\(target) for \(name)")
                }
                #expect(try await world.get("/reports/\(id)", browser).text.contains("mx.\(own)"))
                #expect(try await world.get("/reports/\(id)/original", browser).status == 404)
            }
            let all = try await world.get("/api/v1/reports?kind=tlsrpt", try await world.logIn("otto").browser)
            #expect(Self.reports(all).first?["messages"]?.integerValue == 106)
            let both = try await world.token("otto", domains: ["example.com", "other.example"])
            let seen = try await world.get("/api/v1/reports?kind=tlsrpt", both)
            #expect(Self.reports(seen).first?["messages"]?.integerValue == 106)
            #expect(Self.reports(seen).count == 1, "once, however many of its domains are seen")
        }
    }

    /// A mail with files, as some reporters send them.
    static func mail(_ files: [String]) -> String {
        let parts = files.enumerated().map { number, text in
            "--b\nContent-Type: application/xml; name=\(number).xml\n\n\(text)\n"
        }
        return
            ("From: r@reporter.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            + parts.joined() + "--b--\n").replacing("\n", with: "\r\n")
    }

    @Test func `a file is handed out where all of it was read and is seen, and linked only then`() async throws {
        let own = Reports.aggregate("example.com", id: "own")
        let foreign = Reports.aggregate("other.example", id: "foreign")
        for (others, isHandedOut) in [
            ([], true), ([Reports.aggregate("mail.example.com", id: "more")], true), ([foreign], false),
            // Cut off, it is about nobody, as far as can be read.
            ([String(foreign.prefix(foreign.count / 2))], false), (["no report"], false),
        ] {
            try await World.with([("m.eml", Self.mail([own] + others), true)]) { world in
                for (name, isSeen) in [("vera", isHandedOut), ("otto", true)] {
                    let browser = try await world.logIn(name).browser
                    let list = try await world.get("/api/v1/reports?domain=example.com", browser)
                    let id = try #require(Self.reports(list).first?["id"]?.integerValue)
                    #expect(Self.reports(list).allSatisfy { $0["original"]?.boolValue == isSeen }, "in the list")
                    let file = try await world.get("/reports/\(id)/original", browser)
                    #expect(file.status == (isSeen ? 200 : 404), "\(others.first?.prefix(20) ?? "") for \(name)")
                    let page = try await world.get("/reports/\(id)", browser).text
                    #expect(page.contains("/reports/\(id)/original") == isSeen)
                    let answer = try await world.get("/api/v1/reports/\(id)", browser).json["report"]
                    #expect(answer?["original"]?.boolValue == isSeen)
                }
            }
        }
    }

    @Test func `a viewer pages through its reports as they are sorted, each once`() async throws {
        // Those that end later do not all count for a later day.
        let files = (0..<9).map { number in
            (
                name: "\(number).xml",
                text: Reports.aggregate(
                    number % 3 == 0 ? "example.com" : number % 3 == 1 ? "mail.example.com" : "other.example",
                    id: "r\(number)", day: Reports.day - number * 86_400, days: number % 2 == 0 ? 1 : number + 2),
                isCounted: number % 4 != 1
            )
        }
        try await World.with(files) { world in
            func pages(_ browser: Browser, count: Int) async throws -> [String] {
                var found: [String] = []
                var before: Int64?
                while found.count < 20 {
                    let more = before.map { "&before=\($0)" } ?? ""
                    let page = Self.reports(try await world.get("/api/v1/reports?count=\(count)\(more)", browser))
                    guard !page.isEmpty else { break }
                    found += page.compactMap { $0["report_id"]?.stringValue }
                    before = page.last?["id"]?.integerValue
                }
                return found
            }
            let vera = try await world.logIn("vera").browser
            let all = try await pages(try await world.logIn("otto").browser, count: 100)
            #expect(all.count == 9)
            let own = all.filter { !["r2", "r5", "r8"].contains($0) }
            for count in [1, 2, 4, 100] { #expect(try await pages(vera, count: count) == own, "\(count) at once") }
        }
    }

    @Test func `the place of a report of others in the list is not told`() async throws {
        try await World.with { world in
            let vera = try await world.logIn("vera").browser
            let otto = try await world.logIn("otto").browser
            let all = Self.reports(try await world.get("/api/v1/reports", otto))
            let foreign = try #require(
                all.first { $0["domain"]?.stringValue == "other.example" }?["id"]?.integerValue)
            #expect(Self.reports(try await world.get("/api/v1/reports?before=\(foreign)", vera)).isEmpty)
            #expect(Self.reports(try await world.get("/api/v1/reports?before=999999", vera)).isEmpty)
        }
    }

    @Test func `who was only named as an author sees a verdict, and nothing that tells of others`() async throws {
        try await World.with { world in
            let vera = try await world.logIn("vera").browser
            let list = try await world.get("/api/v1/messages", vera).json["messages"]?.arrayValue ?? []
            let named = try #require(list.first { $0["id"]?.integerValue == 3 })
            for member in ["queue_id", "message_id", "mail_from"] { #expect(named[member] == .null, "\(member)") }
            #expect(named["recipient_domains"] == .array([]))
            let page = try await world.get("/messages", vera).text
            #expect(page.contains("href=\"/messages/1\"") && !page.contains("href=\"/messages/3\""))
            // Nor by looking for it.
            for word in ["Q3", "m3@", "other.example"] {
                let found = try await world.get("/api/v1/search?q=\(Link.encoded(word))", vera).json
                #expect(found["messages"] == .array([]), "\(word)")
                #expect(found["domains"] == .array([]) && found["reports"] == .array([]), "\(word)")
            }
        }
    }

    @Test func `the command of a message names no recipient of others`() async throws {
        let entry = Messages.entry(1, from: "sender.example", to: ["example.com", "other.example"])
        try await World.with(messages: [entry]) { world in
            for (name, own, foreign) in [
                ("vera", "example.com", "other.example"), ("nora", "other.example", "example.com"),
            ] {
                let browser = try await world.logIn(name).browser
                for target in ["/messages/1", "/api/v1/messages/1"] {
                    let reply = try await world.get(target, browser)
                    #expect(reply.status == 200 && !reply.text.contains(foreign), "\(target) for \(name)")
                    if target.hasPrefix("/m") { #expect(reply.text.contains("--rcpt x@\(own)"), "\(name)") }
                }
            }
            let page = try await world.get("/messages/1", try await world.logIn("otto").browser).text
            #expect(page.contains("x@example.com") && page.contains("x@other.example"))
        }
    }

    @Test func `an address tells who sends from it for domains that are seen alone`() async throws {
        try await World.with { world in
            for (name, count) in [("vera", 1), ("nora", 1), ("otto", 2)] {
                let browser = try await world.logIn(name).browser
                let found = try await world.get("/api/v1/search?q=192.0.2.1", browser).json
                #expect(found["senders"]?.arrayValue?.count == count, "\(name)")
                #expect(found["senders"]?.arrayValue?.first?["messages"]?.integerValue == 120)
            }
        }
    }

    @Test func `signs of patterns are looked for as they are`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            for word in ["%", "_", "!", "%\u{301}", "!\u{301}", "o%e", "'"] {
                let found = try await world.get("/api/v1/search?q=\(Link.encoded(word))", otto).json
                #expect(found["reports"] == .array([]), "\(word.debugDescription)")
            }
        }
    }

    @Test func `of many domains those with most mail are shown`() async throws {
        func file(_ number: Int, _ id: String, _ count: Int, daysAgo: Int) -> (String, String, Bool) {
            let day = Reports.day - daysAgo * 86_400
            return (id, Reports.aggregate("d\(number).example", id: id, count: count, day: day), true)
        }
        let files = (0..<230).flatMap { number in
            [
                file(number, "\(number)", number == 229 ? 9000 : number + 1, daysAgo: 0),
                file(number, "old \(number)", 1, daysAgo: 60),
            ]
        }
        try await World.with(files) { world in
            let otto = try await world.logIn("otto").browser
            let answer = try await world.get("/api/v1/domains", otto).json
            #expect(answer["cut"]?.boolValue == true)
            let names = answer["domains"]?.arrayValue?.compactMap { $0["domain"]?.stringValue } ?? []
            #expect(names.count == 200 && names.first == "d229.example" && !names.contains("d0.example"))
            // What all come to is of all, on each page.
            let next = try await world.get("/api/v1/domains?page=2", otto).json
            let others = next["domains"]?.arrayValue?.compactMap { $0["domain"]?.stringValue } ?? []
            #expect(others.count == 30 && Set(names + others).count == 230)
            let (messages, passed) = (Int64(9000 + 229 * 115 + 230 * 7), Int64(9000 + 229 * 115))
            for answer in [answer, next] {
                #expect(answer["total"]?.integerValue == 230 && answer["messages"]?.integerValue == messages)
                #expect(answer["pass"]?.integerValue == passed && answer["messages_before"] == .null)
            }
            let page = try await world.get("/?days=90", otto).text
            #expect(page.contains("<span class=\"value\">230<") && page.contains("1 to 200 of 230 domains"))
            #expect(page.contains("href=\"/?days=90&amp;page=2\""))
            let last = try await world.get("/?days=90&page=2", otto).text
            #expect(last.contains("201 to 230 of 230 domains") && last.contains("href=\"/?days=90&amp;page=1\""))
            #expect(try await world.get("/?page=100000", otto).text.contains("no more of the 230 domains"))
            // Of the time after, all of it was before.
            world.clock.pass(28 * 86_400)
            let later = try await world.get("/api/v1/domains", try await world.logIn("otto").browser).json
            #expect(later["messages_before"]?.integerValue == messages && later["messages"]?.integerValue == 0)
        }
    }

    @Test func `counts that nobody can have are borne`() async throws {
        let most = 9_007_199_254_740_991
        let files = (0..<1200).map { number in
            (
                name: "\(number).xml",
                text: Reports.aggregate(
                    "example.com", id: "\(number)", by: "R\(number)", count: most,
                    day: Reports.day - (number % 300) * 86_400), isCounted: true
            )
        }
        try await World.with(files) { world in
            let otto = try await world.logIn("otto").browser
            for target in [
                "/?days=365", "/domains/example.com?days=365", "/domains/example.com/senders?days=365",
                "/domains/example.com/what-if?days=365", "/search?q=192.0.2.1", "/api/v1/domains?days=365",
                "/api/v1/domains/example.com?days=365", "/api/v1/domains/example.com/senders?days=365",
            ] {
                let reply = try await world.get(target, otto)
                #expect(reply.status == 200, "\(target)")
                if target.hasPrefix("/api/") {
                    for number in Self.numbers(in: reply.json) { #expect(number <= Int64(most), "\(target)") }
                }
            }
        }
    }

    private static func numbers(in value: JSONValue) -> [Int64] {
        switch value {
        case .integer(let number): [number]
        case .array(let values): values.flatMap { numbers(in: $0) }
        case .object(let members): members.flatMap { numbers(in: $0.value) }
        case .null, .bool, .double, .string: []
        }
    }
}
