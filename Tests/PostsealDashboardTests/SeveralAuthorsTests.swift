import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard
@testable import PostsealReports

/// Aggregate reports with records about authors of several domains, as they should not be.
@Suite struct SeveralAuthorsTests {
    private static func mixed(with author: String) -> String {
        let own = Reports.aggregate("example.com", id: "mixed")
        let record = Reports.aggregate(author, id: "x", count: 4).replacing("192.0.2.1", with: "203.0.113.78")
        let start = record.firstRange(of: "<record>")?.lowerBound ?? record.endIndex
        let end = record.firstRange(of: "</record>")?.upperBound ?? record.endIndex
        return own.replacing("</date_range>", with: "</date_range><error>about \(author)</error>")
            .replacing("</feedback>", with: "\(record[start..<end])</feedback>")
    }

    private static let policy = "<policy_published><domain>example.com</domain><p>none</p></policy_published>"

    @Test(arguments: ["", "<policy_published><p>none</p></policy_published>", policy])
    func `records of others are left out, and the file is not handed out`(policy: String) async throws {
        let text = Self.mixed(with: "other.example").replacing(Self.policy, with: policy)
        try await World.with([("m.xml", text, true)]) { world in
            let vera = try await world.logIn("vera").browser
            let page = try await world.get("/reports/1", vera)
            #expect(page.status == 200 && page.text.contains("192.0.2.1"))
            #expect(page.text.contains("what tells of them is left out"))
            #expect(page.text.contains("messages of other domains as well"))
            #expect(MarkupCheck.problems(page.text) == [])
            let answer = try await world.get("/api/v1/reports/1", vera)
            #expect(answer.json["content"] != .null && answer.json["report"]?["messages"] == .null)
            #expect(answer.json["report"]?["original"]?.boolValue == false)
            for reply in [page, answer] {
                for word in ["other.example", "203.0.113.78", "/original\""] {
                    #expect(!reply.text.contains(word), "\(word)")
                }
            }
            #expect(try await world.get("/reports/1/original", vera).status == 404)
            let otto = try await world.logIn("otto").browser
            let all = try await world.get("/api/v1/reports/1", otto)
            #expect(all.text.contains("203.0.113.78") && all.json["report"]?["messages"]?.integerValue == 131)
            #expect(try await world.get("/reports/1/original", otto).status == 200)
        }
    }

    @Test func `authors below the domain are no others`() async throws {
        try await World.with([("m.xml", Self.mixed(with: "mail.example.com"), true)]) { world in
            let vera = try await world.logIn("vera").browser
            let answer = try await world.get("/api/v1/reports/1", vera)
            #expect(answer.text.contains("203.0.113.78"))
            #expect(answer.json["report"]?["messages"]?.integerValue == 131)
            #expect(try await world.get("/reports/1/original", vera).status == 200)
        }
    }

    @Test(arguments: ["", "<policy_published><p>none</p></policy_published>", policy])
    func `lists and search tell nothing of others`(policy: String) async throws {
        let text = Self.mixed(with: "other.example").replacing(Self.policy, with: policy)
        try await World.with([("m.xml", text, true)]) { world in
            let vera = try await world.logIn("vera").browser
            for target in ["/api/v1/reports", "/api/v1/reports?domain=example.com", "/api/v1/search?q=mixed"] {
                let report = try await world.get(target, vera).json["reports"]?.arrayValue?.first
                #expect(report?["report_id"]?.stringValue == "mixed", "\(target)")
                #expect(report?["messages"] == .null && report?["original"]?.boolValue == false, "\(target)")
            }
            for target in ["/reports", "/domains/example.com/reports", "/search?q=mixed"] {
                let page = try await world.get(target, vera).text
                #expect(page.contains("not told") && page.contains("about others, too"), "\(target)")
                #expect(!page.contains(">131<") && !page.contains("other.example"), "\(target)")
            }
            // That a source is among its records.
            for address in ["192.0.2.1", "203.0.113.78"] {
                let found = try await world.get("/api/v1/search?q=\(address)", vera).json
                #expect(found["reports"] == .array([]), "\(address)")
            }
            // Who sees both, or everything, is told all.
            let both = try await world.token("otto", domains: ["example.com", "other.example"])
            for browser in [both, try await world.logIn("otto").browser] {
                let report = try await world.get("/api/v1/reports", browser).json["reports"]?.arrayValue?.first
                #expect(report?["messages"]?.integerValue == 131 && report?["original"]?.boolValue == true)
                let found = try await world.get("/api/v1/search?q=203.0.113.78", browser).json
                #expect(found["reports"]?.arrayValue?.count == 1)
            }
        }
    }

    @Test func `what is about nobody, or too many, is not told in a list`() async throws {
        let many = (0..<30).map { "d\($0).example" }
        let nobody = Reports.tls(["example.com", "other.example"], id: "n")
            .replacing("\"policy-domain\":\"other.example\",", with: "")
        for text in [Reports.tls(["example.com"] + many, id: "t"), nobody] {
            try await World.with([("t.json", text, true)]) { world in
                let vera = try await world.logIn("vera").browser
                let report = try await world.get("/api/v1/reports", vera).json["reports"]?.arrayValue?.first
                #expect(report?["domain"]?.stringValue == "example.com" && report?["messages"] == .null)
                #expect(report?["original"]?.boolValue == false)
            }
        }
    }

    @Test func `whom a report is about fits those who see it`() throws {
        func subjects(_ text: String) throws -> [String]? {
            ReportArrival(reading: Array(text.utf8), name: nil, received: World.now).subjects?.domains
        }
        #expect(try subjects(Self.mixed(with: "Mail.Example.com")) == ["example.com"])
        #expect(try subjects(Self.mixed(with: "other.example")) == ["example.com", "other.example"])
        #expect(try subjects(Self.mixed(with: "a b.other.example")) == nil)
        let siblings = Self.mixed(with: "example.com").replacing(Self.policy, with: "")
            .replacing("<header_from>example.com", with: "<header_from>a.example.com")
        #expect(try subjects(siblings) == ["a.example.com"])
        #expect(try subjects("no report") == nil)
    }
}
