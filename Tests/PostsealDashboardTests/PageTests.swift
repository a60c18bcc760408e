import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// What pages say and are made of, beyond what they show.
@Suite struct PageTests {
    /// The values of an attribute, of the elements that have a word in their tags.
    private static func values(_ attribute: String, of word: String, in page: String) -> [String] {
        page.split(separator: "<").filter { $0.prefix { $0 != ">" }.contains(word) }.compactMap { element in
            guard let range = element.firstRange(of: " \(attribute)=\"") else { return nil }
            return String(element[range.upperBound...].prefix { $0 != "\"" })
        }
    }

    private static func tls(_ policies: [String]) -> (String, String, Bool) {
        let text = """
            {"organization-name":"TLS Reporter","date-range":{"start-datetime":"2026-11-24T00:00:00Z",
            "end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"tls@reporter.example","report-id":"several",
            "policies":[\(policies.joined(separator: ","))]}
            """
        return ("t.json", text, true)
    }

    private static func policy(_ type: String, _ domain: String, failures: Int = 1) -> String {
        let details = (0..<failures).map {
            "{\"result-type\":\"kind-\($0)\",\"receiving-mx-hostname\":\"mx.\(domain)\",\"failed-session-count\":1}"
        }
        return """
            {"policy":{"policy-type":"\(type)","policy-string":["a: b"],"policy-domain":"\(domain)"},
            "summary":{"total-successful-session-count":5,"total-failure-session-count":\(failures)},
            "failure-details":[\(details.joined(separator: ","))]}
            """
    }

    @Test func `whatever can be scrolled is reached by the keyboard, and called as nothing else on its page`()
        async throws
    {
        let policies = [
            Self.policy("sts", "example.com"), Self.policy("tlsa", "example.com"), Self.policy("sts", "other.example"),
        ]
        try await World.with([Self.tls(policies), ("f.eml", Reports.failure("example.com"), true)]) { world in
            let otto = try await world.logIn("otto").browser
            let csrf = try await world.get("/account", otto).csrf
            let pages = [
                try await world.get("/reports/1", otto), try await world.get("/reports/2", otto),
                try await world.get("/messages/1", otto),
                try await world.post("/account/tokens", [("csrf", csrf), ("label", "x")], otto),
            ].map(\.text)
            for page in pages {
                let texts = page.split(separator: "<pre").dropFirst()
                #expect(!texts.isEmpty)
                for text in texts {
                    let attributes = text.prefix { $0 != ">" }
                    #expect(attributes.contains(" tabindex=\"0\"") && attributes.contains(" role=\"region\""))
                }
                let names = Self.values("aria-label", of: "role=\"region\"", in: page)
                #expect(names.count >= texts.count && Set(names).count == names.count, "\(names)")
            }
            for name in ["TLS failures of example.com", "TLS failures of example.com (2)"] {
                #expect(pages[0].contains("aria-label=\"\(name)\""))
            }
        }
    }

    @Test func `the lines of a header end where they end`() async throws {
        try await World.with([("f.eml", Reports.failure("example.com"), true)]) { world in
            let page = try await world.get("/reports/1", try await world.logIn("otto").browser).text
            #expect(page.contains(">From: somebody@example.com\nSubject: private words\n"))
            #expect(!page.contains("\u{FFFD}"))
        }
    }

    @Test func `a list of failures that is cut says where more are`() async throws {
        let policy = Self.policy("sts", "example.com", failures: TLSFigures.shownMax + 1)
        try await World.with([Self.tls([policy])]) { world in
            let otto = try await world.logIn("otto").browser
            let all = try await world.get("/tls", otto).text
            #expect(all.contains("And more: ") && all.contains("A domain&#39;s own page has its own."))
            let own = try await world.get("/domains/example.com/tls", otto).text
            #expect(own.contains("And more: ") && own.contains("The interface has more."))
            #expect(!own.contains("own page"))
        }
    }

    /// The sentence goes by the sheet of styles when rows have come into the list.
    @Test func `a live list that is empty says so behind its table`() async throws {
        try await World.with(messages: []) { world in
            let page = try await world.get("/messages", try await world.logIn("otto").browser).text
            #expect(page.contains("<tbody data-live=\"yes\"></tbody></table></div><p class=\"nothing\">There are"))
            #expect(Stylesheet.text.contains(".scroll:has([data-live] > tr) + .nothing { display: none; }"))
        }
    }

    @Test func `words of strangers break within their boxes`() {
        #expect(Stylesheet.text.contains("p, li, dt, dd, summary, label, .next, .alert, .done { overflow-wrap: any"))
        let rule = Stylesheet.text.split(separator: ".badge {").dropFirst().first?.prefix { $0 != "}" } ?? ""
        #expect(rule.contains("white-space: normal; overflow-wrap: break-word; max-width: 100%;"))
        #expect(badge(.bad, "two words").markup == "<span class=\"short badge bad\">two words</span>")
        for text in ["sixteen and more.", "\u{FDFD}"] {
            #expect(badge(.good, text).markup.hasPrefix("<span class=\"badge good\">"), "\(text)")
        }
    }
}
