import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Trends compare what is equally long, and what reports have come of: on pages and for programs alike.
@Suite struct TrendTests {
    private typealias File = (name: String, text: String, isCounted: Bool)

    /// A domain with as many messages on each day: so many days up to the one that lies so many before today.
    private static func steady(_ domain: String, _ messages: Int, days: Int, skipping: Int = 1) -> [File] {
        (skipping..<skipping + days).map { ago in
            (
                name: "\(ago).xml",
                text: Reports.aggregate(
                    domain, id: "\(domain)-\(ago)", count: messages - 7, day: Reports.day - (ago - 1) * 86_400),
                isCounted: true
            )
        }
    }

    private struct Counts: Equatable {
        var messages: Int64?
        var compared: Int64?
        var before: Int64?

        init(_ messages: Int64?, _ compared: Int64?, _ before: Int64?) {
            (self.messages, self.compared, self.before) = (messages, compared, before)
        }

        init(_ json: JSONValue?) {
            self.init(
                json?["messages"]?.integerValue, json?["messages_compared"]?.integerValue,
                json?["messages_before"]?.integerValue)
        }
    }

    @Test func `each sender has its days, as many as are asked for`() async throws {
        try await World.with(Self.steady("steady.test", 100, days: 3)) { world in
            let otto = try await world.logIn("otto").browser
            let answer = try await world.get("/api/v1/domains/steady.test/senders?days=7", otto).json
            let senders = try #require(answer["senders"]?.arrayValue)
            #expect(senders.count == 2)
            for sender in senders {
                let days = sender["days"]?.arrayValue?.compactMap(\.integerValue)
                let count: Int64 = sender["via"]?.stringValue == "steady.test" ? 93 : 7
                #expect(days == [0, 0, 0, count, count, count, 0])
            }
        }
    }

    @Test func `senders that no page shows have no days`() async throws {
        let strangers = (0..<203).map { number in
            """
            <record><row><source_ip>203.0.113.7</source_ip><count>\(1000 - number)</count><policy_evaluated>
            <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
            <identifiers><header_from>many.test</header_from></identifiers><auth_results><dkim>
            <domain>d\(number).example</domain><result>pass</result></dkim></auth_results></record>
            """
        }
        let text = Reports.aggregate("many.test", id: "1", extra: strangers.joined())
        try await World.with([("a.xml", text, true)]) { world in
            let otto = try await world.logIn("otto").browser
            let answer = try await world.get("/api/v1/domains/many.test/senders?days=7", otto).json
            let days = try #require(answer["senders"]?.arrayValue).map { $0["days"]?.arrayValue?.count }
            #expect(days == Array(repeating: 7, count: 200) + Array(repeating: 0, count: 5))
        }
    }

    @Test func `steady mail is the same, however many days are looked at`() async throws {
        try await World.with(Self.steady("steady.test", 100, days: 60)) { world in
            let otto = try await world.logIn("otto").browser
            for days in [2, 3, 7, 28] {
                let all = Int64(days - 1) * 100
                let domains = try await world.get("/api/v1/domains?days=\(days)", otto).json
                #expect(Counts(domains) == Counts(all, all, all), "\(days)")
                #expect(domains["days_compared"]?.integerValue == Int64(days - 1))
                #expect(Counts(domains["domains"]?.arrayValue?.first) == Counts(all, all, all), "\(days)")
                let summary = try await world.get("/api/v1/domains/steady.test/senders?days=\(days)", otto).json
                #expect(Counts(summary) == Counts(all, all, all))
                #expect(summary["days_compared"] == domains["days_compared"])
                for list in ["senders", "origins"] {
                    let parts = try #require(summary[list]?.arrayValue)
                    #expect(parts.count == 2)
                    for part in parts {
                        #expect(Counts(part).messages == Counts(part).compared, "\(list)")
                        #expect(Counts(part).compared == Counts(part).before, "\(list)")
                    }
                }
                for source in summary["origins"]?.arrayValue?.first?["sources"]?.arrayValue ?? [] {
                    #expect(Counts(source).compared == Counts(source).before)
                }
                for target in ["/", "/domains/steady.test", "/domains/steady.test/senders"] {
                    let page = try await world.get("\(target)?days=\(days)", otto).text
                    #expect(page.contains(">same"), "\(target) \(days)")
                    for sign in ["-", "+"] {
                        #expect(!page.contains("class=\"note\">\(sign)"), "\(target) \(days)")
                    }
                }
            }
            // What is known does not go back so far.
            let year = try await world.get("/api/v1/domains?days=365", otto).json
            #expect(Counts(year) == Counts(6000, nil, nil))
        }
    }

    @Test func `a weekend is compared with a weekend`() async throws {
        // 2026-11-24 is a Tuesday.
        let files = Self.steady("office.test", 100, days: 60).enumerated().filter { ![2, 3].contains($0.offset % 7) }
        try await World.with(files.map(\.element)) { world in
            let otto = try await world.logIn("otto").browser
            for days in [2, 3, 4, 5, 6, 7, 8, 14, 28] {
                let summary = try await world.get("/api/v1/domains/office.test/senders?days=\(days)", otto).json
                #expect(Counts(summary).compared == Counts(summary).before, "\(days)")
            }
        }
    }

