import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Domains that are none, as reporters write them.
@Suite struct OddNameTests {
    private static let names = ["*.example", "a b.example", "a/b.example", String(repeating: "x", count: 70) + ".a"]

    @Test(arguments: names)
    func `whatever the overview names has pages`(name: String) async throws {
        try await World.with([("a.xml", Reports.aggregate(name, id: "1"), true)]) { world in
            let otto = try await world.logIn("otto").browser
            let link = "/domains/" + Link.encoded(name)
            #expect(try await world.get("/", otto).text.contains("href=\"\(link)\""))
            #expect(try await world.get("/search?q=\(Link.encoded(name))", otto).text.contains("href=\"\(link)\""))
            for part in ["", "/senders", "/what-if", "/tls", "/reports"] {
                let page = try await world.get(link + part, otto)
                #expect(page.status == 200, "\(part)")
                #expect(MarkupCheck.problems(page.text) == [])
            }
            #expect(try await world.get(link, otto).text.contains("No host can have this name"))
            for part in ["", "/senders", "/what-if"] {
                #expect(try await world.get("/api/v1\(link)\(part)", otto).status == 200, "\(part)")
            }
            let list = try await world.get("/api/v1/reports?domain=\(Link.encoded(name))", otto)
            #expect(list.json["reports"]?.arrayValue?.count == 1)
            #expect(try await world.get("/domains/none%20such", otto).status == 404)
            #expect(try await world.get("/api/v1/reports?domain=none%20such", otto).status == 400)
            let vera = try await world.logIn("vera").browser
            for part in ["", "/senders", "/reports"] {
                #expect(try await world.get(link + part, vera).status == 404, "\(part)")
            }
        }
    }
}
