import MailBytes
import PostsealHTTP
import PostsealReports
import Testing

@testable import PostsealDashboard

/// Reports about DANE, whose policy domain is a mail server (RFC 8460 §1.1).
@Suite struct ServerReportTests {
    private static func dane(_ hosts: [String], id: String, type: String = "tlsa") -> (String, String, Bool) {
        let policies = hosts.map { host in
            """
            {"policy":{"policy-type":"\(type)","policy-string":["3 1 1 aa"],"policy-domain":"\(host)"},
            "summary":{"total-successful-session-count":30,"total-failure-session-count":2},
            "failure-details":[{"result-type":"tlsa-invalid","receiving-mx-hostname":"\(host)",
            "failed-session-count":2}]}
            """
        }
        let text = """
            {"organization-name":"DANE Reporter","date-range":{"start-datetime":"2026-11-24T00:00:00Z",
            "end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"dane@reporter.example","report-id":"\(id)",
            "policies":[\(policies.joined(separator: ","))]}
            """
        return ("dane.json", text, true)
    }

    private static let files =
        Reports.all + [
            dane(["mx.example.com", "mx2.example.com"], id: "own"), dane(["mx.provider.example"], id: "shared"),
            // A domain of its own that happens to be a server's name.
            dane(["mx2.example.com"], id: "sts", type: "sts"),
        ]

    /// What the interface answers about a domain, where DNS names these servers.
    private func answer(
        _ domain: String, as name: String = "ada", servers: [String]?, page: Bool = false
    ) async throws -> (json: JSONValue, page: String) {
        try await World.with(Self.files) { world in
            let here = world.serving(Dashboard.Sources(protections: FixedProtections(servers: servers)))
            let browser = try await here.logIn(name).browser
            return (
                try await here.get("/api/v1/tls?domain=\(domain)", browser).json,
                try await here.get("/domains/\(domain)/tls", browser).text
            )
        }
    }

    private static func servers(_ json: JSONValue) -> [String] {
        (json["servers"]?.arrayValue ?? []).map { server in
            "\(server["host"]?.stringValue ?? "") \(server["shared"]?.boolValue ?? false) "
                + "\(server["succeeded"]?.integerValue ?? -1) \(server["failed"]?.integerValue ?? -1)"
        }
    }

    @Test func `a domain's page has what is reported of its servers`() async throws {
        let (json, page) = try await answer("example.com", servers: ["mx.example.com", "mx2.example.com"])
        #expect(Self.servers(json) == ["mx.example.com false 30 2", "mx2.example.com false 30 2"])
        // 50 and 3 of the domain's own.
        #expect(json["succeeded"]?.integerValue == 110 && json["failed"]?.integerValue == 7)
        #expect(json["failures"]?.arrayValue?.count == 3)
        #expect(page.contains("tlsa-invalid") && page.contains("Reports about servers"))
        // The domain's own, the one about both servers, and the one about the name as a domain.
        #expect(json["reports"]?.integerValue == 3)
    }

    @Test func `a server that is shared is shown, and not counted`() async throws {
        let (json, page) = try await answer("example.com", servers: ["mx.provider.example"])
        #expect(Self.servers(json) == ["mx.provider.example true 30 2"])
        #expect(json["succeeded"]?.integerValue == 50 && json["failed"]?.integerValue == 3)
        #expect(json["reports"]?.integerValue == 1)
        #expect(page.contains("are not counted above"))
    }

    /// Whoever may point MX records anywhere must not see what is reported of others' servers.
    @Test func `a viewer sees no servers beyond the domains`() async throws {
        let (json, page) = try await answer(
            "example.com", as: "vera", servers: ["mx.provider.example", "mx.other.example", "mx.example.com"])
        #expect(Self.servers(json) == ["mx.example.com false 30 2"])
        #expect(!page.contains("provider.example") && !page.contains("other.example"))
    }

    @Test func `without DNS the domain's own reports name its servers`() async throws {
        let (json, _) = try await answer("example.com", servers: nil)
        #expect(Self.servers(json) == ["mx.example.com false 30 2"])
        // DNS that says that there are none is believed.
        let (none, page) = try await answer("example.com", servers: [])
        #expect(Self.servers(none).isEmpty && !page.contains("Reports about servers"))
        #expect(none["succeeded"]?.integerValue == 50)
    }
}
