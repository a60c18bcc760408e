import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Reports that unpack to much more than a page can have.
@Suite struct LargeReportTests {
    private static func list(_ count: Int, _ text: (Int) -> String) -> String {
        (0..<count).map { "\"\(text($0))\"" }.joined(separator: ",")
    }

    @Test func `a page has no more of a TLS report than can be read`() async throws {
        let long = String(repeating: "'", count: 300)
        let failures = (0..<700).map { number in
            """
            {"result-type":"certificate-expired","receiving-mx-hostname":"\(long)\(number)",
            "receiving-ip":"\(long)","failed-session-count":1}
            """
        }
        let policies = (0..<102).map { number in
            """
            {"policy":{"policy-type":"sts","policy-string":[\(Self.list(number < 3 ? 600 : 30) { _ in long })],
            "policy-domain":"example.com","mx-host":[\(Self.list(60) { "mx\($0).example.com" })]},
            "summary":{"total-successful-session-count":1,"total-failure-session-count":1},
            "failure-details":[\(number < 2 ? failures.joined(separator: ",") : "")]}
            """
        }
        let text = """
            {"organization-name":"\(long)","date-range":{"start-datetime":"2026-11-24T00:00:00Z",
            "end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"tls@reporter.example","report-id":"\(long)\(long)",
            "policies":[\(policies.joined(separator: ","))]}
            """
        try await World.with([("big.json", text, true)]) { world in
            let page = try await world.get("/reports/1", try await world.logIn("otto").browser).text
            #expect(page.utf8.count < 5_000_000, "\(page.utf8.count)")
            #expect(page.split(separator: "Policy of ").count == 101)
            // Policies, servers' names, failures of all policies together, and lines of a policy.
            for words in [
                "And 2 more; the file has all.", "mx49.example.com and 10 more", "And 400 more; the file has all.",
                "And 16 more; the file has all.", "And 586 more; the file has all.",
            ] {
                #expect(page.contains(words), "\(words)")
            }
            #expect(MarkupCheck.problems(page) == [])
        }
    }

    @Test func `long lists of an aggregate report say how much is left out`() async throws {
        let quotes = String(repeating: "'", count: 3000)
        let many = (0..<30).map { number in
            "<dkim><domain>d\(number).example</domain><result>pass</result></dkim>"
        }
        let reasons = (0..<25).map { "<reason><type>other</type><comment>\($0) \(quotes)</comment></reason>" }
        let errors = (0..<13).map { "<error>\($0)</error>" }.joined()
        let text = Reports.aggregate("example.com", id: "1")
            .replacing("<auth_results>", with: "<auth_results>" + many.joined())
            .replacing("</policy_evaluated>", with: reasons.joined() + "</policy_evaluated>")
            .replacing("</date_range>", with: "</date_range>" + errors)
            .replacing("<header_from>", with: "<envelope_from>\(quotes)</envelope_from><header_from>")
        try await World.with([("big.xml", text, true)]) { world in
            let page = try await world.get("/reports/1", try await world.logIn("otto").browser).text
            #expect(page.utf8.count < 100_000, "\(page.utf8.count)")
            for words in ["d9.example and 21 more", "and 15 more", "And 3 more; the file has all."] {
                #expect(page.contains(words), "\(words)")
            }
        }
    }

    @Test func `texts are cut off, whatever their characters are made of`() {
        let marks = "e" + String(repeating: "\u{301}", count: 100_000)
        #expect(marks.count == 1 && marks.shortened(10).unicodeScalars.count < 50)
        for (text, short) in [("", ""), ("abc", "abc"), ("abcd", "abc…"), ("äöü", "äöü"), ("äöüß", "äöü…")] {
            #expect(text.shortened(3) == short)
        }
        for (texts, count, characters, text, left) in [
            (["a", "b", "c"], 2, 9, "a, b", 1), (["abc", "def", "g"], 9, 5, "abc, de…", 1), ([], 2, 9, "", 0),
        ] {
            let shown = texts.shown(count, characters: characters)
            #expect(shown.text == text && shown.left == left)
        }
    }

    /// A door before which those wait who read, and how many of them there are.
    private actor Door {
        private(set) var most = 0
        private var inside = 0
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func pass() async {
            inside += 1
            most = max(most, inside)
            if !isOpen { await withCheckedContinuation { waiting.append($0) } }
            inside -= 1
        }

        func open() {
            isOpen = true
            for one in waiting { one.resume() }
            waiting = []
        }
    }

    private static func isRead(_ desk: ReadingDesk, _ door: Door) async throws -> Bool {
        do {
            _ = try await desk.read {
                await door.pass()
                return nil
            } using: {
                $0
            }
            return true
        } catch let refusal as Refusal {
            #expect(refusal.status == 503)
            return false
        }
    }

    @Test func `two files are read at once, some wait, and others are turned away`() async throws {
        let (desk, door) = (ReadingDesk(), Door())
        let all = ReadingDesk.placesMax + ReadingDesk.waitingMax
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<all + 5 { group.addTask { try await Self.isRead(desk, door) } }
            // Nobody who is let in comes back before the door is opened.
            for _ in 0..<5 { #expect(try await group.next() == false) }
            await door.open()
            var read = 0
            for try await isRead in group where isRead { read += 1 }
            #expect(read == all)
        }
        #expect(await door.most == ReadingDesk.placesMax)
        #expect(try await Self.isRead(desk, door))
    }

    @Test func `while too many are read others are told to come again, and pages have the rest`() async throws {
        try await World.with { world in
            let (desk, door) = (world.dashboard.desk, Door())
            let otto = try await world.logIn("otto").browser
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<ReadingDesk.placesMax + ReadingDesk.waitingMax + 1 {
                    group.addTask { try await Self.isRead(desk, door) }
                }
                // All places are taken once one is turned away.
                #expect(try await group.next() == false)
                for target in ["/reports/1", "/api/v1/reports/1"] {
                    let reply = try await world.get(target, otto)
                    #expect(reply.status == 503 && reply.field("Retry-After") == "5", "\(target)")
                    #expect(reply.text.contains("try again in a moment"), "\(target)")
                }
                let page = try await world.get("/domains/example.com", otto)
                #expect(page.status == 200 && page.text.contains("reported only"))
                await door.open()
                for try await isRead in group { #expect(isRead) }
            }
            #expect(try await world.get("/reports/1", otto).status == 200)
            #expect(try await world.get("/api/v1/reports/1", otto).json["content"] != .null)
        }
    }
}
