import MailBytes
import MailNames
import MailReports
import PostsealReports
import TLSRPT
import TestSupport
import Testing

/// TLS reports that count although nothing proves whose they are (RFC 8460 §3: anybody can post one), beside others
/// that claim to be the same.
@Suite struct UnprovenReportTests {
    /// A report of one day; its number of sessions and where they failed tells it from others of the same identity.
    private static func tls(
        _ sessions: Int, mx: String = "mx.example.com", id: String = "1", _ standing: ReportStanding = .proven
    ) -> ReportArrival {
        let text = """
            {"organization-name":"Sender","date-range":{"start-datetime":"2026-11-20T00:00:00Z",
            "end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"a@sender.example","report-id":"\(id)","policies":[
            {"policy":{"policy-type":"sts","policy-string":[],"policy-domain":"example.com","mx-host":[]},
            "summary":{"total-successful-session-count":\(sessions),"total-failure-session-count":7},
            "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"192.0.2.5",
            "receiving-mx-hostname":"\(mx)","failed-session-count":7}]}]}
            """
        var arrival = ReportArrival(reading: Array(text.utf8), name: "t.json", received: Made.now)
        arrival.standing = standing
        return arrival
    }

    private static let forged = tls(1000, mx: "mx.forged.example", .unproven)
    private static let genuine = tls(5)
    /// Of the same reporter and day: it shares sums with both.
    private static let other = tls(3, id: "2")

    private static func sums(_ store: any ReportStore) async throws -> [TLSTally] {
        try await store.tlsTallies(of: "example.com", from: UnixTime(seconds: 0), to: UnixTime(seconds: .max))
    }

