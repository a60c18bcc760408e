import MTASTS
import MailNames
import PostsealConfiguration
import TLSRPT
import TestSupport
import Testing

/// TLS reports and our own MTA-STS policies.
@Suite("What is told to others about TLS")
struct HostingTests {
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

    @Test("Policies and certificates come as they are written, with defaults for the rest")
    func policies() throws {
        let text = withListener(
            """
            mta-sts-hosting:
              listen: tcp:0.0.0.0:443
              certificate: tls/chain.pem
              key: tls/key.pem
              domains:
                - domain: example.org
                  mode: enforce
                  mx: [mx.example.org, "*.example.net"]
                  max-age: 30d
                - {domain: Bücher.example, mode: none}
            """)
        let loaded = try load(text, files: Self.files)
        #expect(loaded.warnings.isEmpty)
        let hosting = loaded.configuration.policyHosting
        #expect(hosting.domains.map(\.host.text) == ["mta-sts.example.org", "mta-sts.xn--bcher-kva.example"])
        #expect(
            hosting.domains.first?.policy.description
                == "version: STSv1, mode: enforce, mx: mx.example.org, mx: *.example.net, max_age: 2592000")
        #expect(hosting.domains.last?.policy.description == "version: STSv1, mode: none, max_age: 604800")
        #expect(hosting.domains.first?.keyPath == "/etc/postseal/tls/key.pem")
        #expect(hosting.checkInterval == .seconds(3600))
    }

    @Test("Reports are by whom the contact says")
    func reports() throws {
        let text = withListener(
            """
            name: mx.example.org
            transport:
              tls-reports:
                contact: tls-reports@Example.org
                listen: unix:/run/postseal/tlsrpt.sock
                keep: 3d
            """)
        let loaded = try load(text)
        #expect(loaded.warnings.isEmpty)
        let reports = loaded.configuration.transport.reports
        let submitter = try #require(reports.submitter)
        #expect(submitter.contactInfo == "tls-reports@example.org" && submitter.organizationName == "mx.example.org")
        #expect(reports.kept == .seconds(3 * 86_400) && reports.isUsed)
        #expect(try load(withListener("")).configuration.transport.reports.submitter == nil)
    }

    @Test("Where machines share a database, each has a node of its own")
    func nodes() throws {
        func node(_ more: String, _ own: String = "") throws -> String {
            let text = """
                name: mx1.example.org
                transport:
                  tls-reports: {contact: t@example.org, listen: "unix:/run/t.sock"\(own)}
                \(more)
                """
            return try load(withListener(text)).configuration.transport.reports.node
        }
        let store = "reports: {store: \"postgresql://db/postseal\"}"
        #expect(try node("") == "" && node(store) == "mx1exampleorg" && node(store, ", node: a") == "a")
    }

    private static let hosting = "mta-sts-hosting: {listen: \"tcp:0.0.0.0:443\", certificate: tls/chain.pem, "

    @Test(
        "What is wrong is told with its key",
        arguments: [
            (hosting + "key: tls/key.pem, domains: [{domain: a.example}]}", "names no servers: set 'mx'"),
            (hosting + "key: tls/key.pem, domains: [{mx: mx.a.example}]}", "'domain' is missing"),
            (hosting + "key: tls/key.pem, domains: [{domain: a.example, mx: mx_1}]}", "is no host such as"),
            (hosting + "key: tls/key.pem, domains: [{domain: a.example, mx: m.a.example, mode: strict}]}", "enforce"),
            (
                hosting + "key: tls/key.pem, domains: [{domain: a.example, mx: a.example}, "
                    + "{domain: A.example, mode: none}]}",
                "a.example has a policy already in line 2"
            ),
            (hosting + "key: tls/none.pem, domains: [{domain: a.example, mode: none}]}", "cannot read"),
            (hosting + "key: tls/open.pem, domains: [{domain: a.example, mode: none}]}", "has mode 0644"),
            (
                hosting + "domains: [{domain: a.example, mode: none, certificate: keys/rsa.pem}]}",
                "has no certificate in PEM"
            ),
            (
                "mta-sts-hosting: {listen: \"tcp:0.0.0.0:443\", domains: [{domain: a.example, mode: none}]}",
                "there is no certificate for mta-sts.a.example"
            ),
            (hosting + "domains: [{domain: a.example, mode: none, max-age: 1h}]}", "is not between 1d and 365d"),
            ("transport: {tls-reports: {contact: nobody}}", "is no mail address such as"),
            ("transport: {tls-reports: {contact: \"a b@example.org\"}}", "is no mail address such as"),
            ("transport: {tls-reports: {contact: t@example.org, node: a-b}}", "letters and digits"),
            ("transport: {tls-reports: {contact: t@example.org, listen: \"tcp:127.0.0.1:1\"}}", "Unix socket"),
        ])
    func mistakes(_ lines: String, _ text: String) {
        let found = errors(withListener(lines), files: Self.files)
        #expect(found.contains { $0.contains(text) }, "\(found)")
    }

    @Test(
        "What has no effect is worth a warning",
        arguments: [
            ("mta-sts-hosting: {domains: [{domain: a.example, mode: none}]}", "nobody is served"),
            ("mta-sts-hosting: {listen: \"tcp:0.0.0.0:443\"}", "there is nothing to serve"),
            ("transport: {tls-reports: {node: a}}", "has no effect without transport.tls-reports.contact"),
            ("transport: {tls-reports: {contact: t@example.org}}", "nothing is counted"),
        ])
    func warnings(_ lines: String, _ text: String) throws {
        let found = try load(withListener(lines), files: Self.files).warnings
        #expect(found.contains { $0.description.contains(text) }, "\(found)")
    }
}
