import PostsealConfiguration
import Testing

/// The section `reports`.
@Suite struct ReportTests {
    static let locations: [(String, ReportStoreLocation, String)] = [
        ("/var/lib/postseal/r.db", .file("/var/lib/postseal/r.db"), "/var/lib/postseal/r.db"),
        ("postgresql://db.example/p", .postgreSQL("postgresql://db.example/p"), "postgresql://db.example/p"),
        ("POSTGRES://db.example/p", .postgreSQL("POSTGRES://db.example/p"), "postgresql://db.example/p"),
        ("service=postseal", .postgreSQL("service=postseal"), "service=postseal"),
        ("service=a password=hidden", .postgreSQL("service=a password=hidden"), "service=a"),
        ("host=/run/p dbname=p", .postgreSQL("host=/run/p dbname=p"), "postgresql:///run/p/p"),
        ("host = /run/p password = hidden", .postgreSQL("host = /run/p password = hidden"), "postgresql:///run/p/"),
        ("Mail=1.db", .file("Mail=1.db"), "Mail=1.db"), ("./mail=1.db", .file("./mail=1.db"), "./mail=1.db"),
        (
            "postgresql://me:se@cret@db.example/p?password=hidden",
            .postgreSQL(
                "postgresql://me:se@cret@db.example/p?password=hidden"), "PostgreSQL"
        ),
        (
            "postgresql://me:se?cret@db.example/p", .postgreSQL("postgresql://me:se?cret@db.example/p"),
            "postgresql://db.example/p"
        ),
        (
            "postgresql:///p?host=/run/postgresql", .postgreSQL("postgresql:///p?host=/run/postgresql"),
            "postgresql:///run/postgresql/p"
        ),
        ("mysql://db.example/p", .file("mysql://db.example/p"), "mysql://db.example/p"),
    ]

    @Test(arguments: locations)
    func passwordsAreNotShown(_ text: String, _ location: ReportStoreLocation, _ shown: String) {
        #expect(ReportStoreLocation(text) == location)
        #expect(location.description == shown)
    }

    @Test func aPasswordIsInNoComplaint() throws {
        let text = """
            name: mx.example.org
            milter:
              listen: tcp:127.0.0.1:1
            reports:
              store: "postgresql://me:secret word@db.example/p"
            """
        let complaints = errors(text)
        #expect(complaints.count == 1)
        #expect(!complaints.contains { $0.contains("secret") || $0.contains("word") })
    }

    @Test(arguments: [("posts: no", true), ("lmtp: {listen: \"tcp:127.0.0.1:2\"}", false), ("folders: [/a]", false)])
    func trustedReceiversAreForFoldersAndLMTP(_ way: String, _ isWarned: Bool) throws {
        let text = """
            name: mx.example.org
            milter:
              listen: tcp:127.0.0.1:1
            reports:
              \(way)
              trusted-receivers: [mx.provider.example]
            """
        let warnings = try load(text).warnings.map(\.description)
        #expect(warnings.contains { $0.contains("reports.trusted-receivers") } == isWarned, "\(warnings)")
    }

    @Test func whatHasNoEffectIsSaid() throws {
        let text = """
            name: mx.example.org
            http:
              listen: tcp:127.0.0.1:1
            reports:
              addresses: [dmarc@example.org]
              files: remove
              keep-files: 2000
            """
        let warnings = try load(text).warnings.map(\.description)
        for key in ["reports.addresses", "reports.files", "reports.keep-files"] {
            #expect(warnings.contains { $0.contains(key) }, "\(key): \(warnings)")
        }
    }

    @Test(arguments: [
        ("mailto:dmarc@example.org", "; did you mean 'dmarc@example.org'?"),
        ("MAILTO:dmarc@example.org", "; did you mean 'dmarc@example.org'?"),
        ("a@example.org,b@example.org", "; several stand in a list: [a@example.org, b@example.org]"),
        ("a@b@example.org", ""), ("a:b@example.org", ""), ("a..b@example.org", ""), ("\\\"a\\\"b@example.org", ""),
    ])
    func whatIsNoAddressIsRefused(_ address: String, _ hint: String) {
        let complaints = errors(Self.taking(address))
        #expect(complaints.count == 1 && complaints[0].contains("is no recipient such as list@example.org"))
        #expect(complaints.first?.hasSuffix("\"@example.org\"\(hint)") == true, "\(complaints)")
    }

    @Test(arguments: [
        "@example.org", "*@example.org", "a.b+c@example.org", "jörg@example.org", "\\\"a@b,\\\\\\\"c\\\"@example.org",
    ])
    func otherAddressesAreTaken(_ address: String) {
        #expect(errors(Self.taking(address)) == [])
    }

    /// A configuration that takes reports from mail to an address, as it stands between quotes.
    private static func taking(_ address: String) -> String {
        "name: a.example\nmilter: {listen: \"tcp:127.0.0.1:1\"}\nreports: {addresses: [\"\(address)\"]}\n"
    }

    @Test func reportsAboutNothingAreAWarning() throws {
        func warnings(_ line: String) throws -> [String] {
            try load(
                """
                name: mx.example.org
                \(line)
                reports: {send: {contact: r@example.org, server: "tcp:127.0.0.1:25"}}
                """
            ).warnings.map(\.description).filter { $0.contains("there is nothing to report of mail") }
        }
        #expect(try warnings("dashboard: {listen: \"tcp:127.0.0.1:1\"}").count == 1)
        for way in ["milter", "proxy", "http"] {
            let server = way == "proxy" ? ", server: \"tcp:127.0.0.1:2\"" : ""
            #expect(try warnings("\(way): {listen: \"tcp:127.0.0.1:1\"\(server)}").isEmpty)
        }
    }

    /// The account command asks for it before anybody is served.
    @Test func accountsHaveAPlaceWithoutADashboard() throws {
        let text = "name: a.example\nmilter: {listen: \"tcp:127.0.0.1:1\"}\ndashboard: {accounts: /srv/a.json}\n"
        #expect(try load(text).configuration.dashboard.accounts == .file("/srv/a.json"))
    }
}