    /// The sums of a store that never had anything else.
    private static func sums(of arrivals: [ReportArrival], _ kind: StoreKind) async throws -> [TLSTally] {
        try await kind.withStore { store, _ in
            _ = try await store.take(arrivals)
            return try await sums(store)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func oneThatIsProvenTakesTheirPlace(_ kind: StoreKind) async throws {
        let wanted = try await Self.sums(of: [Self.genuine, Self.other], kind)
        try await kind.withStore { store, again in
            #expect(try await store.take([Self.forged]) == [[.new(1)]])
            #expect(try await store.report(1)?.isUnproven == true)
            _ = try await store.take([Self.other])
            let result = try await again().take([Self.genuine])
            guard case .new(let id)? = result.first?.first else {
                Issue.record("\(result)")
                return
            }
            #expect(try await Self.sums(store) == wanted)
            let apart = try #require(try await store.report(1))
            #expect(!apart.isCounted && !apart.isUnproven && apart.quirks == ["other-report-counts"])
            #expect(try await store.reasonApart(of: apart) == .otherCounts(id))
            // It comes again, by whichever way, and nothing changes.
            for standing in [ReportStanding.apart, .unproven, .proven] {
                let result = try await store.take([Self.tls(1000, mx: "mx.forged.example", standing)])
                #expect(result == [[.conflicting(id)]])
            }
            #expect(try await store.accept([1]) == [])
            #expect(try await store.drop([1]) == [1])
            _ = try await store.tidy(ReportRetention(), now: Made.now)
            #expect(try await Self.sums(store) == wanted)
        }
    }

    /// Whoever signs for a domain of his own does not get the place of a report that names another one for questions.
    @Test(arguments: StoreKind.allCases)
    func onlyWhomTheyNameTakesTheirPlace(_ kind: StoreKind) async throws {
        func signed(_ sessions: Int, by signer: String) throws -> ReportArrival {
            var arrival = Self.tls(sessions)
            arrival.signer = try DomainName(mailDomain: signer)
            return arrival
        }
        try await kind.withStore { store, _ in
            _ = try await store.take([Self.tls(1000, .unproven)])
            let wanted = try await Self.sums(store)
            for signer in ["evil.example", "example", "notsender.example", "sender.example.evil.example"] {
                #expect(try await store.take([try signed(5, by: signer)]) == [[.conflicting(1)]])
                #expect(try await store.take([try signed(1000, by: signer)]) == [[.known(1)]])
                #expect(try await store.report(1)?.isUnproven == true)
            }
            #expect(try await Self.sums(store) == wanted)
            let result = try await store.take([try signed(6, by: "mail.sender.example")])
            guard case .new? = result.first?.first else {
                Issue.record("\(result)")
                return
            }
            #expect(try await store.report(1)?.isCounted == false)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theyTakeNobodysPlace(_ kind: StoreKind) async throws {
        let wanted = try await Self.sums(of: [Self.genuine], kind)
        try await kind.withStore { store, _ in
            _ = try await store.take([Self.genuine])
            #expect(try await store.take([Self.forged]) == [[.conflicting(1)]])
            #expect(try await store.take([Self.tls(5, .unproven)]) == [[.known(1)]])
            #expect(try await store.report(1)?.isUnproven == false)
            #expect(try await Self.sums(store) == wanted)
        }
    }

    /// Of two of the same worth the first one counts.
    @Test(arguments: StoreKind.allCases)
    func theFirstOfThemCounts(_ kind: StoreKind) async throws {
        let wanted = try await Self.sums(of: [Self.forged], kind)
        try await kind.withStore { store, _ in
            _ = try await store.take([Self.forged])
            #expect(try await store.take([Self.tls(5, .unproven)]) == [[.conflicting(1)]])
            #expect(try await Self.sums(store) == wanted)
        }
    }

    /// The same one keeps its number and its sums, and is proven from then on.
    @Test(arguments: StoreKind.allCases)
    func theSameCountsOnceAndIsProvenThen(_ kind: StoreKind) async throws {
        let wanted = try await Self.sums(of: [Self.genuine], kind)
        try await kind.withStore { store, _ in
            _ = try await store.take([Self.tls(5, .unproven)])
            #expect(try await store.take([Self.genuine, Self.tls(8)]) == [[.known(1)], [.conflicting(1)]])
            #expect(try await store.report(1)?.isUnproven == false)
            #expect(try await Self.sums(store) == wanted)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theOrderMakesNoDifference(_ kind: StoreKind) async throws {
        let wanted = try await Self.sums(of: [Self.genuine], kind)
        let all = [Self.genuine, Self.forged, Self.tls(5, .unproven), Self.tls(5, .apart), Self.tls(9, .apart)]
        for first in all.indices {
            let order = Array(all[first...] + all[..<first])
            for isTogether in [true, false] {
                try await kind.withStore { store, _ in
                    for arrivals in isTogether ? [order] : order.map({ [$0] }) { _ = try await store.take(arrivals) }
                    #expect(try await Self.sums(store) == wanted, "from \(first), together: \(isTogether)")
                    let counted = try await store.reports(ReportQuery(isCounted: true))
                    #expect(counted.map(\.messages) == [12] && counted.allSatisfy { !$0.isUnproven })
                }
            }
        }
    }

    /// Without its file nobody knows what it brought to the sums.
    @Test(arguments: StoreKind.allCases)
    func whoseFileIsGoneStays(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take([Self.forged])
            let before = try await Self.sums(store)
            _ = try await store.tidy(
                ReportRetention(originalDays: 1), now: UnixTime(seconds: Made.now.seconds + 3 * 86_400))
            #expect(try await store.report(1)?.hasOriginal == false)
            #expect(try await store.take([Self.genuine]) == [[.conflicting(1)]])
            #expect(try await Self.sums(store) == before)
            let apart = try #require(try await store.reports(ReportQuery(isCounted: false)).first)
            #expect(try await store.reasonApart(of: apart) == .otherCounts(1))
            #expect(try await store.accept([apart.id]) == [])
        }
    }

    /// An administrator vouches for what he lets count.
    @Test(arguments: StoreKind.allCases)
    func anAdministratorChoosesAnotherOne(_ kind: StoreKind) async throws {
        let wanted = try await Self.sums(of: [Self.genuine], kind)
        try await kind.withStore { store, _ in
            _ = try await store.take([Self.forged])
            _ = try await store.take([Self.tls(5, .apart)])
            let apart = try #require(try await store.reports(ReportQuery(isCounted: false)).first)
            #expect(try await store.reasonApart(of: apart) == .unprovenCounts(1))
            #expect(try await store.accept([apart.id]) == [apart.id])
            #expect(try await Self.sums(store) == wanted)
            #expect(try await store.reports(ReportQuery(isCounted: true)).map(\.id) == [apart.id])
            #expect(try await store.reports(ReportQuery(isCounted: false)).map(\.id) == [1])
        }
    }

    /// Only TLS reports have nothing that could prove whose they are.
    @Test(arguments: StoreKind.allCases)
    func othersAreKeptApart(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var arrival = try Made.arrival(Made.report())
            arrival.standing = .unproven
            _ = try await store.take([arrival])
            #expect(try await store.report(1)?.isCounted == false)
            #expect(try await Made.total(store) == 0)
        }
    }
}
