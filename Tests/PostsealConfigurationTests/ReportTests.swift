import PostsealConfiguration
import Testing

/// The section `reports`.
@Suite struct ReportTests {
    static let locations: [(String, ReportStoreLocation, String)] = [
        ("/var/lib/postseal/r.db", .file("/var/lib/postseal/r.db"), "/var/lib/postseal/r.db"),
        ("postgresql://db.example/p", .postgreSQL("postgresql://db.example/p"), "postgresql://db.example/p"),
        ("POSTGRES://db.example/p", .postgreSQL("postgres://db.example/p"), "postgresql://db.example/p"),
        ("service=postseal", .postgreSQL("service=postseal"), "service=postseal"),
        ("service=a password=hidden", .postgreSQL("service=a password=hidden"), "PostgreSQL"),
        ("host=/run/p dbname=p", .postgreSQL("host=/run/p dbname=p"), "PostgreSQL"),
        ("Mail=1.db", .file("Mail=1.db"), "Mail=1.db"), ("./mail=1.db", .file("./mail=1.db"), "./mail=1.db"),
        (
            "postgresql://me:se@cret@db.example/p?password=hidden",
            .postgreSQL(
                "postgresql://me:se@cret@db.example/p?password=hidden"), "postgresql://db.example/p"
        ),
        ("postgresql://me:se?cret@db.example/p", .postgreSQL("postgresql://me:se?cret@db.example/p"), "PostgreSQL"),
        (
            "postgresql:///p?host=/run/postgresql", .postgreSQL("postgresql:///p?host=/run/postgresql"),
            "postgresql:///p"
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
}
