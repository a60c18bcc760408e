import Certificates
import DNS
import Foundation
import HTTPSFetch
import MTASTS
import MailBytes
import MailNames
import Synchronization
import TestSupport
import Testing
import TransportPolicy

@testable import PostsealTransport

/// What is remembered, and for how long.
@Suite struct PolicyStoreTests {
    private static let now = UnixTime(seconds: 1_800_000_000)

    private func entry(_ domain: String, id: String = "1", maxAge: Int = 86_400) throws -> MTASTSCacheEntry {
        let text = "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: \(maxAge)\n"
        let policy = try MTASTSPolicy(parsing: Array(text.utf8))
        return MTASTSCacheEntry(
            domain: try DomainName(domain), fetched: .init(policy: policy, id: id, fetchedAt: Self.now))
    }

    private func open(
        _ path: String, _ reports: Mutexed<[MTASTSCacheFile.Report]> = Mutexed([])
    ) throws -> MTASTSCacheFile {
        try MTASTSCacheFile(path: path) { report in reports.change { $0.append(report) } }
    }

    /// RFC 8461 §10.2: what is known must not be lost by a restart.
    @Test func entriesOutliveTheProgram() async throws {
        try await withFolder { folder in
            let path = "\(folder)/mta-sts"
            let first = try open(path)
            await first.keep(try entry("a.example"))
            await first.keep(try entry("b.example"))
            await first.keep(try entry("a.example", id: "2"))
            let second = try open(path)
            #expect(await second.entry(for: try DomainName("a.example"))?.fetched?.id == "2", "the last line counts")
            #expect(await second.entry(for: try DomainName("b.example"))?.fetched?.id == "1")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    /// A machine that stopped within a line loses that line, and not the next one.
    @Test func aBrokenEndHurtsNothingElse() async throws {
        try await withFolder { folder in
            let path = "\(folder)/mta-sts"
            try await open(path).keep(entry("a.example"))
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("{\"v\":1,\"domain\":\"b.exa".utf8))
            try file.close()
            let reports = Mutexed<[MTASTSCacheFile.Report]>([])
            try await open(path, reports).keep(entry("c.example"))
            #expect(reports.value == [.skipped(lines: 1)])
            let last = try open(path)
            #expect(await last.domains.map(\.text).sorted() == ["a.example", "c.example"])
        }
    }

    @Test func theFileDoesNotGrowForEver() async throws {
        try await withFolder { folder in
            let path = "\(folder)/mta-sts"
            let cache = try open(path)
            for number in 0..<1_000 { await cache.keep(try entry("a.example", id: "\(number)")) }
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count < 200)
            #expect(await (try open(path)).entry(for: try DomainName("a.example"))?.fetched?.id == "999")
        }
    }

    @Test func whatIsOverIsForgotten() async throws {
        try await withFolder { folder in
            let cache = try open("\(folder)/mta-sts")
            await cache.keep(try entry("short.example", maxAge: 60))
            await cache.keep(try entry("long.example"))
            await cache.tidy(at: Self.now.adding(seconds: 61))
            #expect(await cache.domains.map(\.text) == ["long.example"])
        }
    }

    @Test func aFileThatCannotBeWrittenIsSaidAtTheStart() async throws {
        #expect(throws: MTASTSCacheFileError.self) { try open("/nonexistent/mta-sts") }
    }

    @Test func plansAreKeptUntilTheirTime() throws {
        let cache = PlanCache<MailDestination, Int>(entriesMax: 4)
        let names = try (0..<10).map { MailDestination.domain(try DomainName("d\($0).example")) }
        cache.keep(1, for: names[0], until: Self.now.adding(seconds: 10))
        #expect(cache.value(for: names[0], at: Self.now.adding(seconds: 9)) == 1)
        #expect(cache.value(for: names[0], at: Self.now.adding(seconds: 10)) == nil)
        for (number, name) in names.enumerated() { cache.keep(number, for: name, until: Self.now.adding(seconds: 10)) }
        let kept = names.count { cache.value(for: $0, at: Self.now) != nil }
        #expect((1...4).contains(kept), "never more than the limit")
        #expect(cache.value(for: names[9], at: Self.now) == 9)
    }

    /// RFC 8460 §4.3.2.2.
    @Test func fetchesFailByTheirKind() {
        let table: [(HTTPSFetchFailure, MTASTSFetchFailure.Kind)] = [
            (.tls(.certificate(.hostMismatch(presented: []))), .webPKIInvalid),
            (.tls(.handshake("wrong version number")), .fetchError), (.closed(.handshake), .fetchError),
            (.status(404), .fetchError), (.redirect(301, location: nil), .fetchError), (.timeout(.body), .fetchError),
            (.tooLong(.body), .fetchError), (.dns(.serverFailure), .fetchError), (.malformed("x"), .fetchError),
        ]
        for (failure, kind) in table { #expect(MTASTSFetchFailure(failure).kind == kind, "\(failure)") }
    }

    @Test func aDestinationHasSoManyPlaces() throws {
        let places = DestinationPlaces()
        let name = MailDestination.domain(try DomainName("example.org"))
        #expect(places.enter(name, of: 2) && places.enter(name, of: 2) && !places.enter(name, of: 2))
        #expect(places.enter(name, of: 3), "a reload may widen it")
        for _ in 0..<3 { places.leave(name) }
        #expect(places.count(name) == 0)
        #expect(places.enter(name, of: 1))
    }
}