    @Test func `what came today has nothing to be compared with yet`() async throws {
        let files =
            Self.steady("steady.test", 100, days: 60) + Self.steady("steady.test", 57, days: 1, skipping: 0)
        try await World.with(files) { world in
            let otto = try await world.logIn("otto").browser
            let summary = try await world.get("/api/v1/domains/steady.test/senders?days=7", otto).json
            #expect(Counts(summary) == Counts(657, 600, 600))
            let own = summary["senders"]?.arrayValue?.first { $0["via"]?.stringValue == "steady.test" }
            #expect(Counts(own) == Counts(6 * 93 + 50, 6 * 93, 6 * 93))
            let page = try await world.get("/domains/steady.test?days=7", otto).text
            #expect(page.contains("<span class=\"value\">657</span><span class=\"note\">same against as many days"))
        }
    }

    /// Reports of yesterday come in the course of today.
    @Test func `in the morning yesterday is not compared either`() async throws {
        try await World.with(Self.steady("steady.test", 100, days: 60)) { world in
            // 2026-11-26T06:00:00Z: nobody has reported the 25th.
            world.clock.pass(18 * 3600)
            let otto = try await world.logIn("otto").browser
            let summary = try await world.get("/api/v1/domains/steady.test/senders?days=7", otto).json
            #expect(Counts(summary) == Counts(500, 500, 500) && summary["days_compared"]?.integerValue == 5)
            // At noon it is: then it was no mail.
            world.clock.pass(6 * 3600)
            let noon = try await world.get("/api/v1/domains/steady.test/senders?days=7", world.logIn("otto").browser)
            #expect(Counts(noon.json) == Counts(500, 500, 600) && noon.json["days_compared"]?.integerValue == 6)
        }
    }

    @Test func `a domain that is new has no trend, and is no part of that of all`() async throws {
        let files = Self.steady("steady.test", 100, days: 60) + Self.steady("young.test", 77, days: 9)
        try await World.with(files) { world in
            let otto = try await world.logIn("otto").browser
            let domains = try await world.get("/api/v1/domains?days=7", otto).json
            #expect(Counts(domains) == Counts(1062, 600, 600))
            let summary = try await world.get("/api/v1/domains/young.test/senders?days=7", otto).json
            #expect(Counts(summary) == Counts(462, nil, nil) && summary["pass_before"] == .null)
            #expect(Counts(summary["senders"]?.arrayValue?.first).before == nil)
            #expect(try await world.get("/domains/young.test?days=7", otto).text.contains("no trend yet"))
            for target in ["/", "/domains/young.test", "/domains/young.test/senders"] {
                #expect(try await !world.get("\(target)?days=7", otto).text.contains("%</span> against"))
                #expect(try await !world.get("\(target)?days=7", otto).text.contains(">+"), "\(target)")
            }
            // Two days that are known, with two of the week before.
            let two = try await world.get("/api/v1/domains/young.test/senders?days=3", otto).json
            #expect(Counts(two) == Counts(154, 154, 154))
        }
    }

    @Test func `of many domains those on other pages are compared by the same measure`() async throws {
        let others = (0..<205).map { number in
            (
                name: "\(number).xml", text: Reports.aggregate("d\(number).test", id: "\(number)", count: 93),
                isCounted: true
            )
        }
        let files = Self.steady("steady.test", 10, days: 60) + Self.steady("young.test", 9, days: 9) + others
        try await World.with(files) { world in
            let otto = try await world.logIn("otto").browser
            for page in [1, 2] {
                let domains = try await world.get("/api/v1/domains?days=7&page=\(page)", otto).json
                #expect(Counts(domains) == Counts(205 * 100 + 60 + 54, 60, 60), "\(page)")
            }
        }
    }

    @Test func `a single day says no more than it knows`() async throws {
        try await World.with(Self.steady("steady.test", 100, days: 60)) { world in
            let otto = try await world.logIn("otto").browser
            let domains = try await world.get("/api/v1/domains?days=1", otto).json
            #expect(Counts(domains) == Counts(0, nil, nil))
            #expect(domains["domains"]?.arrayValue?.first?["step"]?.stringValue == "wait-for-more")
            let page = try await world.get("/?days=1", otto).text
            #expect(page.contains(">1 day</a>") && !page.contains("1 days") && page.contains("no trend yet"))
            #expect(try await world.get("/domains/steady.test?days=1", otto).text.contains("for the last 1 day."))
            // Whether reports still come is a question of how old the last one is, in every period.
            world.clock.pass(40 * 86_400)
            let later = try await world.logIn("otto").browser
            for days in [1, 28, 90] {
                let answer = try await world.get("/api/v1/domains?days=\(days)", later).json
                #expect(answer["domains"]?.arrayValue?.first?["step"]?.stringValue == "check-reporting", "\(days)")
            }
        }
    }
}
