import MailBytes
import MailNames
import MailReports
import PostsealReports
import TLSRPT
import TestSupport
import Testing

/// Sums beside the tallies, samples, search, and reports that are kept apart: what every store promises.
@Suite struct ReportRollupTests {
    private static let everything = (UnixTime(seconds: 0), UnixTime(seconds: .max))

    private static func tls(_ id: String = "1", isCounted: Bool = true) -> ReportArrival {
        let text = """
            {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
            "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@sender.example","report-id":"\(id)","policies":[
            {"policy":{"policy-type":"sts","policy-string":[],"policy-domain":"example.com",
            "mx-host":["*.example.com"]},
            "summary":{"total-successful-session-count":100,"total-failure-session-count":7},"failure-details":[
            {"result-type":"certificate-expired","sending-mta-ip":"192.0.2.5",
            "receiving-mx-hostname":"MX1.example.com.","failed-session-count":4},
            {"result-type":"=new-word","receiving-mx-hostname":"mx2.example.com","failed-session-count":3}]},
            {"policy":{"policy-type":"tlsa","policy-domain":"example.org"},
            "summary":{"total-successful-session-count":5,"total-failure-session-count":0}}]}
            """
        return ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now, isCounted: isCounted)
    }

    private static func failure(
        _ id: String, domains: [String] = ["example.com"], isCounted: Bool = true
    ) -> ReportArrival {
        let fields = domains.map { "Reported-Domain: \($0)\r\n" }.joined()
        let text = """
            From: r@reporter.example\r\nMessage-ID: <\(id)@reporter.example>\r\nMIME-Version: 1.0\r
            Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r
            --b\r\nContent-Type: text/plain\r\n\r\nA failure.\r
            --b\r\nContent-Type: message/feedback-report\r\n\r
            Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: x/1\r\nAuth-Failure: dmarc\r
            Identity-Alignment: spf, dkim\r\nDelivery-Result: reject\r\nSource-IP: 203.0.113.\(id)\r
            Original-Mail-From: <bounce@evil.example>\r\nArrival-Date: Fri, 20 Nov 2026 0\(id):00:00 +0000\r
            \(fields)\r
            --b\r\nContent-Type: text/rfc822-headers\r\n\r
            From: "<b>Boss</b>" <boss@example.com>\r\nSubject: hi\r\n\r\n--b--\r\n
            """
        return ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now, isCounted: isCounted)
    }

    private static let samples = [
        failure("1"), failure("2", domains: ["example.com", "example.org"]), failure("3", isCounted: false),
    ]

    @Test(arguments: StoreKind.allCases)
    func sessionsCountUnderEachDomain(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            #expect(try await store.take([Self.tls(), Self.tls()]) == [[.new(1)], [.known(1)]])
            _ = try await store.take([Self.tls("2"), Self.tls("3", isCounted: false)])
            let (from, to) = Self.everything
            let tallies = try await store.tlsTallies(of: "example.com", from: from, to: to)
            let sender = try #require(IPAddress("192.0.2.5"))
            #expect(
                tallies.map(\.outcome) == [
                    .succeeded, .failed, .failure(.init(result: "=new-word", mx: "mx2.example.com")),
                    .failure(.init(result: "certificate-expired", mx: "mx1.example.com", sender: .address(sender))),
                ])
            #expect(tallies.map(\.sessions) == [200, 14, 6, 8])
            #expect(tallies.allSatisfy { $0.organization == "Sender" && $0.policyType == "sts" })
            #expect(tallies.allSatisfy { $0.day.seconds == Made.day })
            let other = try await store.tlsTallies(of: "example.org", from: from, to: to)
            #expect(other.map(\.sessions) == [10] && other.map(\.policyType) == ["tlsa"])
            #expect(try await store.domains() == ["example.com", "example.org"])
            // It is found by each of its domains.
            for domain in ["example.com", "example.org"] {
                #expect(try await store.reports(ReportQuery(domain: domain)).map(\.id) == [3, 2, 1])
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func failuresAreListed(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for arrival in Self.samples { _ = try await store.take([arrival]) }
            let all = try await store.failures(FailureQuery(domain: "example.com"))
            #expect(all.map(\.report) == [3, 2, 1] && all.map(\.isCounted) == [false, true, true])
            let first = try #require(all.last)
            #expect(first.authFailure == "dmarc" && first.deliveryResult == "reject" && first.incidents == 1)
            #expect(first.identityAlignment == ["spf", "dkim"] && first.mailFrom == "<bounce@evil.example>")
            #expect(first.author == "\"<b>Boss</b>\" <boss@example.com>" && first.source.text == "203.0.113.1")
            #expect(first.arrival?.rfc3339 == "2026-11-20T01:00:00Z" && first.hasOriginal)
            #expect(try await store.failures(FailureQuery(domain: "example.org")).map(\.report) == [2])
            let page = try await store.failures(FailureQuery(domain: "example.com", before: 3, count: 1))
            #expect(page.map(\.report) == [2])
            #expect(all.map(\.isAboutSeveral) == [false, true, false])
            #expect(try await store.failures(FailureQuery()).count == 4)
            // Page by page: the rows of a report are not torn apart.
            for (count, pages) in [
                (1, [[3], [2, 2], [1]]), (2, [[3, 2, 2], [1]]), (3, [[3, 2, 2], [1]]), (4, [[3, 2, 2, 1]]),
            ] {
                var before: Int64?
                for expected in pages + [[]] {
                    let page = try await store.failures(FailureQuery(before: before, count: count))
                    #expect(page.map(\.report) == expected.map { Int64($0) })
                    before = page.last?.report ?? before
                }
            }
            let address = try #require(IPAddress("203.0.113.2"))
            #expect(try await store.reports(ReportQuery(source: .address(address))).map(\.id) == [2])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsKeptApartCanBeAcceptedOrDropped(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let report = Made.report([Made.record("192.0.2.1", 3), Made.record("192.0.2.2", 4, dkim: false)])
            _ = try await store.take([Made.arrival(report, isCounted: false), Self.tls(isCounted: false)])
            _ = try await store.take([Made.arrival(Made.report(id: "2"), isCounted: false), Self.samples[2]])
            #expect(try await Made.total(store) == 0)
            #expect(try await store.accept([1, 2, 1, 99]) == [1, 2])
            #expect(try await store.accept([1]) == [])
            #expect(try await Made.total(again()) == 7)
            let (from, to) = Self.everything
            #expect(try await again().tlsTallies(of: "example.com", from: from, to: to).count == 4)
            #expect(try await store.drop([1, 3, 4, 77]) == [3, 4])
            #expect(try await store.reports(ReportQuery()).map(\.id).sorted() == [1, 2])
            #expect(try await store.original(of: 3) == nil)
            #expect(try await store.failures(FailureQuery()).isEmpty)
            #expect(try await Made.total(store) == 7)
            // Nothing is known of it: it can come again, and count.
            guard case .new? = try await store.take([Made.arrival(Made.report(id: "2"))]).first?.first else {
                Issue.record("it is not new")
                return
            }
            #expect(try await Made.total(store) == 17)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func totalsAndSourcesAgreeWithTallies(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var numbers = Numbers(seed: 11)
            for number in 0..<30 {
                let records = (0..<numbers.below(30) + 1).map { _ in
                    Made.record(
                        "192.0.2.\(numbers.below(9))", numbers.below(1000) + 1, dkim: numbers.below(2) == 0,
                        spf: numbers.below(2) == 0, signed: ["s\(numbers.below(3)).example"])
                }
                let begin = Made.day - Int64(numbers.below(20)) * 86_400
                _ = try await store.take([Made.arrival(Made.report(records, id: "\(number)", begin: begin))])
            }
            let (begin, end) = (UnixTime(seconds: Made.day - 9 * 86_400), UnixTime(seconds: Made.day + 86_400))
            let before = begin.adding(seconds: begin.seconds - end.seconds)
            let tallies = try await store.tallies(of: "example.com", .day, from: before, to: end)
            let slow = SenderSummary(domain: "example.com", begin: begin, end: end, tallies: tallies)
            let fast = try await store.summary(of: "example.com", begin: begin, end: end)
            #expect(fast.senders == slow.senders && slow.messages > 0 && slow.messagesBefore > 0)
            let totals = try await store.totals(of: "example.com", .day, from: before, to: end)
            #expect(totals.count < tallies.count)
            // Neither is left behind when both are forgotten.
            let retention = ReportRetention(originalDays: 5, recordDays: 5, tallyDays: 10)
            _ = try await store.tidy(retention, now: Made.now)
            let left = try await store.tallies(of: "example.com", .day, from: before, to: end)
            let leftTotals = try await store.totals(of: "example.com", .day, from: before, to: end)
            #expect(left.reduce(0) { $0 + $1.messages } == leftTotals.reduce(0) { $0 + $1.messages } && !left.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func reportsAreFound(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let reports = [
                Made.report(id: "abc-100%", by: "Big Mail"),
                Made.report(id: "x_y", by: "Small!", of: "shop.example.org"),
                Made.report([Made.record("2001:db8::7")], id: "XaY", by: "Big Mail"),
            ]
            for report in reports { _ = try await store.take([Made.arrival(report)]) }
            func found(_ text: String) async throws -> [Int64] {
                try await store.reports(ReportQuery(search: text)).map(\.id)
            }
            #expect(try await found("big") == [3, 1])
            #expect(try await found("100%") == [1])
            #expect(try await found("x_y") == [2])
            #expect(try await found("l!") == [2])
            #expect(try await found("SHOP.") == [2])
            #expect(try await found("%") == [1])
            #expect(try await found("'") == [])
            #expect(try await found("2001:DB8:0::7") == [3])
            #expect(try await found("192.0.2.1") == [2, 1])
            #expect(try await store.reports(ReportQuery(organization: "Big Mail")).map(\.id) == [3, 1])
            #expect(try await store.reports(ReportQuery(isCounted: false)).isEmpty)
            #expect(try await store.reports(ReportQuery(search: "big", before: 3, count: 5)).map(\.id) == [1])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func pagesHaveEachReportOnce(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for number in 0..<25 {
                let begin = Made.day - Int64(number % 4) * 86_400
                _ = try await store.take([Made.arrival(Made.report(id: "\(number)", begin: begin))])
            }
            let all = try await store.reports(ReportQuery()).map(\.id)
            var paged: [Int64] = []
            while true {
                let page = try await store.reports(ReportQuery(before: paged.last, count: 4))
                if page.isEmpty { break }
                paged += page.map(\.id)
            }
            #expect(paged == all && all.count == 25)
        }
    }

    /// Nodes that take the same reports at the same moment.
    @Test(arguments: StoreKind.allCases)
    func nodesCountEachReportOnce(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let arrivals = try (0..<24).map { number in
                try Made.arrival(
                    Made.report(
                        [Made.record("192.0.2.\(number % 5)", from: "a\(number % 7).example.com")], id: "\(number)"))
            }
            let new = try await withThrowingTaskGroup(of: Int.self) { group in
                for node in 0..<4 {
                    group.addTask {
                        let store = try again()
                        var new = 0
                        // In another order each, some of them together.
                        let mine = Array(arrivals[(node * 5)...] + arrivals[..<(node * 5)])
                        for start in stride(from: 0, to: mine.count, by: node + 1) {
                            let results = try await store.take(Array(mine[start..<min(start + node + 1, mine.count)]))
                            for case .new in results.joined() { new += 1 }
                        }
                        return new
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(new == 24)
            #expect(try await Made.total(store) == 240)
        }
    }

    /// Texts that are longer than any index takes, and with what PostgreSQL has not, lose nothing.
    @Test(arguments: StoreKind.allCases)
    func longTextsAreKept(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var numbers = Numbers(seed: 3)
            let noise = String(
                String.UnicodeScalarView(
                    (0..<4000).map { _ in
                        Unicode.Scalar(UInt32(numbers.below(20_000)) + 0x4E00) ?? "a"
                    }))
            // Not through a document: that would not have such names.
            let text = """
                <feedback><report_metadata><org_name>\(noise)</org_name><email>a@b.example</email>
                <report_id>\(noise.prefix(1300))</report_id>
                <date_range><begin>\(Made.day)</begin><end>\(Made.day + 86_399)</end></date_range></report_metadata>
                <policy_published><domain>example.com</domain><p>none</p></policy_published>
                <record><row><source_ip>\(noise)</source_ip><count>5</count><policy_evaluated>
                <disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers>
                <header_from>\(noise)</header_from></identifiers><auth_results></auth_results></record></feedback>
                """
            for (number, octets) in [text, text.replacing("<report_id>", with: "<report_id>&#0;")].enumerated() {
                let arrival = ReportArrival(reading: Array(octets.utf8), name: "a\u{0}b", received: Made.now)
                let result = try await store.take([arrival, Made.arrival(Made.report(id: "\(number)"))])
                guard case .new? = result.last?.first else {
                    Issue.record("the batch is lost: \(result)")
                    return
                }
            }
            #expect(try await Made.total(store) >= 25)
            #expect(try await store.reports(ReportQuery(search: String(noise.prefix(20)))).count >= 1)
        }
    }
}
