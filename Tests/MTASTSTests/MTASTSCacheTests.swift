import DNS
import MTASTS
import MailBytes
import MailNames
import Testing

/// A day in the life of a cached policy, with the time in seconds after a moment.
@Suite struct MTASTSCacheRulesTests {
    static let start: Int64 = 1_700_000_000
    static func at(_ seconds: Int64) -> UnixTime { UnixTime(seconds: start + seconds) }

    static func record(_ id: String) throws -> MTASTSRecordFinding {
        .record(try #require(MTASTSRecord(id: id)))
    }

    static func policy(
        _ mode: String = "enforce", maxAge: Int = 604_800, type: String? = "text/plain"
    ) -> MTASTSFetchOutcome {
        let text = "version: STSv1\r\nmode: \(mode)\r\nmx: *.a.example\r\nmax_age: \(maxAge)\r\n"
        return .policy(text: Array(text.utf8), mediaType: type)
    }

    static func entry() throws -> MTASTSCacheEntry { MTASTSCacheEntry(domain: try DomainName("a.example")) }

    /// An entry whose policy, of id `1`, was fetched at the start.
    static func cached(_ mode: String = "enforce", maxAge: Int = 604_800) throws -> MTASTSCacheEntry {
        try entry().updated(with: policy(mode, maxAge: maxAge), for: "1", at: at(0))
    }

    static let withoutRecord: [MTASTSRecordFinding] = [
        .nothing, .failure(.timeout), .failure(.serverFailure), .failure(.bogus),
        .unusable(MTASTSSyntaxError(.severalRecords, offset: 0, line: 2, column: 1)),
    ]

    @Test func `a record that is new leads to a fetch, no record to none`() throws {
        let entry = try Self.entry()
        #expect(try entry.step(for: Self.record("1"), at: Self.at(0)) == .fetch(id: "1", .first))
        for finding in Self.withoutRecord { #expect(entry.step(for: finding, at: Self.at(0)) == .rest) }
        #expect(entry.isDisposable(at: Self.at(0)))
    }

    @Test func `a policy holds for max_age after its fetch`() throws {
        let entry = try Self.cached(maxAge: 1000)
        #expect(entry.active(at: Self.at(0))?.policy.mode == .enforce)
        #expect(entry.active(at: Self.at(1000))?.id == "1")
        #expect(entry.active(at: Self.at(1001)) == nil)
        #expect(!entry.isDisposable(at: Self.at(1000)) && entry.isDisposable(at: Self.at(1001)))
        #expect(try entry.step(for: Self.record("1"), at: Self.at(1001)) == .fetch(id: "1", .expired))
    }

    @Test func `a policy of max_age 0 holds for the message that fetched it`() throws {
        let entry = try Self.cached(maxAge: 0)
        #expect(entry.active(at: Self.at(0)) != nil)
        #expect(entry.active(at: Self.at(1)) == nil)
    }

    @Test func `a policy stays in force whatever becomes of record and host`() throws {
        var entry = try Self.cached()
        for finding in Self.withoutRecord {
            #expect(entry.step(for: finding, at: Self.at(3600)) == .rest)
        }
        for (index, failure) in Self.failures.enumerated() {
            let now = Self.at(90_000 + Int64(index) * 7200)
            #expect(entry.step(for: .nothing, at: now) == .fetch(id: "1", .refresh))
            entry = entry.updated(with: .failure(failure), for: "1", at: now)
            #expect(entry.active(at: now)?.fetchedAt == Self.at(0))
        }
        #expect(entry.failure?.count == Self.failures.count)
        #expect(entry.active(at: Self.at(604_800)) != nil)
        #expect(entry.active(at: Self.at(604_801)) == nil)
    }

    static let failures: [MTASTSFetchFailure] = [
        .dns("no such name"), .connect("refused"), .tls("expired"), .http("no status line"), .status(404),
        .redirect(301), .mediaType("text/html"), .mediaType(nil), .tooLong, .timeout, .privateAddress(.v4(0x7F00_0001)),
        .invalidPolicy(MTASTSSyntaxError(.mode, offset: 0, line: 2, column: 7)),
    ]

    @Test func `failures are of the kinds that reports have`() {
        #expect(
            Self.failures.map(\.kind)
                == [.fetchError, .fetchError, .webPKIInvalid] + Array(repeating: .fetchError, count: 8)
                + [.policyInvalid])
        for failure in Self.failures { #expect(!failure.description.isEmpty && !failure.description.contains("html")) }
    }

    @Test func `another id is fetched at once`() throws {
        let entry = try Self.cached()
        #expect(try entry.step(for: Self.record("1"), at: Self.at(1)) == .rest)
        #expect(try entry.step(for: Self.record("0"), at: Self.at(1)) == .fetch(id: "0", .newID))
        let updated = entry.updated(with: Self.policy("testing"), for: "0", at: Self.at(1))
        #expect(updated.active(at: Self.at(1))?.policy.mode == .testing)
        #expect(try updated.step(for: Self.record("0"), at: Self.at(2)) == .rest)
    }

    @Test func `a failed fetch for a new id leaves the old policy in force`() throws {
        let entry = try Self.cached().updated(with: .failure(.timeout), for: "2", at: Self.at(10))
        #expect(entry.active(at: Self.at(10))?.id == "1")
        #expect(try entry.step(for: Self.record("2"), at: Self.at(309)) == .wait(until: Self.at(310)))
        #expect(try entry.step(for: Self.record("2"), at: Self.at(310)) == .fetch(id: "2", .newID))
        // The back-off is one of each id.
        #expect(try entry.step(for: Self.record("3"), at: Self.at(11)) == .fetch(id: "3", .newID))
    }

    @Test func `the back-off is five minutes, doubles, and stops at an hour`() throws {
        var entry = try Self.entry()
        var now: Int64 = 0
        for wait: Int64 in [300, 600, 1200, 2400, 3600, 3600] {
            entry = entry.updated(with: .failure(.status(503)), for: "1", at: Self.at(now))
            #expect(try entry.step(for: Self.record("1"), at: Self.at(now)) == .wait(until: Self.at(now + wait)))
            #expect(!entry.isDisposable(at: Self.at(now + wait - 1)) && entry.isDisposable(at: Self.at(now + wait)))
            now += wait
            #expect(try entry.step(for: Self.record("1"), at: Self.at(now)) == .fetch(id: "1", .first))
        }
        // A good fetch ends it.
        #expect(entry.updated(with: Self.policy(), for: "1", at: Self.at(now)).failure == nil)
        // Below five minutes it cannot be set.
        #expect(MTASTSCacheRules(backOffSeconds: 1).backOffSeconds == 300)
    }

    @Test func `a policy is fetched anew every day, and earlier if it does not live as long`() throws {
        for (maxAge, age) in [(604_800, 86_400), (86_400, 43_200), (600, 300), (1, 1)] as [(Int, Int64)] {
            let entry = try Self.cached(maxAge: maxAge)
            for finding in Self.withoutRecord + [try Self.record("1")] {
                #expect(entry.step(for: finding, at: Self.at(age - 1)) == .rest)
                #expect(entry.step(for: finding, at: Self.at(age)) == .fetch(id: "1", .refresh))
            }
            let fresh = entry.updated(with: Self.policy(maxAge: maxAge), for: "1", at: Self.at(age))
            #expect(fresh.active(at: Self.at(age + Int64(maxAge))) != nil)
        }
    }

    @Test func `mode none is kept but not applied, and not asked for when the record has gone`() throws {
        let entry = try Self.cached().updated(with: Self.policy("none", maxAge: 604_800), for: "2", at: Self.at(10))
        #expect(entry.active(at: Self.at(10)) == nil)
        #expect(entry.valid(at: Self.at(10))?.policy.mode == MTASTSMode.none)
        #expect(entry.step(for: .nothing, at: Self.at(100_000)) == .rest)
        #expect(try entry.step(for: Self.record("2"), at: Self.at(100_000)) == .fetch(id: "2", .refresh))
        var failing = entry
        for _ in 0..<5 { failing = failing.updated(with: .failure(.timeout), for: "2", at: Self.at(100_000)) }
        #expect(failing.refreshWarning(at: Self.at(100_000)) == nil)
        #expect(entry.isDisposable(at: Self.at(604_811)))
    }

    @Test func `a refresh that fails more than once is told`() throws {
        var entry = try Self.cached()
        entry = entry.updated(with: .failure(.status(500)), for: "1", at: Self.at(86_400))
        #expect(entry.refreshWarning(at: Self.at(86_400)) == nil)
        entry = entry.updated(with: .failure(.tls("expired")), for: "1", at: Self.at(90_000))
        let warning = try #require(entry.refreshWarning(at: Self.at(90_000)))
        #expect(warning.failure.count == 2 && warning.failure.firstFailedAt == Self.at(86_400))
        #expect(warning.failure.reason == "TLS with the policy host failed: expired")
        #expect(warning.expiresAt == Self.at(604_800))
        #expect(entry.refreshWarning(at: Self.at(604_801)) == nil)
    }

    @Test func `what is no policy, or no plain text, changes nothing that holds`() throws {
        let entry = try Self.cached()
        let broken = entry.updated(with: .policy(text: [], mediaType: "text/plain"), for: "2", at: Self.at(9))
        #expect(broken.active(at: Self.at(9))?.id == "1")
        #expect(broken.failure?.kind == .policyInvalid)
        let page = entry.updated(with: Self.policy(type: "text/html"), for: "2", at: Self.at(9))
        #expect(page.active(at: Self.at(9))?.id == "1")
        #expect(page.failure?.kind == .fetchError)
        let borne = entry.updated(
            with: Self.policy(type: nil), for: "2", at: Self.at(9), rules: MTASTSCacheRules(acceptsAnyMediaType: true))
        #expect(borne.active(at: Self.at(9))?.id == "2")
    }

    @Test func `a clock that was set back neither ends a policy nor keeps it for ever`() throws {
        let entry = try Self.cached()
        #expect(entry.active(at: Self.at(-86_400)) != nil)
        #expect(entry.active(at: Self.at(-86_401)) == nil)
        let failed = try Self.entry().updated(with: .failure(.timeout), for: "1", at: Self.at(0))
        #expect(try failed.step(for: Self.record("1"), at: Self.at(-1)) == .fetch(id: "1", .first))
        for time in [Int64.min, -1, 0, .max] {
            _ = entry.step(for: .nothing, at: UnixTime(seconds: time))
            _ = failed.isDisposable(at: UnixTime(seconds: time))
            _ = entry.updated(with: Self.policy(), for: "1", at: UnixTime(seconds: time)).valid(at: Self.at(0))
        }
    }
}

@Suite struct MTASTSCacheTextTests {
    private static func entries() throws -> [MTASTSCacheEntry] {
        let cached = try MTASTSCacheRulesTests.cached("testing")
        let failed = cached.updated(with: .failure(.tls("a \"b\"\n")), for: "2", at: MTASTSCacheRulesTests.at(5))
        let other = MTASTSCacheEntry(domain: try DomainName("b.example"), failure: failed.failure)
        let none = MTASTSCacheEntry(
            domain: try DomainName("c.example"),
            fetched: .init(
                policy: MTASTSPolicy(mode: .none, maxAgeSeconds: 0, mxPatterns: []), id: "x",
                fetchedAt: UnixTime(seconds: 0)))
        return [failed, other, none, MTASTSCacheEntry(domain: try DomainName("d.example"))]
    }

    @Test func `entries outlive a restart`() throws {
        let entries = try Self.entries()
        let text = MTASTSCacheText.text(entries.reversed())
        let read = MTASTSCacheText(parsing: Array(text.utf8))
        #expect(read.skipped.isEmpty)
        #expect(entries.allSatisfy { read.entries[$0.domain] == $0 })
        #expect(MTASTSCacheText.text(read.entries.values) == text)
        #expect(text.split(separator: "\n").count == entries.count)
    }

    @Test func `of two lines of a domain the later one counts`() throws {
        let old = try MTASTSCacheRulesTests.cached()
        let new = old.updated(with: MTASTSCacheRulesTests.policy("none"), for: "2", at: MTASTSCacheRulesTests.at(9))
        let read = MTASTSCacheText(parsing: Array((old.line + "\n" + new.line + "\n").utf8))
        #expect(read.entries.count == 1)
        #expect(read.entries[old.domain]?.fetched?.id == "2")
    }

    @Test(arguments: [
        ("{", "no JSON: expected a member name in quotes at column 2"), ("[]", "unknown version"),
        ("{\"v\":2,\"domain\":\"a\"}", "unknown version"), ("{\"v\":1}", "no domain"),
        ("{\"v\":1,\"domain\":\"a..b\"}", "no domain"),
        ("{\"v\":1,\"domain\":\"a\",\"fetched\":{}}", "a policy that cannot be"),
        (
            "{\"v\":1,\"domain\":\"a\",\"fetched\":{\"id\":\"1\",\"at\":1,"
                + "\"mode\":\"enforce\",\"max_age\":1,\"mx\":[]}}",
            "a policy without mx"
        ),
        (
            "{\"v\":1,\"domain\":\"a\",\"fetched\":{\"id\":\"1\",\"at\":1,"
                + "\"mode\":\"enforce\",\"max_age\":1,\"mx\":[\"*\"]}}",
            "an mx that cannot be"
        ),
        (
            "{\"v\":1,\"domain\":\"a\",\"fetched\":{\"id\":\"1\",\"at\":1,"
                + "\"mode\":\"none\",\"max_age\":99999999,\"mx\":[]}}",
            "a policy that cannot be"
        ),
        ("{\"v\":1,\"domain\":\"a\",\"failure\":{\"id\":\"1\"}}", "a failure that cannot be"),
        ("[[[[[[", "no JSON: nested deeper than 4 levels at column 6"),
    ])
    func `a line that is none is left out, and the others are read`(_ line: String, _ reason: String) throws {
        let entries = try Self.entries()
        let lines = [entries[0].line, line, "", entries[1].line]
        let read = MTASTSCacheText(parsing: Array(lines.joined(separator: "\n").utf8))
        #expect(read.entries.count == 2)
        #expect(read.skipped.map(\.line) == [2])
        #expect(read.skipped.first?.reason == reason)
    }

    @Test func `every beginning of a text gives the lines that are whole`() throws {
        let octets = Array(MTASTSCacheText.text(try Self.entries()).utf8)
        for length in stride(from: 0, through: octets.count, by: 3) {
            let read = MTASTSCacheText(parsing: Array(octets[..<length]))
            #expect(read.skipped.count <= 1)
            #expect(read.entries.count + read.skipped.count >= octets[..<length].count { $0 == 0x0A })
        }
    }

    @Test func `the longest policy fits a line`() throws {
        var text = "version:STSv1\nmode:enforce\nmax_age:1\n"
        while text.utf8.count < MTASTSLimits.policyBytesMax - 10 { text += "mx:a\n" }
        let entry = try MTASTSCacheRulesTests.entry().updated(
            with: .policy(text: Array(text.utf8), mediaType: "text/plain"), for: "1", at: UnixTime(seconds: 0))
        #expect((entry.fetched?.policy.mxPatterns.count ?? 0) > 13_000)
        #expect(try MTASTSCacheEntry(parsingLine: Array(entry.line.utf8)) == entry)
    }
}
