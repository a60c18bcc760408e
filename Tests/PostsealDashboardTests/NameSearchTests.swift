import MailBytes
import MailNames
import PostsealHTTP
import PostsealReports
import Testing

@testable import PostsealDashboard

/// Search for what pages show by name: senders, and the hosts of addresses.
@Suite struct NameSearchTests {
    private static func aggregate(_ domain: String, via: String, from address: String, id: String) -> String {
        Reports.aggregate(
            domain, id: id,
            extra: """
                <record><row><source_ip>\(address)</source_ip><count>5</count><policy_evaluated>
                <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
                <identifiers><header_from>\(domain)</header_from></identifiers><auth_results><dkim>
                <domain>\(via)</domain><result>pass</result></dkim></auth_results></record>
                """)
    }

    /// Each domain has a sender and a host of its own, and both have the host of 192.0.2.1.
    private static func withNames(_ body: (World) async throws -> Void) async throws {
        let files = [
            ("a.xml", aggregate("example.com", via: "newsletter.test", from: "198.51.100.1", id: "a"), true),
            ("b.xml", aggregate("other.example", via: "secret-sender.test", from: "198.51.100.2", id: "b"), true),
        ]
        try await World.with(files, messages: []) { world in
            let hosts = [
                ("192.0.2.1", "mx.shared.test", SourceHost.Outcome.confirmed),
                ("198.51.100.1", "out.newsletter.test", .confirmed), ("198.51.100.2", "secret-host.test", .unconfirmed),
                ("198.51.100.99", "unused.test", .confirmed),
            ]
            for (address, name, outcome) in hosts {
                let address = try #require(IPAddress(address))
                try await world.dashboard.reports?.keep([
                    address: SourceHost(outcome, name: name, lookedUp: World.now)
                ])
            }
            try await body(world)
        }
    }

    @Test func `a sender's name leads to the domains that it sends as`() async throws {
        try await Self.withNames { world in
            let otto = try await world.logIn("otto").browser
            for word in ["newsletter.test", "NEWSLETTER", "newsletter.test."] {
                let found = try await world.get("/api/v1/search?q=\(word)", otto).json
                let senders = found["senders"]?.arrayValue ?? []
                #expect(senders.map { $0["domain"]?.stringValue } == ["example.com"], "\(word)")
                #expect(senders.first?["via"]?.stringValue == "newsletter.test")
                #expect(senders.first?["messages"]?.integerValue == 5)
                let page = try await world.get("/search?q=\(word)", otto).text
                #expect(page.contains("href=\"/domains/example.com/senders?days=90\""))
                #expect(MarkupCheck.problems(page) == [])
            }
        }
    }

    @Test func `a host's name leads to its address and the domains that it sends as`() async throws {
        try await Self.withNames { world in
            let otto = try await world.logIn("otto").browser
            let found = try await world.get("/api/v1/search?q=mx.shared.test", otto).json
            let hosts = found["hosts"]?.arrayValue ?? []
            #expect(hosts.map { $0["domain"]?.stringValue } == ["example.com", "other.example"])
            #expect(hosts.allSatisfy { $0["source"]?.stringValue == "192.0.2.1" })
            #expect(hosts.allSatisfy { $0["host"]?.stringValue == "mx.shared.test" && $0["claimed_host"] == .null })
            let page = try await world.get("/search?q=mx.shared.test", otto).text
            #expect(page.contains("href=\"/search?q=192.0.2.1\"") && page.contains("mx.shared.test"))
            #expect(MarkupCheck.problems(page) == [])
            let claimed = try await world.get("/api/v1/search?q=secret-host.test", otto).json["hosts"]?.arrayValue
            #expect(claimed?.first?["host"] == .null)
            #expect(claimed?.first?["claimed_host"]?.stringValue == "secret-host.test")
            #expect(claimed?.first?["host_outcome"]?.stringValue == "unconfirmed")
            // Nothing was sent from there.
            #expect(try await world.get("/api/v1/search?q=unused.test", otto).json["hosts"] == .array([]))
        }
    }

    /// The answer to who looks for a name of others is the answer to who looks for what nobody has.
    @Test func `a viewer does not learn of names that others' pages show`() async throws {
        try await Self.withNames { world in
            for (name, own, foreign) in [
                ("vera", "newsletter", "secret"), ("nora", "secret", "newsletter"),
            ] {
                let browser = try await world.logIn(name).browser
                let none = try await world.get("/api/v1/search?q=nothing.test", browser).json
                for word in [foreign, "\(foreign)-sender.test", "\(foreign)-host.test", "out.\(foreign).test"] {
                    #expect(try await world.get("/api/v1/search?q=\(word)", browser).json == none, "\(word)")
                    #expect(try await world.get("/search?q=\(word)", browser).text.contains("Nothing was found"))
                }
                let found = try await world.get("/api/v1/search?q=\(own)", browser).json
                #expect(found["senders"]?.arrayValue?.count == 1 && found["hosts"]?.arrayValue?.count == 1)
                let shared = try await world.get("/api/v1/search?q=mx.shared", browser).json["hosts"]?.arrayValue
                #expect(shared?.count == 1)
            }
        }
    }
}
