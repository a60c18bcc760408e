import MailBytes
import MailReports
import PostsealReports
import TLSRPT
import TestSupport
import Testing

/// What becomes of reports that say that they are the same one: what nobody vouches for keeps nobody from anything.
@Suite struct SameReportTests {
    private static let genuine = Made.report([Made.record("192.0.2.1", 500)])
    private static let forged = Made.report([Made.record("203.0.113.9", 1)])
    private static let conflict = "other-report-counts"

    private static func apart(_ store: any ReportStore) async throws -> [StoredReport] {
        try await store.reports(ReportQuery(isCounted: false))
    }

    @Test(arguments: StoreKind.allCases)
    func aReportKeptApartCountsWhenItComesFromItsSender(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let first = try await store.take([Made.arrival(Self.genuine, isCounted: false)])
            guard case .new? = first.first?.first else {
                Issue.record("\(first)")
                return
            }
            let second = try await again().take([Made.arrival(Self.genuine, packed: true)])
            guard case .new(let id)? = second.first?.first else {
                Issue.record("\(second)")
                return
            }
            #expect(try await Made.total(store) == 500)
            #expect(try await Self.apart(store).isEmpty)
            #expect(try await store.original(of: id)?.name == "report.xml.gz")
            #expect(try await store.take([Made.arrival(Self.genuine, isCounted: false)]) == [[.known(id)]])
            #expect(try await store.reports(ReportQuery()).count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aForgeryMakesRoomAndIsKept(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take([Made.arrival(Self.forged, isCounted: false)])
            let result = try await store.take([Made.arrival(Self.genuine)])
            guard case .new(let id)? = result.first?.first else {
                Issue.record("\(result)")
                return
            }
            #expect(try await Made.total(store) == 500)
            let apart = try await Self.apart(store)
            #expect(apart.map(\.messages) == [1] && apart.first?.quirks.last == Self.conflict)
            #expect(apart.first?.hasOriginal == true)
            // It comes again, and is there; and it never counts beside the other.
            #expect(try await store.take([Made.arrival(Self.forged)]) == [[.conflicting(id)]])
            #expect(try await Self.apart(store).count == 1)
            #expect(try await store.accept(apart.map(\.id)) == [])
            #expect(try await Made.total(store) == 500)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatComesLaterAndSaysOtherThingsIsKeptApart(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            #expect(try await store.take([Made.arrival(Self.genuine)]) == [[.new(1)]])
            for isCounted in [true, false, true] {
                let result = try await store.take([Made.arrival(Self.forged, isCounted: isCounted)])
                #expect(result == [[.conflicting(1)]])
            }
            #expect(try await Self.apart(store).map(\.quirks) == [[Self.conflict]])
            #expect(try await Made.total(store) == 500)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whyAReportIsKeptApart(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for report in [Self.forged, Self.genuine] {
                _ = try await store.take([Made.arrival(report, isCounted: false)])
            }
            // The later one has the word, and none of them counts.
            for report in try await Self.apart(store) {
                #expect(try await store.reasonApart(of: report) == .unverified)
            }
            _ = try await store.take([Made.arrival(Self.genuine)])
            let counted = try #require(try await store.reports(ReportQuery(isCounted: true)).first)
            #expect(try await store.reasonApart(of: counted) == nil)
            for report in try await Self.apart(store) {
                #expect(try await store.reasonApart(of: report) == .otherCounts(counted.id))
            }
            // Of another reporter or period it is another one.
            for other in [Made.report(id: "2"), Made.report(by: "Other"), Made.report(begin: Made.day - 86_400)] {
                _ = try await store.take([Made.arrival(other)])
            }
            let bare = "<feedback><report_metadata><org_name>Bare</org_name></report_metadata></feedback>"
            let arrival = ReportArrival(reading: Array(bare.utf8), name: nil, received: Made.now)
            guard case .new(let id)? = try await store.take([arrival]).first?.first,
                let report = try await store.report(id)
            else {
                Issue.record("it is not taken")
                return
            }
            #expect(try await store.reasonApart(of: report) == .noDomain)
            #expect(try await Self.apart(store).count == 2)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func anAdministratorChooses(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for report in [Self.forged, Self.genuine] {
                _ = try await store.take([Made.arrival(report, isCounted: false)])
            }
            let apart = try await Self.apart(store)
            #expect(apart.count == 2)
            let chosen = try #require(apart.first { $0.messages == 500 })
            #expect(try await store.accept([chosen.id]) == [chosen.id])
            #expect(try await Made.total(store) == 500)
            #expect(try await store.report(chosen.id)?.quirks == [])
            // The other one, or both at once: one of them counts.
            #expect(try await store.accept(apart.map(\.id)) == [])
            #expect(try await store.take([Made.arrival(Self.genuine)]) == [[.known(chosen.id)]])
            let left = try await Self.apart(store)
            #expect(left.map(\.messages) == [1] && left.first?.quirks == [Self.conflict])
            #expect(try await store.drop(left.map(\.id)) == left.map(\.id))
            #expect(try await Made.total(store) == 500)
        }
    }

    /// In one call in any order: believed ones count once, and everything else is there.
    @Test(arguments: StoreKind.allCases)
    func theOrderMakesNoDifference(_ kind: StoreKind) async throws {
        let all = [(Self.genuine, true), (Self.genuine, false), (Self.forged, false), (Self.forged, false)]
        for first in 0..<4 {
            try await kind.withStore { store, _ in
                let order = Array(all[first...] + all[..<first])
                let results = try await store.take(order.map { try Made.arrival($0.0, isCounted: $0.1) })
                #expect(try await Made.total(store) == 500, "from \(first): \(results)")
                #expect(try await Self.apart(store).map(\.messages) == [1], "from \(first): \(results)")
                // And once more one by one.
                for (report, isCounted) in order {
                    _ = try await store.take([Made.arrival(report, isCounted: isCounted)])
                }
                #expect(try await Made.total(store) == 500)
                #expect(try await store.reports(ReportQuery()).count == 2)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func policiesInAnotherOrderAreTheSameTLSReport(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            func arrival(_ domains: [String]) -> ReportArrival {
                let policies = domains.map { domain in
                    """
                    {"policy":{"policy-type":"no-policy-found","policy-domain":"\(domain)"},"summary":\
                    {"total-successful-session-count":5,"total-failure-session-count":0}}
                    """
                }
                let text = """
                    {"organization-name":"R","date-range":{"start-datetime":"2026-11-20T00:00:00Z",\
                    "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"r@r.example","report-id":"1","policies":\
                    [\(policies.joined(separator: ","))]}
                    """
                return ReportArrival(reading: Array(text.utf8), name: nil, received: Made.now)
            }
            #expect(try await store.take([arrival(["a.example", "b.example"])]) == [[.new(1)]])
            #expect(try await store.take([arrival(["b.example", "a.example"])]) == [[.known(1)]])
            guard case .new? = try await store.take([arrival(["b.example"])]).first?.first else {
                Issue.record("another one")
                return
            }
        }
    }

    /// Anybody can send what is kept apart: no file of a report that counts goes for it.
    @Test(arguments: StoreKind.allCases)
    func whatIsKeptApartGoesFirstWhereThereIsNoRoom(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var numbers = Numbers(seed: 9)
            for number in 0..<20 {
                _ = try await store.take([Made.arrival(Made.report(id: "\(number)", begin: Made.day - 864_000))])
            }
            for number in 0..<300 {
                let noise = "<!-- \(numbers.octets(6000).map { String($0, radix: 16) }.joined()) -->"
                let text = try Made.report(id: "noise-\(number)").document() + Array(noise.utf8)
                let arrival = ReportArrival(reading: text, name: nil, received: Made.now, isCounted: false)
                _ = try await store.take([arrival])
            }
            let removal = try await store.tidy(ReportRetention(octetsMax: 1 << 20), now: Made.now)
            #expect(removal.originals == 0 && removal.records == 0 && removal.reports > 0)
            #expect(try await store.reports(ReportQuery(isCounted: true, count: 100)).allSatisfy(\.hasOriginal))
            #expect(try await Made.total(store) == 200)
        }
    }
}
