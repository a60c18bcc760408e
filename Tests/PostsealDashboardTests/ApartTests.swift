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
