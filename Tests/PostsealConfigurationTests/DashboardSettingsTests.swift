import PostsealConfiguration
import TestSupport
import Testing

/// Where the dashboard is served, and how.
@Suite struct DashboardSettingsTests {
    private static let files: StubFiles = {
        var stub = StubFiles.withKeys
        for (name, fixture) in [("chain", "key-ec-certificate"), ("key", "key-ec")] {
            stub.files["/etc/postseal/tls/\(name).pem"] = (try? CertificateFixtures.pem(fixture)).map {
                FileContent(octets: $0, mode: 0o600)
            }
        }
        stub.files["/etc/postseal/tls/open.pem"] = (try? CertificateFixtures.pem("key-ec")).map {
            FileContent(octets: $0, mode: 0o644)
        }
        return stub
    }()

    @Test func `on this machine nothing else is needed`() throws {
        for socket in ["tcp:127.0.0.1:8030", "tcp:[::1]:8030", "unix:/run/postseal/dashboard.sock"] {
            let loaded = try load("name: mx.example.org\ndashboard:\n  listen: \(socket)\n", files: Self.files)
            #expect(loaded.warnings.isEmpty)
            let dashboard = loaded.configuration.dashboard
            #expect(dashboard.isUsed && dashboard.keepsMessages && !dashboard.usesTLS)
            #expect(dashboard.accounts == .file("/var/lib/postseal/accounts.json"))
            #expect(dashboard.idleTime == .seconds(3600) && dashboard.lifeTime == .seconds(43_200))
        }
        #expect(try !load(withListener("log: {level: info}")).configuration.dashboard.isUsed, "off by default")
    }

    @Test(arguments: [
        ("listen: tcp:0.0.0.0:8030", "passwords would go there in the clear"),
        ("listen: tcp:192.0.2.1:8030", "passwords would go there in the clear"),
        ("listen: [\"tcp:127.0.0.1:8030\", \"tcp:[::]:8030\"]", "passwords would go there in the clear"),
        ("listen: tcp:127.0.0.1:8030\n  key: tls/key.pem", "has no meaning without dashboard.certificate"),
        ("listen: tcp:0.0.0.0:8030\n  certificate: tls/none.pem", "cannot read"),
        ("listen: tcp:0.0.0.0:8030\n  certificate: tls/chain.pem\n  key: tls/open.pem", "open.pem"),
        ("listen: tcp:0.0.0.0:8030\n  trusted-proxies: [0.0.0.0/0]", "is every client"),
        ("listen: tcp:127.0.0.1:8030\n  accounts: database", "needs reports.store in PostgreSQL"),
        ("listen: tcp:127.0.0.1:8030\n  messages: -1", "messages"), ("listen: tcp:127.0.0.1:8030\n  idle: 1s", "idle"),
    ])
    func `what would give passwords away is an error`(lines: String, complaint: String) {
        let found = errors("name: mx.example.org\ndashboard:\n  \(lines)\n", files: Self.files)
        #expect(found.count == 1 && found.first?.contains(complaint) == true, "\(found)")
    }

    @Test func `elsewhere it needs a certificate, or a proxy`() throws {
        let secure = try load(
            "name: mx.example.org\ndashboard:\n  listen: tcp:0.0.0.0:8443\n  certificate: tls/chain.pem\n"
                + "  key: tls/key.pem\n", files: Self.files)
        #expect(secure.warnings.isEmpty && secure.configuration.dashboard.usesTLS)
        #expect(secure.configuration.dashboard.keyPath == "/etc/postseal/tls/key.pem")
        let behind = try load(
            "name: mx.example.org\ndashboard:\n  listen: tcp:10.0.0.1:8030\n  trusted-proxies: [10.0.0.5]\n")
        #expect(behind.warnings.isEmpty && behind.configuration.dashboard.trustedProxies.count == 1)
    }

    @Test func `accounts are where reports are, unless they are said to be elsewhere`() throws {
        let server = "name: mx.example.org\nreports:\n  store: postgresql://postseal@db.example.org/postseal\n"
        let dashboard = "dashboard:\n  listen: tcp:127.0.0.1:8030\n"
        func accounts(_ text: String) throws -> DashboardSettings.AccountPlace {
            let loaded = try load(text, files: Self.files)
            #expect(loaded.warnings.isEmpty)
            return loaded.configuration.dashboard.accounts
        }
        #expect(try accounts(server + dashboard) == .database)
        #expect(try accounts(server + dashboard + "  accounts: database\n") == .database)
        #expect(try accounts(server + dashboard + "  accounts: /srv/a.json\n") == .file("/srv/a.json"))
        #expect(try accounts("name: mx.example.org\n" + dashboard + "  accounts: a.json\n") != .database)
    }

    @Test func `what has no effect is said`() throws {
        let idle = try load(withListener("dashboard:\n  messages: 5\n"))
        #expect(idle.warnings.map(\.description).contains { $0.contains("set dashboard.listen") })
        let late = try load("name: mx.example.org\ndashboard:\n  listen: tcp:127.0.0.1:1\n  idle: 2h\n  session: 1h\n")
        #expect(late.warnings.map(\.description).contains { $0.contains("dashboard.session") })
    }
}
