import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

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
}
