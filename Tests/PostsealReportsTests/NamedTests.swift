import MailBytes
import MailNames
import MailReports
import PostsealReports
import TestSupport
import Testing

/// Senders and hosts that are looked for by their names.
@Suite struct NamedTests {
    private static let day = UnixTime(seconds: Made.day)
    private static let next = day.adding(seconds: 86_400)

    @Test(arguments: StoreKind.allCases)
    func sendersAreFoundByAPartOfTheirNames(_ kind: StoreKind) async throws {
        try await kind.withStore { store, again in
            func records(_ name: String) -> [DMARCReportRecord] {
                [
                    Made.record("192.0.2.1", 3, from: name, signed: [name]),
                    Made.record("192.0.2.2", 5, from: name, dkim: false, spf: false, signed: ["news.test"]),
                    Made.record("192.0.2.3", 7, from: name, dkim: false, spf: false, signed: ["news.test"]),
                    Made.record("192.0.2.4", 9, from: name, dkim: false, spf: false, signed: ["under_score.test"]),
                ]
            }
            _ = try await store.take([
                Made.arrival(Made.report(records("example.com"), id: "1")),
                Made.arrival(Made.report(records("other.example"), id: "2", of: "other.example")),
            ])
            func found(
                _ text: String, _ domains: [String] = ["example.com"], from: UnixTime = Self.day,
                to: UnixTime = Self.next, count: Int = 50
            ) async throws -> [String: [String?: Int]] {
                try await again().tallies(
                    named: text, of: domains, from: from, to: to, count: count
                ).mapValues { tallies in
                    Dictionary(uniqueKeysWithValues: tallies.map { ($0.via, $0.messages) })
                }
            }
            for text in ["news.test", "NEWS", "ews."] {
                #expect(try await found(text) == ["example.com": ["news.test": 12]], "\(text)")
            }
            #expect(
                try await found("news", ["example.com", "other.example", "none.example"])
                    == ["example.com": ["news.test": 12], "other.example": ["news.test": 12]])
            #expect(try await found("example.com") == ["example.com": ["example.com": 3]])
            #expect(try await found("test", count: 1).values.first?.count == 1)
            for text in ["", "none", "n%s", "news_test", "%", "'"] {
                #expect(try await found(text).isEmpty, "\(text)")
            }
            #expect(try await found("news", []).isEmpty)
            #expect(try await found("news", ["none.example"]).isEmpty)
            #expect(try await found("news", from: Self.next, to: Self.next.adding(seconds: 86_400)).isEmpty)
        }
    }

    /// Few are looked up by their places, many by reading the sums: with so many domains all of it.
    @Test(arguments: StoreKind.allCases, [1, 5000])
    func hostsAreFoundByAPartOfTheirNames(_ kind: StoreKind, domains: Int) async throws {
        try await kind.withStore { store, again in
            let addresses = (1...4).map { "192.0.2.\($0)" }
            _ = try await store.take([
                Made.arrival(Made.report(addresses.map { Made.record($0) }, id: "1")),
                Made.arrival(Made.report([Made.record("192.0.2.1")], id: "2", of: "other.example")),
            ])
            let names: [(String, SourceHost.Outcome, String?)] = [
                ("192.0.2.1", .confirmed, "mx.example.com"), ("192.0.2.2", .unconfirmed, "mx.fake.test"),
                ("192.0.2.3", .none, nil),
            ]
            for (address, outcome, name) in names {
                let address = try #require(IPAddress(address))
                try await store.keep([address: SourceHost(outcome, name: name, lookedUp: Made.now)])
            }
            let others = (1..<domains).map { "d\($0).example" }
            func found(
                _ text: String, _ domains: [String] = ["example.com"],
                from: UnixTime = Self.day.adding(seconds: -86_400 * 9), to: UnixTime = Self.next, count: Int = 50
            ) async throws -> Set<NamedSource> {
                let all = try await again().hosts(
                    named: text, of: domains + others, from: from, to: to, count: count)
                #expect(Set(all).count == all.count)
                return Set(all)
            }
            func named(
                _ domain: String, _ address: String, _ outcome: SourceHost.Outcome, _ name: String
            ) throws -> NamedSource {
                NamedSource(
                    domain: domain, source: .address(try #require(IPAddress(address))),
                    host: SourceHost(outcome, name: name, lookedUp: Made.now))
            }
            let own = try named("example.com", "192.0.2.1", .confirmed, "mx.example.com")
            let fake = try named("example.com", "192.0.2.2", .unconfirmed, "mx.fake.test")
            let foreign = try named("other.example", "192.0.2.1", .confirmed, "mx.example.com")
            #expect(try await found("MX.example") == [own])
            #expect(try await found("mx.") == [own, fake])
            #expect(try await found("mx.", ["example.com", "other.example"]) == [own, fake, foreign])
            #expect(try await found("mx.", ["example.com", "other.example"], count: 2).count == 2)
            #expect(try await found("fake", ["other.example"]).isEmpty)
            for text in ["", "none", "m%x", "mx_"] { #expect(try await found(text).isEmpty, "\(text)") }
            #expect(try await found("mx.", from: Self.next, to: Self.next.adding(seconds: 86_400)).isEmpty)
            #expect(try await found("mx.", from: UnixTime(seconds: 0), to: UnixTime(seconds: .max)).isEmpty)
        }
    }
}
