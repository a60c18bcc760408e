import DNS
import MailBytes
import SPF
import TestSupport
import Testing
import Trace

@Suite struct SPFRecordCacheTests {
    private static let zone = [
        "example.org TXT \"v=spf1 include:i.example a -all\"", "i.example TXT \"v=spf1 ip4:192.0.2.1\"",
        "example.org A 192.0.2.5",
    ]

    @Test func `records are asked for once until their time is over`() async throws {
        var check = Check(Self.zone)
        check.cache = SPFRecordCache()
        #expect(try await check.ask().asked == ["example.org TXT", "i.example TXT"])
        let (second, asked) = try await check.ask(tracing: true)
        #expect(asked.isEmpty)
        #expect((second.result, second.lookups, second.mechanism) == (.pass, 1, "include:i.example"))
        #expect(
            second.trace.steps.contains {
                if case .asked(let question, nil) = $0.kind { question.type == .txt } else { false }
            })
        // Zone's records live for 300 seconds.
        check.at = check.at.adding(seconds: 299)
        #expect(try await check.ask().asked.isEmpty)
        check.at = check.at.adding(seconds: 1)
        #expect(try await check.ask().asked.count == 2)
    }

    @Test func `only good records are kept`() async throws {
        for record in ["v=spf1 moo", "other"] {
            var check = Check(record: record)
            check.cache = SPFRecordCache()
            _ = try await check.ask()
            #expect(try await check.ask().asked.count == 1)
        }
        var check = Check(["example.org TXT servfail"])
        check.cache = SPFRecordCache()
        #expect(try await check.run().result == .temperror)
        check.zone = ["example.org TXT \"v=spf1 +all\""]
        #expect(try await check.run().result == .pass)
    }

    @Test func `ages and numbers are bounded, and what is used stays`() async throws {
        let cache = SPFRecordCache(recordsMax: 10, ageSecondsMax: 60)
        for index in 0..<100 {
            for name in ["kept.example", "d\(index).example"] {
                var check = Check(["\(name) TXT \"v=spf1 +all\""], mailFrom: "u@\(name)")
                check.cache = cache
                let (outcome, asked) = try await check.ask()
                #expect(outcome.result == .pass)
                #expect(asked.isEmpty == (name == "kept.example" && index > 0))
            }
            #expect(cache.count <= 10)
        }
        var late = Check(["kept.example TXT \"v=spf1 +all\""], mailFrom: "u@kept.example")
        late.cache = cache
        late.at = late.at.adding(seconds: 60)
        #expect(try await late.ask().asked.count == 1)
        cache.removeAll()
        #expect(cache.count == 0)
    }

    @Test func `memory is bounded, and huge records are not kept`() async throws {
        let cache = SPFRecordCache(bytesMax: 100_000)
        let padding = String(repeating: " x=y", count: 50)
        for index in 0..<200 {
            var check = Check(["d\(index).example TXT \"v=spf1\(padding)\""], mailFrom: "u@d\(index).example")
            check.cache = cache
            _ = try await check.run()
        }
        #expect(cache.count > 1 && cache.count < 40)
        var huge = Check(
            ["huge.example TXT \"v=spf1\(String(repeating: padding, count: 20))\""], mailFrom: "u@huge.example")
        huge.cache = cache
        _ = try await huge.run()
        #expect(try await huge.ask().asked.count == 1)
    }
}
