import MailBytes
import MailReports
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// A report that was sent, by an outbox that has nothing else.
struct FixedSent: SentReportSource {
    var mark = ""
    private var report: SentReport {
        SentReport(
            id: "r1", kind: "dmarc-aggregate", domain: "sender.example\(mark)",
            recipient: "mailto:x@sender.example\(mark)",
            begin: World.now, end: World.now, state: "sent", time: World.now, note: mark)
    }

    /// More than one are its copies.
    var copies = 1
    var isSending = true
    /// Nil where it can't be read again.
    var document: String? = Reports.aggregate("sender.example", id: "20261124.abc")

    func sentReports(domain: String?, count: Int, offset: Int) async -> SentReports {
        let all = domain == nil || domain == report.domain ? [SentReport](repeating: report, count: copies) : []
        return SentReports(Array(all.dropFirst(offset).prefix(count)), hasMore: all.count > offset + count)
    }

    func sentReports(named text: String, count: Int) async -> [SentReport] {
        ["20261124.abc", report.domain].contains(text) ? Array(repeating: report, count: min(copies, count)) : []
    }

    func sentReport(_ id: String) async -> SentReportDetail? {
        guard id == "r1" else { return nil }
        let began = World.now.adding(seconds: -60)
        return SentReportDetail(
            entry: report, reportID: "20261124.abc\(mark)", subject: "Report Domain: sender.example\(mark)",
            fileName: "mx.example!sender.example!1!2.xml.gz\(mark)", messages: 127,
            destinations: [
                .init(
                    place: 0, requested: "mailto:x@sender.example", uri: report.recipient, state: "sent",
                    reason: "in the domain\(mark)", due: began, failures: 1, ended: World.now)
            ],
            attempts: [
                .init(
                    place: 0, number: 1, node: "mx1\(mark)", began: began, ended: began, outcome: "retry",
                    answer: "451 later\(mark)"),
                .init(
                    place: 0, number: 2, node: "mx1", began: World.now, ended: nil, outcome: "",
                    answer: ""),
            ],
            content: document.flatMap { ReportFile(reading: Array($0.utf8), name: "r.xml").findings.first?.report },
            text: "<feedback/>\(mark)")
    }

    func document(of id: String) async -> SentDocument? {
        id == "r1" ? SentDocument(name: "mx.example!sender.example!1!2.xml.gz", octets: [31, 139, 8]) : nil
    }
}

@Suite struct SentPageTests {
    @Test func `a report that was sent is shown with its attempts, and what it says`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            let page = try await world.get("/sent/r1", otto).text
            for text in [
                "<dt>Report-ID</dt><dd>20261124.abc</dd>", "<dt>Kind</dt><dd>DMARC</dd>",
                "<dd>Report Domain: sender.example</dd>", "<dd>127 messages</dd>", "mailto:x@sender.example",
                "2026-11-25 11:59:00", "451 later", "no end is known", "mx1",
                "<a href=\"/sent/r1/document\">The report as it was sent</a>", "Records of the report", "bad.example",
            ] {
                #expect(page.contains(text), "\(text)")
            }
            #expect(!page.contains("1795608000") && !page.contains("dmarc-aggregate") && !page.contains("<pre"))
            #expect(MarkupCheck.problems(page) == [])
            #expect(try await world.get("/sent", otto).text.contains("<div>DMARC</div>"))
            let unread = world.serving(Dashboard.Sources(sent: FixedSent(document: nil)))
            #expect(try await unread.get("/sent/r1", otto).text.contains(">&lt;feedback/&gt;</pre>"))
        }
    }

    @Test func `programs are told the same`() async throws {
        try await World.with { world in
            let otto = try await world.token("otto")
            let answer = try await world.get("/api/v1/sent/r1", otto).json
            #expect(answer["report_id"]?.stringValue == "20261124.abc")
            #expect(answer["subject"]?.stringValue == "Report Domain: sender.example")
            #expect(answer["file_name"]?.stringValue == "mx.example!sender.example!1!2.xml.gz")
            #expect(answer["messages"]?.integerValue == 127 && answer["text"]?.stringValue == "<feedback/>")
            #expect(answer["destinations"]?.arrayValue?.first?["state"]?.stringValue == "sent")
            let attempts = answer["attempts"]?.arrayValue ?? []
            #expect(attempts.map { $0["number"]?.integerValue } == [1, 2])
            #expect(attempts.map { $0["outcome"]?.stringValue } == ["retry", ""])
            #expect(attempts.first?["began"]?.integerValue == World.now.seconds - 60)
            #expect(attempts.last?["ended"] == .null)
        }
    }

    @Test(arguments: ["/sent/r1/document", "/api/v1/sent/r1/document"])
    func `the document is handed out as a file, to who sees everything`(target: String) async throws {
        try await World.with { world in
            let isProgram = target.hasPrefix("/api/")
            func browser(_ name: String) async throws -> Browser {
                isProgram ? try await world.token(name) : try await world.logIn(name).browser
            }
            let reply = try await world.get(target, try await browser("otto"))
            #expect(reply.status == 200 && reply.body == [31, 139, 8])
            #expect(
                reply.field("Content-Disposition") == "attachment; filename=\"mx.example!sender.example!1!2.xml.gz\"")
            #expect(reply.field("Content-Type") == "application/octet-stream")
            #expect(reply.field("X-Content-Type-Options") == "nosniff")
            #expect(reply.field("Content-Security-Policy")?.contains("sandbox") == true)
            let none = target.replacing("/r1/", with: "/r2/")
            #expect(try await world.get(none, try await browser("otto")).status == 404)
            #expect(try await world.get(target, try await browser("vera")).status == 403)
            #expect(try await world.get(target).status == (isProgram ? 401 : 303))
        }
    }

    @Test func `a server that sends nothing says so`() async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            for (source, text) in [
                (FixedSent(copies: 0, isSending: false), "None: this server sends no reports."),
                (FixedSent(copies: 0), "None yet."), (nil, "None: this server sends no reports."),
            ] {
                let page = try await world.serving(Dashboard.Sources(sent: source)).get("/sent", otto).text
                #expect(page.contains(text), "\(text)")
            }
        }
    }

    @Test(arguments: ["20261124.abc", "sender.example"])
    func `search finds what was sent, for who sees everything`(word: String) async throws {
        try await World.with { world in
            let otto = try await world.logIn("otto").browser
            let found = try await world.get("/api/v1/search?q=\(word)", otto).json
            #expect(found["sent"]?.arrayValue?.map { $0["id"]?.stringValue } == ["r1"])
            let page = try await world.get("/search?q=\(word)", otto).text
            #expect(page.contains("href=\"/sent/r1\"") && MarkupCheck.problems(page) == [])
            let narrow = try await world.token("otto", domains: ["sender.example"])
            for browser in [try await world.logIn("vera").browser, narrow] {
                #expect(try await world.get("/api/v1/search?q=\(word)", browser).json["sent"] == .array([]))
            }
            #expect(try await !world.get("/search?q=\(word)", world.logIn("vera").browser).text.contains("/sent/"))
            let many = world.serving(Dashboard.Sources(sent: FixedSent(copies: 60)))
            let answer = try await many.get("/api/v1/search?q=\(word)", otto).json
            #expect(answer["sent"]?.arrayValue?.count == 50 && answer["cut"]?.boolValue == true)
        }
    }
}
