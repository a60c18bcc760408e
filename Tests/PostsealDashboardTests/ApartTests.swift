import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Reports that are kept apart, because nobody could verify who sent them: of every kind, on every page.
@Suite struct ApartTests {
    private static let files = [
        ("a.xml", Reports.aggregate("example.com", id: "aggregate"), false),
        ("b.json", Reports.tls(["example.com"], id: "tls"), false), ("c.eml", Reports.failure("example.com"), false),
        ("d.xml", Reports.aggregate("example.com", id: "counted"), true),
    ]

    private static func reports(_ reply: HTTPReply) -> [JSONValue] { reply.json["reports"]?.arrayValue ?? [] }

    @Test func `every kind is told from those that count`() async throws {
        try await World.with(Self.files) { world in
            for name in ["otto", "vera"] {
                let browser = try await world.logIn(name).browser
                let all = Self.reports(try await world.get("/api/v1/reports?apart=yes", browser))
                #expect(Set(all.compactMap { $0["kind"]?.stringValue }).count == 3, "\(name)")
                let tls = Self.reports(try await world.get("/api/v1/reports?apart=yes&kind=tlsrpt", browser))
                #expect(tls.compactMap { $0["report_id"]?.stringValue } == ["tls"], "\(name)")
                let overview = try await world.get("/", browser).text
                #expect(overview.contains("Reports kept apart</dt><dd><span class=\"value\">3<"), "\(name)")
                let domains = try await world.get("/api/v1/domains", browser).json
                #expect(domains["reports_apart"]?.integerValue == 3, "\(name)")
                for target in ["/failures", "/tls", "/reports?kind=tlsrpt", "/reports?kind=dmarc-failure"] {
                    let page = try await world.get(target, browser).text
                    #expect(page.contains("badge warn\">kept apart"), "\(target) for \(name)")
                }
                for report in all {
                    let id = try #require(report["id"]?.integerValue)
                    let page = try await world.get("/reports/\(id)", browser).text
                    #expect(page.contains("It is kept apart and not counted"))
                    #expect(page.contains("Let it count") == (name == "otto"))
                    #expect(page.contains("data-ask=\"Remove this report?") == (name == "otto"))
                }
            }
        }
    }

    @Test func `a TLS report counts once, whatever it is about, and not where it is kept apart`() async throws {
        let files = [
            ("a.json", Reports.tls(["example.com", "mail.example.com", "other.example"], id: "1"), true),
            ("b.json", Reports.tls(["example.com"], id: "2"), true),
            ("c.json", Reports.tls(["other.example", "example.com"], id: "3"), true),
            ("d.json", Reports.tls(["example.com"], id: "4"), false),
        ]
        try await World.with(files) { world in
            for (name, query, count) in [
                ("otto", "", 3), ("vera", "", 3), ("nora", "", 2), ("otto", "?domain=example.com", 3),
                ("vera", "?domain=mail.example.com", 1), ("otto", "?domain=other.example", 2),
            ] {
                let browser = try await world.logIn(name).browser
                let answer = try await world.get("/api/v1/tls\(query)", browser).json
                #expect(answer["reports"]?.integerValue == Int64(count), "\(name) \(query)")
            }
        }
    }

