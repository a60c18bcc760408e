import MailBytes
import MailNames
import PostsealHTTP
import PostsealReports
import Testing

@testable import PostsealDashboard

/// Who sends as a domain, where host names are known.
@Suite struct SenderPageTests {
    /// The world's reports, with names of their sources.
    private func withNames(_ names: [(String, SourceHost)], _ body: (World) async throws -> Void) async throws {
        try await World.with { world in
            var hosts: [IPAddress: SourceHost] = [:]
            for (address, host) in names { hosts[try #require(IPAddress(address))] = host }
            try await world.dashboard.reports?.keep(hosts)
            try await body(world)
        }
    }

    private static let names = [
        ("192.0.2.1", SourceHost(.confirmed, name: "mx.example.com", lookedUp: World.now)),
        ("203.0.113.9", SourceHost(.confirmed, name: "old.example.com", lookedUp: World.now)),
    ]

    @Test func `a server that was forgotten is shown as one's own`() async throws {
        try await withNames(Self.names) { world in
            let browser = try await world.logIn("vera").browser
            let page = try await world.get("/domains/example.com/senders", browser).text
            #expect(page.contains("Your own server that is not set up"))
            #expect(page.contains("old.example.com") && page.contains("mx.example.com"))
            let forecast = try await world.get("/domains/example.com/what-if?policy=reject", browser).text
            #expect(forecast.contains("Your own servers that are not set up") && forecast.contains("old.example.com"))
            let json = try await world.get("/api/v1/domains/example.com/senders", browser).json
            let origins = json["origins"]?.arrayValue ?? []
            #expect(origins.map { $0["standing"]?.stringValue } == ["plain", "own-server-not-set-up"])
            #expect(origins.last?["sources"]?.arrayValue?.first?["host"]?.stringValue == "old.example.com")
        }
    }

    @Test func `no page proposes a stricter policy over a server that was forgotten`() async throws {
        for (names, step) in [([], "Publish p=quarantine"), (Self.names, "Set up one sender first")] {
            try await withNames(names) { world in
                let more = Reports.aggregate("example.com", id: "more", by: "Second")
                _ = try await world.dashboard.reports?.take([
                    ReportArrival(reading: Array(more.utf8), name: "more.xml", received: World.now)
                ])
                let browser = try await world.logIn("vera").browser
                for path in ["/", "/domains/example.com", "/domains/example.com/what-if?policy=quarantine"] {
                    #expect(try await world.get(path, browser).text.contains(step), "\(path)")
                }
            }
        }
    }

    /// Whatever the step would be without the server: to wait for a second reporter, or to keep what is published.
    @Test(arguments: [(nil, "Wait for more reports"), ("reject", "Nothing: keep it")])
    func `all pages say what is to be set up first`(policy: String?, otherwise: String) async throws {
        let text = Reports.aggregate("example.com", id: "one")
        let file = policy.map { text.replacing("<p>none</p>", with: "<p>\($0)</p>") } ?? text
        for (names, step) in [([], otherwise), (Self.names, "Set up one sender first")] {
            try await World.with([("a.xml", file, true)]) { world in
                var hosts: [IPAddress: SourceHost] = [:]
                for (address, host) in names { hosts[try #require(IPAddress(address))] = host }
                try await world.dashboard.reports?.keep(hosts)
                let browser = try await world.logIn("vera").browser
                for path in [
                    "/", "/domains/example.com", "/domains/example.com/what-if?policy=\(policy ?? "quarantine")",
                ] {
                    let page = try await world.get(path, browser).text
                    #expect(page.contains(step) && (step == otherwise || !page.contains(otherwise)), "\(path)")
                }
                let json = try await world.get("/api/v1/domains", browser).json
                let first = json["domains"]?.arrayValue?.first
                #expect(first?["next_step"]?.stringValue == step)
                #expect((first?["step"]?.stringValue == "set-up") == (step != otherwise))
            }
        }
    }

    /// The same names say nothing of another domain's senders.
    @Test func `another domain has none of these servers`() async throws {
        try await withNames(Self.names) { world in
            let browser = try await world.logIn("nora").browser
            let json = try await world.get("/api/v1/domains/other.example/senders", browser).json
            #expect(json["origins"]?.arrayValue?.map { $0["kind"]?.stringValue } == ["own", "unproven"])
            #expect(try await world.get("/domains/example.com/senders", browser).status == 404)
        }
    }

    @Test func `what is claimed is said to be a claim`() async throws {
        let names = [("203.0.113.9", SourceHost(.unconfirmed, name: "mail-1.google.com", lookedUp: World.now))]
        try await withNames(names) { world in
            let browser = try await world.logIn("vera").browser
            let page = try await world.get("/domains/example.com/senders", browser).text
            #expect(page.contains("claims to be mail-1.google.com, which has another address"))
            #expect(!page.contains("Google"))
        }
    }

    @Test func `without names the page is as it was`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("vera").browser
            let page = try await world.get("/domains/example.com/senders", browser).text
            #expect(!page.contains("Where it comes from") && page.contains("Who sends as example.com"))
        }
    }
}
