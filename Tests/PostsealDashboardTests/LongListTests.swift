import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Lists that are longer than a page, and domains of which there are very many.
@Suite struct LongListTests {
    @Test func `of more than a thousand domains none is left out`() async throws {
        // The one with mail stands behind the others.
        let domains = (0..<1100).map { "d\($0 + 1000).example" }
        let files = [
            ("t.json", Reports.tls(domains, id: "t"), true),
            ("z.xml", Reports.aggregate("zz.example", id: "z"), true),
        ]
        try await World.with(files) { world in
            let otto = try await world.logIn("otto").browser
            let tls = try await world.get("/api/v1/tls", otto).json
            #expect(tls["succeeded"]?.integerValue == 55_000 && tls["failed"]?.integerValue == 3300)
            #expect(tls["failures"]?.arrayValue?.count == 1000 && tls["cut"]?.boolValue == true)
            let page = try await world.get("/tls", otto).text
            #expect(page.contains("55,000") && page.contains("3,300"))
            #expect(page.contains("And more: those with most sessions are shown"))
            #expect(MarkupCheck.problems(page) == [])
            let found = try await world.get("/api/v1/search?q=192.0.2.1", otto).json
            #expect(found["senders"]?.arrayValue?.first?["domain"]?.stringValue == "zz.example")
            #expect(found["cut"]?.boolValue == false)
            let one = try await world.get("/api/v1/tls?domain=d1000.example", otto).json
            #expect(one["succeeded"]?.integerValue == 50 && one["cut"]?.boolValue == false)
        }
    }

    @Test func `sessions of all domains are of those that are seen`() async throws {
        try await World.with { world in
            for (name, sessions) in [("otto", 100), ("vera", 50), ("nora", 50)] {
                let browser = try await world.logIn(name).browser
                let answer = try await world.get("/api/v1/tls", browser).json
                #expect(answer["succeeded"]?.integerValue == Int64(sessions), "\(name)")
                #expect(answer["failures"]?.arrayValue?.count == sessions / 50, "\(name)")
            }
        }
    }

    @Test func `a search that finds more than it shows says so`() async throws {
        let files = (0..<60).map {
            ("\($0).xml", Reports.aggregate("d\($0).mail.example", id: "r\($0)", by: "One"), true)
        }
        let messages = (1...60).map { Messages.entry($0, from: "one.example", to: ["example.com"]) }
        try await World.with(files, messages: messages) { world in
            let otto = try await world.logIn("otto").browser
            for (word, member) in [
                (".mail.example", "domains"), ("One", "reports"), ("192.0.2.1", "senders"), ("one.example", "messages"),
            ] {
                let answer = try await world.get("/api/v1/search?q=\(word)", otto).json
                #expect(answer["cut"]?.boolValue == true && answer[member]?.arrayValue?.count == 50, "\(member)")
                let page = try await world.get("/search?q=\(word)", otto).text
                #expect(page.contains("And more than these 50: narrow the search."), "\(member)")
                #expect(MarkupCheck.problems(page) == [])
            }
            for word in ["d59.mail.example", "nothing.example"] {
                #expect(try await world.get("/api/v1/search?q=\(word)", otto).json["cut"]?.boolValue == false)
                #expect(try await !world.get("/search?q=\(word)", otto).text.contains("narrow the search"))
            }
        }
    }

    @Test func `what would be lost is listed, and how much more there is`() async throws {
        let records = (0..<130).map { number in
            """
            <record><row><source_ip>198.51.100.\(number)</source_ip><count>50</count><policy_evaluated>
            <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
            <identifiers><header_from>example.com</header_from></identifiers><auth_results><dkim>
            <domain>s\(number).example</domain><result>pass</result></dkim></auth_results></record>
            """
        }
        let text = Reports.aggregate("example.com", id: "1", extra: records.joined())
        try await World.with([("a.xml", text, true)]) { world in
            let page = try await world.get("/domains/example.com/what-if", try await world.logIn("otto").browser).text
            // And those that nobody proves.
            #expect(page.contains("And 31 more, with fewer messages; the interface has all."))
            #expect(MarkupCheck.problems(page) == [])
        }
    }
}
