import Databases
import MailBytes
import MailReports
import PostsealReports
import TLSRPT
import TestSupport
import Testing

/// Names and sources that nothing is about any more, which go beside whoever writes meanwhile.
@Suite struct SweepTests {
    /// A report with names and sources that others can have as well.
    private static func arrival(_ id: String, _ numbers: Range<Int>, isCounted: Bool) throws -> ReportArrival {
        let records = numbers.map { number in
            Made.record(
                "198.51.\(number / 250).\(number % 250)", 1, dkim: false, spf: false, signed: ["d\(number).example"])
        }
        return try Made.arrival(Made.report(records, id: id, of: "p\(id).example"), isCounted: isCounted)
    }

    private static func failure(_ id: String) -> ReportArrival {
        let text = """
            From: r@reporter.example\r\nMessage-ID: <\(id)@reporter.example>\r\nMIME-Version: 1.0\r
            Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r
            --b\r\nContent-Type: message/feedback-report\r\n\r
            Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: x/1\r\nSource-IP: 203.0.113.1\r
            Reported-Domain: one.example\r\nReported-Domain: two.example\r\n\r
            --b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@one.example\r\n\r\n--b--\r\n
            """
        return ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now)
    }

    private static let tls = ReportArrival(
        reading: Array(
            """
            {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
            "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@sender.example","report-id":"1","policies":[
            {"policy":{"policy-type":"sts","policy-string":[],"policy-domain":"tls.example","mx-host":[]},
            "summary":{"total-successful-session-count":1,"total-failure-session-count":7},
            "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"192.0.2.55",
            "receiving-mx-hostname":"mx.tls.example","failed-session-count":7}]}]}
            """.utf8), name: "t.json", received: Made.now)

    /// Numbers that rows have, and that stand for nothing.
    private static func dangling(_ look: any DatabaseConnection) throws -> Int64 {
        let names = [
            ("totals", "domain"), ("totals", "via"), ("tls_tallies", "domain"), ("tls_tallies", "organization"),
            ("tls_tallies", "mx"), ("failures", "domain"), ("reports", "domain"), ("report_domains", "domain"),
        ]
        let sources = [
            ("tallies", "source"), ("tls_tallies", "sender"), ("report_sources", "source"), ("failures", "source"),
            ("hosts", "source"),
        ]
        var count: Int64 = 0
        for (columns, table) in [(names, "names"), (sources, "sources")] {
            for (holder, column) in columns {
                count +=
                    try look.number(
                        """
                        SELECT count(*) FROM \(holder) WHERE \(column) <> 0
                        AND \(column) NOT IN (SELECT id FROM \(table))
                        """) ?? 0
            }
        }
        return count
    }

    /// Of each kind of rows something stays, and nothing else.
    @Test(arguments: StoreKind.allCases)
    func whatRowsHaveStays(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            _ = try await store.take([Self.arrival("gone", 0..<300, isCounted: false), Self.failure("1"), Self.tls])
            _ = try await store.take([Self.arrival("kept", 290..<310, isCounted: true)])
            _ = try await store.take([Self.arrival("apart", 305..<320, isCounted: false)])
            try look.insert("INSERT INTO names(name)", width: 1, (0..<12_000).map { .text("unused-\($0)") })
            let before = try await store.reports(ReportQuery(count: 100)).map(\.id)
            #expect(try await store.drop([1]) == [1])
            _ = try await store.tidy(ReportRetention(), now: Made.now)
            #expect(try Self.dangling(look) == 0)
            let names = Set(try look.rows("SELECT name FROM names") { $0.text(0) })
            let wanted = ["pkept.example", "papart.example", "one.example", "two.example", "tls.example", "Sender"]
            #expect(names == Set(wanted + ["mx.tls.example"] + (290..<310).map { "d\($0).example" }))
            // Those of the counted one, of the one that is kept apart, of the failure and of the session.
            #expect(try look.number("SELECT count(*) FROM sources") == 30 + 2)
            #expect(try await store.reports(ReportQuery(count: 100)).map(\.id) == before.filter { $0 != 1 })
            #expect(try look.number("SELECT sweep FROM numbering_state") == 0)
        }
    }

    /// A node of an earlier version begins each transaction with this, and would note nothing.
    @Test(arguments: StoreKind.allCases)
    func nodesOfEarlierVersionsWriteNothing(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            try await SQLReportStore(at: place).connect()
            let look = try kind.connect(place)
            #expect(throws: DatabaseError.self) { try look.number("SELECT generation FROM numbering") }
            #expect(try look.number("SELECT generation FROM numbering_state") != nil)
        }
    }

    /// What others put in while somebody looks for what is unused may have names that had been unused until then.
    @Test(arguments: StoreKind.allCases)
    func whatComesMeanwhileKeepsItsNames(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            let other = try SQLReportStore(at: place)
            try await store.connect()
            for round in 0..<5 {
                let unused = (0..<6000).map { DatabaseValue.text("d\($0).example") }
                try look.insert("INSERT INTO names(name)", width: 1, unused, "ON CONFLICT DO NOTHING")
                _ = try await store.take([Self.arrival("x\(round)", 0..<400, isCounted: false)])
                let id = try #require(try await store.reports(ReportQuery(reportID: "x\(round)")).first?.id)
                _ = try await store.drop([id])
                let tidying = Task { try await store.tidy(ReportRetention(), now: Made.now) }
                for step in 0..<40 {
                    let first = (round * 40 + step) * 2 % 390
                    let arrival = try Self.arrival("\(round)-\(step)", first..<first + 10, isCounted: true)
                    _ = try await (step % 2 == 0 ? other : store).take([arrival])
                }
                _ = try await tidying.value
                #expect(try Self.dangling(look) == 0)
            }
            for number in 0..<200 {
                let domain = "p\(number / 40)-\(number % 40).example"
                #expect(try await Made.total(store, domain) == 10, "\(domain)")
            }
        }
    }

    /// Whoever writes notes what another one must not drop; a sweep that has no end is begun anew.
    @Test(arguments: StoreKind.allCases)
    func numbersAreNotedAsLongAsASweepGoesOn(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let (store, look) = (try SQLReportStore(at: place), try kind.connect(place))
            func noted() throws -> [Int64?] {
                try (0...1).map { kind in
                    try look.number("SELECT count(*) FROM numbers_in_use WHERE kind = ?", [.integer(kind)])
                }
            }
            _ = try await store.take([Self.arrival("1", 0..<20, isCounted: true)])
            #expect(try noted() == [0, 0])
            // As another node does, which ends before the sweep does.
            try look.run("UPDATE numbering_state SET sweep = 7")
            _ = try await store.take([Self.arrival("2", 10..<20, isCounted: true)])
            #expect(try noted() == [11, 10])
            _ = try await store.take([Self.tls])
            #expect(try noted() == [14, 11])
            _ = try await store.tidy(ReportRetention(), now: Made.now)
            #expect(try noted() == [0, 0])
            #expect(try look.number("SELECT sweep FROM numbering_state") == 0)
            #expect(try Self.dangling(look) == 0)
        }
    }
}
