import MailBytes
import MailNames
import MailReports
import PostsealReports
import Rendering
import TestSupport
import Testing

/// Whose the addresses are that messages came from.
@Suite struct SourceHostTests {
    private static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private static func source(_ text: String) throws -> DMARCReportSource { .address(try address(text)) }

    private static func host(
        _ outcome: SourceHost.Outcome, _ name: String? = nil, after seconds: Int64 = 0
    ) -> SourceHost {
        SourceHost(outcome, name: name, lookedUp: Made.now.adding(seconds: seconds))
    }

    private static let everything = (UnixTime(seconds: 0), UnixTime(seconds: .max))

    private static func unnamed(
        _ store: any ReportStore, after seconds: Int64 = 0, count: Int = 100
    ) async throws -> [String] {
        let (from, to) = everything
        return try await store.unnamedSources(
            of: "example.com", from: from, to: to, at: Made.now.adding(seconds: seconds), count: count
        ).map(\.address.text)
    }

    // MARK: - Servers that were forgotten

    @Test(arguments: StoreKind.allCases)
    func serversOfWhichNothingPassesAreFound(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let failing = [
                ("192.0.2.2", 9), ("2001:db8::3", 12), ("192.0.2.4", 50), ("192.0.2.5", 60), ("192.0.2.6", 70),
                // Some of what it sends passes: by the same proof, so that it is set up.
                ("192.0.2.1", 40),
            ]
            let records =
                [Made.record("192.0.2.1", 30)]
                + failing.map { Made.record($0.0, $0.1, dkim: false, spf: false, signed: ["example.com"]) }
            _ = try await store.take([Made.arrival(Made.report(records))])
            let names = [
                ("192.0.2.1", "mx.example.com"), ("192.0.2.2", "old.example.com"), ("2001:db8::3", "a.b.example.com"),
                ("192.0.2.4", "notexample.com"),
            ]
            for (address, name) in names {
                try await store.keep([try Self.address(address): Self.host(.confirmed, name)])
            }
            try await store.keep([try Self.address("192.0.2.5"): Self.host(.unconfirmed, "x.example.com")])
            let day = UnixTime(seconds: Made.day)
            let next = day.adding(seconds: 86_400)
            func found(_ domains: [String], _ from: UnixTime, _ to: UnixTime) async throws -> [String: Int] {
                try await again().forgottenServers(of: domains, from: from, to: to)
            }
            let all = ["example.com", "b.example.com", "com", "other.example"]
            #expect(try await found(all, day, next) == ["example.com": 12])
            #expect(try await found(all, day.adding(seconds: -27 * 86_400), next) == ["example.com": 12])
            #expect(try await found(["other.example"], day, next).isEmpty)
            #expect(try await found(all, next, next.adding(seconds: 86_400)).isEmpty)
            #expect(try await found(all, day.adding(seconds: -86_400), day).isEmpty)
            for (from, to) in [Self.everything, (UnixTime(seconds: .max), UnixTime(seconds: .min))] {
                #expect(try await found(all, from, to).isEmpty, "of the last 400 days")
            }
        }
    }

    // MARK: - Keeping

    @Test(arguments: StoreKind.allCases)
    func theLargestWithoutANameComeFirst(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            let records = [
                Made.record("192.0.2.1", 5), Made.record("192.0.2.2", 50), Made.record("2001:db8::3", 20),
                Made.record("192.0.2.1", 30, signed: ["other.example"]),
            ]
            _ = try await store.take([Made.arrival(Made.report(records))])
            #expect(try await Self.unnamed(store) == ["192.0.2.2", "192.0.2.1", "2001:db8::3"])
            #expect(try await Self.unnamed(store, count: 1) == ["192.0.2.2"])
            let found = [
                try Self.address("192.0.2.2"): Self.host(.confirmed, "mx.example.com"),
                try Self.address("192.0.2.1"): Self.host(.failed),
                // Of which there is no report.
                try Self.address("192.0.2.77"): Self.host(.confirmed, "x.example"),
            ]
            try await store.keep(found)
            try await store.keep(found)
            #expect(try await Self.unnamed(again()) == ["2001:db8::3"])
            let sources = try ["192.0.2.2", "192.0.2.1", "192.0.2.77", "2001:db8::3"].map { try Self.source($0) }
            let hosts = try await again().hosts(of: sources + sources)
            #expect(hosts.count == 2 && hosts[sources[0]]?.confirmedName == "mx.example.com")
            #expect(hosts[sources[1]]?.outcome == .failed && hosts[sources[1]]?.name == nil)
            // Where DNS failed twice it is asked again after two hours, and all are after a month.
            #expect(try await Self.unnamed(store, after: 7199) == ["2001:db8::3"])
            #expect(try await Self.unnamed(store, after: 7201) == ["192.0.2.1", "2001:db8::3"])
            #expect(try await Self.unnamed(store, after: 31 * 86_400).count == 3)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aNameStaysWhileDNSIsSilent(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take([Made.arrival(Made.report())])
            let (address, source) = (try Self.address("192.0.2.1"), try Self.source("192.0.2.1"))
            try await store.keep([address: Self.host(.confirmed, "mx.example.com")])
            try await store.keep([address: Self.host(.failed, after: 40 * 86_400)])
            #expect(try await store.hosts(of: [source])[source]?.confirmedName == "mx.example.com")
            #expect(try await Self.unnamed(store, after: 40 * 86_400 + 3601) == ["192.0.2.1"])
            try await store.keep([address: Self.host(.unconfirmed, "mx.google.com", after: 41 * 86_400)])
            let host = try await store.hosts(of: [source])[source]
            #expect(host?.confirmedName == nil && host?.name == "mx.google.com")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func namesGoWithTheirSources(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            _ = try await store.take([Made.arrival(Made.report(begin: Made.day - 1200 * 86_400))])
            try await store.keep([Self.address("192.0.2.1"): Self.host(.confirmed, "mx.example.com")])
            #expect(try await store.tidy(ReportRetention(), now: Made.now).reports == 1)
            // Its number may be another's now.
            let report = Made.report([Made.record("198.51.100.1", 7)])
            _ = try await store.take([Made.arrival(report)])
            let sources = try ["192.0.2.1", "198.51.100.1"].map { try Self.source($0) }
            #expect(try await store.hosts(of: sources).isEmpty)
            #expect(try await Self.unnamed(store) == ["198.51.100.1"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func sourcesCanBeAskedForByAddress(_ kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let records = (1...9).map { Made.record("192.0.2.\($0)", $0) }
            _ = try await store.take([Made.arrival(Made.report(records))])
            let (from, to) = Self.everything
            let wanted = try ["192.0.2.3", "192.0.2.5", "192.0.2.99"].map { try Self.source($0) }
            let some = try await store.sources(of: "example.com", from: from, to: to, among: wanted)
            #expect(some.map(\.messages).sorted() == [3, 5])
            #expect(try await store.sources(of: "example.com", from: from, to: to).count == 9)
            #expect(try await store.sources(of: "example.com", from: from, to: to, among: []).isEmpty)
        }
    }

    // MARK: - Looking up

    private static let zone = Zone([
        "1.2.0.192.in-addr.arpa PTR mx.example.com", "mx.example.com A 192.0.2.1",
        "2.2.0.192.in-addr.arpa PTR mail-1.google.com", "mail-1.google.com A 192.0.2.200",
        "4.2.0.192.in-addr.arpa PTR timeout",
        "5.2.0.192.in-addr.arpa PTR bad!name.example", "bad!name.example A 192.0.2.5",
    ])

    @Test func namesCountThatLeadBack() async throws {
        let lookup = SourceHostLookup(resolver: { Self.zone }, now: { Made.now })
        let addresses = try (1...5).map { try Self.address("192.0.2.\($0)") } + [Self.address("::ffff:192.0.2.1")]
        let hosts = await lookup.hosts(of: addresses, width: 2)
        let found = addresses.map { "\(hosts[$0]?.outcome.word ?? "missing") \(hosts[$0]?.name ?? "-")" }
        #expect(
            found == [
                "confirmed mx.example.com", "unconfirmed mail-1.google.com", "none -", "failed -", "unconfirmed -",
                "confirmed mx.example.com",
            ])
        #expect(hosts[addresses[1]]?.service == nil, "a name that does not lead back is nobody's")
        #expect(await lookup.hosts(of: [], width: 0).isEmpty)
    }

    @Test(
        arguments: [
            ("mail-1.google.com", "Google mailboxes"), ("google.com", "Google mailboxes"),
            ("a.outbound.protection.outlook.com", "Microsoft 365 mailboxes"),
            ("a8-31.smtp-out.amazonses.com", "Amazon SES bulk"), ("ec2-1.compute.amazonaws.com", "Amazon EC2 hosting"),
            ("static.1.2.clients.your-server.de", "Hetzner hosting"), ("www1.your-server.de", "Hetzner mailboxes"),
            ("1.mo1.mail-out.ovh.net", "OVHcloud mailboxes"), ("vps-1.vps.ovh.net", "OVHcloud hosting"),
            ("mail.mcsv.net", "Mailchimp bulk"), ("x.pphosted.com", "Proofpoint filter"),
            ("groups.io", "Groups.io forwarder"), ("notgoogle.com", nil), ("google.com.evil.example", nil),
            ("com", nil), ("", nil),
        ] as [(String, String?)])
    func services(_ host: String, _ service: String?) {
        #expect(KnownService(host: host).map { "\($0.name) \($0.kind.rawValue)" } == service)
    }
}
