import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Failure reports in lists and on pages, one about domains of several owners among them.
@Suite struct FailurePageTests {
    private static func samples(_ reply: HTTPReply) -> [JSONValue] { reply.json["failures"]?.arrayValue ?? [] }

    /// A report about a message from example.com, signed by other.example.
    private static let both = Reports.failure("example.com")
        .replacing(
            "Reported-Domain: ", with: "Reported-Domain: example.com\r\nReported-Domain: Other.Example\r\nX-Was: "
        )
        .replacing(
            "Delivery-Result",
            with: "DKIM-Domain: other.example\r\nOriginal-Mail-From: <a@example.com>\r\nDelivery-Result"
        )
        .replacing("A message failed.", with: "A message of example.com failed at other.example.")

    private static func files(_ count: Int) -> [(name: String, text: String, isCounted: Bool)] {
        (0..<count).map { number in
            let text = number % 3 == 0 ? Self.both : Reports.failure(number % 3 == 1 ? "example.com" : "other.example")
            return ("\(number).eml", text.replacing("<failure@", with: "<failure-\(number)@"), true)
        }
    }

    @Test func `each owner of a domain opens the report, and sees nothing of the others`() async throws {
        try await World.with(Self.files(1)) { world in
            for (name, own, foreign) in [
                ("vera", "example.com", "other.example"), ("nora", "other.example", "example.com"),
            ] {
                let browser = try await world.logIn(name).browser
                let samples = Self.samples(try await world.get("/api/v1/failures", browser))
                #expect(samples.map { $0["domain"]?.stringValue } == [own])
                #expect(samples.first?["author"] == .null && samples.first?["mail_from"] == .null)
                #expect(samples.first?["auth_failure"]?.stringValue == "dmarc")
                let id = try #require(samples.first?["report"]?.integerValue)
                for target in [
                    "/failures", "/reports", "/reports/\(id)", "/api/v1/reports", "/api/v1/reports/\(id)",
                    "/api/v1/failures",
                    "/search?q=203.0.113.9",
                ] {
                    let reply = try await world.get(target, browser)
                    #expect(reply.status == 200, "\(target) for \(name)")
                    let text = reply.text.lowercased()
                    for word in [foreign, "somebody", "private words"] {
                        #expect(!text.contains(word), "\(word) on \(target) for \(name)")
                    }
                }
                let page = try await world.get("/reports/\(id)", browser).text
                #expect(page.contains(own) && page.contains("203.0.113.9") && page.contains("reject"))
                #expect(page.contains("what tells of them is left out"))
                #expect(try await world.get("/failures", browser).text.contains("href=\"/reports/\(id)\""))
                #expect(try await world.get("/reports/\(id)/original", browser).status == 404)
                // Nor by looking for it.
                let found = try await world.get("/api/v1/search?q=\(foreign)", browser).json
                #expect(found["reports"] == .array([]), "\(name)")
            }
            for browser in [
                try await world.logIn("otto").browser,
                try await world.token("otto", domains: ["example.com", "other.example"]),
            ] {
                let samples = Self.samples(try await world.get("/api/v1/failures", browser))
                #expect(
                    samples.count == 2 && samples.allSatisfy { $0["author"]?.stringValue?.contains("somebody") == true }
                )
                let id = try #require(samples.first?["report"]?.integerValue)
                let report = try await world.get("/api/v1/reports/\(id)", browser)
                #expect(report.text.contains("private words") && report.text.contains("DKIM-Domain"))
                #expect(try await world.get("/api/v1/reports/\(id)/original", browser).status == 200)
            }
            let page = try await world.get("/reports/1", try await world.logIn("otto").browser).text
            #expect(page.contains("private words") && !page.contains("left out"))
            // Who sees a third domain alone sees nothing.
            let stranger = try await world.token("otto", domains: ["third.example"])
            #expect(Self.samples(try await world.get("/api/v1/failures", stranger)).isEmpty)
            #expect(try await world.get("/api/v1/reports/1", stranger).status == 404)
        }
    }

    @Test func `all samples come page by page, each once`() async throws {
        try await World.with(Self.files(10)) { world in
            for (browser, rows) in [
                (try await world.logIn("otto").browser, 14), (try await world.logIn("vera").browser, 7),
                (try await world.token("otto", domains: ["example.com", "other.example"]), 14),
            ] {
                let all = Self.samples(try await world.get("/api/v1/failures", browser))
                #expect(all.count == rows)
                for count in [1, 2, 3, 5, 100] {
                    var found: [JSONValue] = []
                    var before: Int64?
                    while found.count <= rows {
                        let more = before.map { "&before=\($0)" } ?? ""
                        let page = Self.samples(try await world.get("/api/v1/failures?count=\(count)\(more)", browser))
                        guard let last = page.last?["report"]?.integerValue else { break }
                        found += page
                        before = last
                    }
                    #expect(found.map { $0["report"] } == all.map { $0["report"] }, "\(count) at once")
                    #expect(Set(found) == Set(all), "\(count) at once")
                }
            }
        }
    }

    @Test func `a page leads to the next, and the last one does not`() async throws {
        try await World.with(Self.files(4)) { world in
            let vera = try await world.logIn("vera").browser
            let first = try await world.get("/failures?count=2", vera).text
            let range = try #require(first.firstRange(of: "href=\"/failures?"))
            let link = first[range.upperBound...].prefix { $0 != "\"" }.replacing("&amp;", with: "&")
            #expect(first.contains("Older samples") && link.contains("count=2"))
            let second = try await world.get("/failures?\(link)", vera)
            #expect(second.status == 200 && second.text.contains("1 sample") && !second.text.contains("Older samples"))
        }
    }

    @Test func `the place of a sample of others in the list is not told`() async throws {
        try await World.with(Self.files(3)) { world in
            let otto = Self.samples(try await world.get("/api/v1/failures", try await world.logIn("otto").browser))
            let foreign = try #require(
                otto.first { sample in
                    sample["domain"]?.stringValue == "other.example"
                        && !otto.contains { $0["report"] == sample["report"] && $0 != sample }
                }?["report"]?.integerValue)
            let vera = try await world.logIn("vera").browser
            for before in [foreign, 999_999] {
                #expect(Self.samples(try await world.get("/api/v1/failures?before=\(before)", vera)).isEmpty)
            }
        }
    }
}