    /// The word that another one was there tells nothing of whether that one counts.
    @Test func `a report whose identity another one has says so, and offers what can be done`() async throws {
        let files = [
            ("a.xml", Reports.aggregate("example.com", id: "same", count: 500), true),
            ("b.xml", Reports.aggregate("example.com", id: "same", count: 1), true),
            ("c.xml", Reports.aggregate("example.com", id: "forged", count: 2), false),
            ("d.xml", Reports.aggregate("example.com", id: "forged", count: 3), false),
        ]
        try await World.with(files) { world in
            let (otto, vera) = (try await world.logIn("otto").browser, try await world.logIn("vera").browser)
            let overview = try await world.get("/", otto).text
            #expect(overview.contains("<span class=\"value\">3</span><span class=\"note\">not counted<"))
            #expect(!overview.contains("sender not verified"))
            let all = Self.reports(try await world.get("/api/v1/reports", otto))
            let counted = try #require(all.first { $0["counted"]?.boolValue == true }?["id"]?.integerValue)
            var others = 0
            for report in all where report["counted"]?.boolValue == false {
                let id = try #require(report["id"]?.integerValue)
                let isConflict = report["report_id"]?.stringValue == "same"
                let page = try await world.get("/reports/\(id)", otto)
                #expect(page.text.contains("another report of the same identifier counts") == isConflict)
                #expect(page.text.contains("nobody could verify who sent it") == !isConflict)
                #expect(page.text.contains("href=\"/reports/\(counted)\">The report that counts") == isConflict)
                #expect(page.text.contains("Let it count") == !isConflict && page.text.contains("Remove it"))
                for browser in [otto, vera] {
                    let apart = try await world.get("/api/v1/reports/\(id)", browser).json["apart"]
                    #expect(apart?["reason"]?.stringValue == (isConflict ? "other-counts" : "unverified"))
                    #expect(apart?["counted_report"]?.integerValue == (isConflict ? counted : nil))
                }
                let seen = try await world.get("/reports/\(id)", vera).text
                #expect(seen.contains("href=\"/reports/\(counted)\"") == isConflict && !seen.contains("Remove it"))
                guard isConflict else { continue }
                others += 1
                let refusal = try await world.post("/reports/\(id)/accept", [("csrf", page.csrf)], otto)
                #expect(refusal.status == 409 && refusal.text.contains("This can&#39;t be done"))
                #expect(refusal.text.contains("another report of the same identifier counts, and says other things"))
                #expect(try await world.post("/reports/\(id)/drop", [("csrf", page.csrf)], otto).status == 303)
            }
            #expect(others == 1)
            #expect(try await world.get("/api/v1/reports/\(counted)", otto).json["apart"] == .null)
        }
    }

    @Test func `a report about no domain says that`() async throws {
        let text = Reports.aggregate("example.com", id: "bare").replacing("<domain>example.com</domain>", with: "")
            .replacing("<header_from>example.com</header_from>", with: "")
        try await World.with([("a.xml", text, true)]) { world in
            let otto = try await world.logIn("otto").browser
            let report = try #require(Self.reports(try await world.get("/api/v1/reports", otto)).first)
            #expect(report["domain"] == .null && report["counted"]?.boolValue == false)
            let page = try await world.get("/reports/\(try #require(report["id"]?.integerValue))", otto).text
            #expect(page.contains("it names no domain that it could count for"))
            let answer = try await world.get("/api/v1/reports/\(try #require(report["id"]?.integerValue))", otto).json
            #expect(answer["apart"] == ["reason": "no-domain", "counted_report": .null])
            #expect(!page.contains("Let it count") && page.contains("Remove it"))
        }
    }

    @Test func `what was let count is in all figures at once, and the page says so`() async throws {
        try await World.with(Self.files) { world in
            let otto = try await world.logIn("otto").browser
            func messages() async throws -> Int64? {
                let domains = try await world.get("/api/v1/domains", otto).json["domains"]?.arrayValue
                return domains?.first?["messages"]?.integerValue
            }
            #expect(try await messages() == 127)
            for report in Self.reports(try await world.get("/api/v1/reports?apart=yes", otto)) {
                let id = try #require(report["id"]?.integerValue)
                let csrf = try await world.get("/reports/\(id)", otto).csrf
                let isAggregate = report["kind"]?.stringValue == "dmarc-aggregate"
                let verb = isAggregate ? "accept" : "drop"
                let reply = try await world.post("/reports/\(id)/\(verb)", [("csrf", csrf)], otto)
                let page = try await world.get(try #require(reply.field("Location")), otto).text
                #expect(page.contains(isAggregate ? "The report counts now." : "The report is removed."))
            }
            #expect(try await messages() == 254)
            #expect(try await world.get("/domains/example.com", otto).text.contains("254"))
        }
    }
}
