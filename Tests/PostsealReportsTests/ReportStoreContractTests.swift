import MailBytes
import MailNames
import MailReports
import PostsealReports
import TestSupport
import Testing

/// What every store promises. Each test runs over all of them.
@Suite struct ReportStoreContractTests {
    @Test(arguments: StoreKind.allCases)
    func aReportCountsOnceHoweverItComes(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let report = Made.report()
            #expect(try await store.take([Made.arrival(report)]) == [[.new(1)]])
            #expect(try await store.take([Made.arrival(report)]) == [[.known(1)]])
            // Packed otherwise, within one call, and after a restart.
            let packed = try Made.arrival(report, packed: true)
            #expect(try await store.take([packed, packed]) == [[.known(1)], [.known(1)]])
            #expect(try await again().take([packed]) == [[.known(1)]])
            #expect(try await Made.total(store) == 10)
            #expect(try await store.reports(ReportQuery()).count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func oneAddressCanSignWithAnyNumberOfNames(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for day in 0..<3 {
                let records = (1...40).map { number in
                    Made.record(
                        "192.0.2.1", number, dkim: false, spf: false, signed: ["s\(number).example"], returnPath: nil)
                }
                let report = Made.report(records, id: "\(day)", begin: Made.day + Int64(day) * 86_400)
                _ = try await store.take([Made.arrival(report)])
            }
            let sources = try await store.sources(
                of: "example.com", from: UnixTime(seconds: 0), to: UnixTime(seconds: .max))
            let counts = Dictionary(uniqueKeysWithValues: sources.map { ($0.via, $0.messages) })
            #expect(counts == Dictionary(uniqueKeysWithValues: (1...40).map { ("s\($0).example", $0 * 3) }))
        }
    }

    @Test(arguments: [1, 170, 171, 600])
    func namesWithoutEndAreKeptAsTheSameAgain(_ count: Int) {
        for text in [String(repeating: "\0", count: count), String(repeating: "é", count: count)] {
            let kept = StoredName.form(text)
            #expect(kept.utf8.count <= 515 && !kept.utf8.contains(0))
            #expect(StoredName.form(kept) == kept)
        }
    }

    @Test(arguments: [0, 1, 127, 128, 200])
    func textsInThePlaceOfAnAddressAreCutBetweenCharacters(_ count: Int) {
        let kept = StoredSource.octets(.other("x" + String(repeating: "é", count: count)))
        #expect(kept.count == 2 + 2 * min(count, 127))
        #expect(StoredSource.octets(StoredSource.source(kept)) == kept)
    }

    @Test(arguments: StoreKind.allCases)
    func longTextsInThePlaceOfAnAddressAreKeptAsOne(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let long = String(repeating: "x", count: 300)
            func arrival(_ report: DMARCAggregateReport) throws -> ReportArrival {
                let text = String(decoding: try report.document(), as: UTF8.self)
                let wrong = text.replacing("192.0.2.", with: long)
                return ReportArrival(reading: Array(wrong.utf8), name: nil, received: Made.now)
            }
            let first = Made.report([Made.record("192.0.2.1", 3), Made.record("192.0.2.2", 4)])
            let second = Made.report([Made.record("192.0.2.3", 5)], id: "2")
            #expect(try await store.take([arrival(first)]) == [[.new(1)]])
            #expect(try await again().take([arrival(second)]) == [[.new(2)]])
            #expect(try await Made.total(store) == 12)
            let tallies = try await store.tallies(
                of: "example.com", .day, from: UnixTime(seconds: 0), to: UnixTime(seconds: .max))
            #expect(tallies.count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatTellsReportsApart(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let all = [
                Made.report(), Made.report(id: "2"), Made.report(by: "Other"), Made.report(of: "example.org"),
                Made.report(begin: Made.day - 86_400), Made.report(end: Made.day + 3600),
            ]
            for report in all {
                let result = try await store.take([Made.arrival(report)])
                guard case .new? = result.first?.first else {
                    Issue.record("\(report.reportID) is not new: \(result)")
                    continue
                }
            }
            // Reporters write their own name in capitals, and not.
            #expect(try await store.take([Made.arrival(Made.report(by: "REPORTER"))]).first?.first == .known(1))
            #expect(try await store.reports(ReportQuery()).count == all.count)
            #expect(try await store.domains() == ["example.com", "example.org"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theFirstOfTwoThatDifferCounts(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let forged = Made.report([Made.record("203.0.113.9", 1_000_000)])
            let arrivals = [try Made.arrival(Made.report()), try Made.arrival(forged)]
            #expect(try await store.take(arrivals) == [[.new(1)], [.conflicting(1)]])
            #expect(try await Made.total(store) == 10)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func originalsAreKeptAsTheyCame(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let arrival = try Made.arrival(Made.report(Array(repeating: Made.record(), count: 500)))
            let packed = try Made.arrival(Made.report(id: "2"), packed: true)
            _ = try await store.take([arrival, packed])
            for (id, kept) in [(Int64(1), arrival), (2, packed)] {
                let original = try #require(try await again().original(of: id))
                #expect(original.octets == kept.octets)
                #expect(original.name == kept.name)
            }
            #expect(try await store.original(of: 3) == nil)
            let report = try #require(try await store.report(1))
            #expect(report.hasOriginal && report.messages == 5000 && report.organization == "Reporter")
            #expect(
                report.domain == "example.com" && report.begin?.seconds == Made.day && report.kind == "dmarc-aggregate")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func refusalsAreResultsAndStopNothing(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let junk = ReportArrival(reading: Array("no report".utf8), name: nil, received: Made.now)
            let result = try await store.take([junk, Made.arrival(Made.report())])
            guard case .refused? = result.first?.first else {
                Issue.record("not refused: \(result)")
                return
            }
            #expect(result.last == [.new(1)])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whoIsNotVerifiedIsKeptApart(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take([Made.arrival(Made.report(), isCounted: false)])
            #expect(try await Made.total(store) == 0)
            let coverage = try await store.coverage(
                of: "example.com", from: UnixTime(seconds: 0), to: Made.now)
            #expect(coverage == ReportCoverage(reports: 0, reporters: 0, uncountedReports: 1, policy: nil))
            #expect(try await store.report(1)?.isCounted == false)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func sumsAreByDayAndShortReportsByHourToo(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let reports = [
                Made.report(id: "day"), Made.report(id: "hour", begin: Made.day + 7200, end: Made.day + 10_799),
                // From noon to noon, and a little more of it on the first day.
                Made.report(id: "noon", begin: Made.day + 43_000, end: Made.day + 43_000 + 86_399),
            ]
            for report in reports { _ = try await store.take([Made.arrival(report)]) }
            let (first, last) = (UnixTime(seconds: 0), UnixTime(seconds: .max))
            let days = try await store.tallies(of: "example.com", .day, from: first, to: last)
            #expect(days.map(\.messages) == [30])
            #expect(days.map(\.start.seconds) == [Made.day])
            let hours = try await store.tallies(of: "example.com", .hour, from: first, to: last)
            #expect(hours.map(\.messages) == [10])
            #expect(hours.map(\.start.seconds) == [Made.day + 7200])
            let none = try await store.tallies(
                of: "example.com", .day, from: UnixTime(seconds: Made.day + 1), to: last)
            #expect(none.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func keysOfSumsComeBack(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let records = [
                Made.record("192.0.2.1", 1, dkim: false, spf: true, .pass, signed: ["service.example"]),
                Made.record(
                    "2001:db8::1", 2, from: "news.example.com", dkim: false, spf: false, .reject, signed: [],
                    returnPath: nil, [DMARCReportReason(type: .mailingList)]),
            ]
            _ = try await store.take([Made.arrival(Made.report(records))])
            let tallies = try await store.tallies(of: "example.com", .day, from: .init(seconds: 0), to: Made.now)
                .sorted { $0.messages < $1.messages }
            let v6 = try #require(IPAddress("2001:db8::1"))
            let v4 = try #require(IPAddress("192.0.2.1"))
            #expect(
                tallies.map(\.key) == [
                    ReportTallyKey(
                        source: .address(v4), via: "service.example", isDKIMAligned: false, isSPFAligned: true,
                        disposition: .pass),
                    ReportTallyKey(
                        source: .address(v6), via: nil, isDKIMAligned: false, isSPFAligned: false,
                        disposition: .reject, exception: .mailingList, isSubdomain: true),
                ])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func hugeCountsDoNotOverflow(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for id in 1...3 {
                let records = Array(repeating: Made.record("192.0.2.1", MailReportLimits.countMax), count: 5)
                _ = try await store.take([Made.arrival(Made.report(records, id: "\(id)"))])
            }
            let tallies = try await store.tallies(
                of: "example.com", .day, from: UnixTime(seconds: 0), to: UnixTime(seconds: .max))
            #expect(tallies.map(\.messages) == [MailReportLimits.countMax])
        }
    }

    /// What a stranger writes comes back as it was, and nothing else happens.
    @Test(
        arguments: StoreKind.allCases,
        [
            "'; drop table reports; --", "<script>alert(1)</script>", "%s%n", "\u{202E}gpj", "a\u{7F}b", "null",
            "\u{1F4E8}",
        ])
    func hostileTextStaysText(_ kind: StoreKind, _ text: String) async throws {
        try await kind.withStore { store, _ in
            var report = Made.report([Made.record(text, 3, from: text)], id: text, by: text, of: text)
            report.records[0].envelopeTo = text
            // Not through a document: that would not have such names.
            let octets = Array(Self.document(text).utf8)
            let arrival = ReportArrival(reading: octets, name: text, received: Made.now)
            let result = try await store.take([arrival])
            #expect(result == [[.new(1)]])
            let stored = try #require(try await store.reports(ReportQuery(reportID: text)).first)
            #expect(stored.organization == text && stored.reportID == text && stored.domain == text.lowercased())
            #expect(try await store.domains() == [text.lowercased()])
            #expect(try await store.original(of: 1)?.name == text)
            #expect(try await Made.total(store, text.lowercased()) == 3)
        }
    }

    private static func document(_ text: String) -> String {
        let safe = text.flatMap { $0 == "<" ? "&lt;" : $0 == "&" ? "&amp;" : String($0) }
        let word = String(safe)
        return """
            <feedback><report_metadata><org_name>\(word)</org_name><email>a@b.example</email>
            <report_id>\(word)</report_id>
            <date_range><begin>\(Made.day)</begin><end>\(Made.day + 86_399)</end></date_range></report_metadata>
            <policy_published><domain>\(word)</domain><p>none</p></policy_published>
            <record><row><source_ip>\(word)</source_ip><count>3</count><policy_evaluated><disposition>none</disposition>
            <dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>\(word)</header_from>
            </identifiers><auth_results></auth_results></record></feedback>
            """
    }

    @Test(arguments: StoreKind.allCases)
    func ageRemovesInOrder(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for days in [0, 10, 20, 30] {
                let begin = Made.day - Int64(days) * 86_400
                _ = try await store.take([Made.arrival(Made.report(id: "\(days)", begin: begin))])
            }
            let retention = ReportRetention(originalDays: 12, recordDays: 20, tallyDays: 30)
            let removal = try await store.tidy(retention, now: Made.now)
            #expect(removal == ReportRemoval(originals: 3, records: 2, reports: 1))
            let left = try await store.reports(ReportQuery())
            #expect(left.map(\.reportID) == ["0", "10", "20"])
            #expect(left.map(\.hasOriginal) == [true, false, false])
            #expect(try await Made.total(store) == 30)
            // Still known: it must not count again.
            let again = Made.report(id: "20", begin: Made.day - 20 * 86_400)
            #expect(try await store.take([Made.arrival(again)]) == [[.known(3)]])
            #expect(try await store.tidy(retention, now: Made.now) == ReportRemoval())
        }
    }

    /// At the start, and while it runs; a store that nobody has looked at for years is tidied once the clock has gone
    /// on.
    @Test(arguments: StoreKind.allCases)
    func aClockThatLeaptRemovesNothing(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            // Years ago, so that a server's own clock is the later one.
            let begin = UnixTime(seconds: Made.day - 1500 * 86_400)
            let ahead = begin.adding(seconds: 1200 * 86_400)
            let report = Made.report(begin: begin.seconds)
            _ = try await store.take([Made.arrival(report, received: begin)])
            let retention = ReportRetention()
            #expect(try await store.tidy(retention, now: ahead) == ReportRemoval(clockDoubted: begin))
            #expect(try await store.tidy(retention, now: begin.adding(seconds: 86_400)) == ReportRemoval())
            let last = begin.adding(seconds: 86_400)
            for hour in 0..<24 {
                let removal = try await again().tidy(retention, now: ahead.adding(seconds: Int64(hour) * 3600))
                #expect(removal == ReportRemoval(clockDoubted: last))
            }
            #expect(try await Made.total(store) == 10)
            #expect(try await store.tidy(retention, now: ahead.adding(seconds: 24 * 3600)).reports == 1)
        }
    }

    /// The server's clock holds a node's clock that goes on wrongly.
    @Test func aServerKnowsTheTimeAsWell() async throws {
        for kind in StoreKind.allCases where kind == .postgreSQL {
            try await kind.withStore { store, _ in
                _ = try await store.take([Made.arrival(Made.report())])
                for hour in 0..<30 {
                    let ahead = UnixTime(seconds: Made.day + 9000 * 86_400 + Int64(hour) * 3600)
                    #expect(try await store.tidy(ReportRetention(), now: ahead).reports == 0)
                }
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func sizeRemovesTheOldestOriginalsAndSumsStay(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var generator = Numbers(seed: 1)
            for number in 0..<500 {
                let records = (0..<40).map { _ in
                    Made.record("192.0.2.\(generator.below(255))", generator.below(1_000_000) + 1)
                }
                let begin = Made.day - Int64(number) * 3600
                _ = try await store.take([Made.arrival(Made.report(records, id: "\(number)", begin: begin))])
            }
            let before = try await Made.total(store)
            let removal = try await store.tidy(ReportRetention(octetsMax: 1 << 20), now: Made.now)
            #expect(removal.originals > 0 && removal.reports == 0)
            #expect(try await Made.total(store) == before)
            #expect(try await store.reports(ReportQuery(count: 1000)).count == 500)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func coverageTellsReportsReportersAndTheNewestPolicy(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let reports = [
                Made.report(id: "1", begin: Made.day - 86_400, policy: .none),
                Made.report(id: "2", policy: .reject, isTesting: true), Made.report(id: "1", by: "Other", begin: 0),
                Made.report(id: "3", of: "example.org"),
            ]
            for report in reports { _ = try await store.take([Made.arrival(report)]) }
            let coverage = try await store.coverage(
                of: "example.com", from: UnixTime(seconds: Made.day - 86_400), to: Made.now)
            #expect(
                coverage
                    == ReportCoverage(
                        reports: 2, reporters: 1, uncountedReports: 0,
                        policy: StoredPolicy(policy: "reject", isTesting: true),
                        lastReport: UnixTime(seconds: Made.day)))
        }
    }

    /// Somebody may have noted it, or have a page of it open.
    @Test(arguments: StoreKind.allCases)
    func theNumberOfAReportThatIsGoneIsNoOtherOnes(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            for number in Int64(1)...3 {
                let report = Made.report(id: "\(number)")
                #expect(try await store.take([Made.arrival(report, isCounted: false)]) == [[.new(number)]])
                #expect(try await store.drop([number]) == [number])
            }
            // Nor after a restart, nor where one goes for another.
            #expect(try await again().take([Made.arrival(Made.report(), isCounted: false)]) == [[.new(4)]])
            #expect(try await store.take([Made.arrival(Made.report())]) == [[.new(5)]])
            let next = try await store.take([Made.arrival(Made.report(id: "x")), Made.arrival(Made.report(id: "y"))])
            #expect(next == [[.new(6)], [.new(7)]])
        }
    }
}
