import DNS
import MailBytes
import MailNames
import SPF
import TestSupport
import Testing
import Trace

@Suite struct SPFHostileTests {
    private static func domain(_ record: String) -> RecordedAnswers {
        var answers = RecordedAnswers()
        guard let name = try? DomainName("example.org") else { return answers }
        let text = DNSRecord(name: name, type: .txt, ttlSeconds: 60, data: .text([Array(record.utf8)]))
        answers.add(DNSAnswer(question: DNSQuestion(name, .txt), status: .noError, records: [text], ttlSeconds: 60))
        return answers
    }

    private static func check(
        _ record: String, mailFrom: String = "user@example.org", helo: String = "helo.example", tracing: Bool = false
    ) async -> (SPFOutcome, [String]) {
        let resolver = AskedResolver(domain(record))
        let request = SPFRequest(
            clientAddress: .v4(0xC000_0201), helo: helo, mailFrom: mailFrom, at: UnixTime(seconds: 0))
        return (await SPFVerifier(resolver: resolver).checkHost(request, tracing: tracing), resolver.asked)
    }

    @Test(arguments: [
        ["a.example TXT \"v=spf1 include:a.example -all\""],
        ["a.example TXT \"v=spf1 include:b.example\"", "b.example TXT \"v=spf1 include:a.example\""],
        ["a.example TXT \"v=spf1 redirect=a.example\""],
        ["a.example TXT \"v=spf1 redirect=b.example\"", "b.example TXT \"v=spf1 include:a.example\""],
        [
            "a.example TXT \"v=spf1 include:b.example include:b.example\"",
            "b.example TXT \"v=spf1 redirect=c.example\"", "c.example TXT \"v=spf1 include:a.example\"",
        ],
        ["a.example TXT \"v=spf1 include:%{d}\""],
    ])
    func `records that refer to themselves end at ten look-ups, with a cache and without`(zone: [String]) async throws {
        var check = Check(zone, mailFrom: "u@a.example")
        for cache in [nil, SPFRecordCache()] {
            check.cache = cache
            for _ in 0..<2 {
                let (outcome, asked) = try await check.ask()
                #expect(outcome.result == .permerror)
                #expect(outcome.lookups == 11)
                #expect(asked.count <= 11)
            }
        }
    }

    @Test func `wide trees of includes end at ten look-ups`() async throws {
        let includes = (0..<20).map { "include:i\($0).example" }.joined(separator: " ")
        let zone =
            ["example.org TXT \"v=spf1 \(includes) -all\""]
            + (0..<20).map { "i\($0).example TXT \"v=spf1 \(includes)\"" }
        let (outcome, asked) = try await Check(zone).ask()
        #expect(outcome.result == .permerror)
        #expect(asked.count <= 11)
    }

    @Test func `limits that somebody raised do not let the stack grow without end`() async throws {
        var check = Check(["a.example TXT \"v=spf1 include:a.example\""], mailFrom: "u@a.example")
        check.limits.lookupsMax = 1_000_000
        let outcome = try await check.run()
        #expect(outcome.result == .permerror)
        #expect(outcome.lookups == 51)
    }

    @Test func `records of 64 KB are evaluated like others`() async {
        let networks = "v=spf1" + String(repeating: " ip4:198.51.100.7", count: 3_850) + " -all"
        #expect(networks.utf8.count > 65_000)
        #expect(await Self.check(networks).0.result == .fail)
        let terms = "v=spf1" + String(repeating: " a", count: 32_000)
        let (outcome, asked) = await Self.check(terms)
        #expect(outcome.result == .permerror)
        #expect(asked.count == 4)
        let broken = "v=spf1 +all" + String(repeating: " x=y", count: 16_000) + " moo"
        #expect(await Self.check(broken).0.result == .permerror)
        #expect(await Self.check(broken + String(repeating: " ", count: 65_536)).0.reason.contains("too long"))
    }

    @Test func `a macro bomb makes one short name or none`() async throws {
        let bomb = "v=spf1 exists:" + String(repeating: "%{s}.", count: 13_000) + "x.org ?all"
        let (outcome, asked) = await Self.check(bomb, mailFrom: String(repeating: "a", count: 40) + "@example.org")
        #expect(outcome.result == .neutral)
        let name = try #require(asked.dropFirst().first)
        #expect(name.utf8.count > 200 && name.utf8.count <= 255)
        #expect(name.hasSuffix("aaa@example.org.x.org A"))
        let label = "v=spf1 exists:" + String(repeating: "%{L}", count: 13_000) + ".org ?all"
        // The long label goes, and what is left is a name.
        #expect(await Self.check(label).1 == ["example.org TXT", "org A"])
        let parts = "v=spf1 exists:%{l1" + String(repeating: "-", count: 60_000) + "}.org ?all"
        #expect(
            await Self.check(parts, mailFrom: String(repeating: "a-", count: 100_000) + "b@example.org").1 == [
                "example.org TXT", "b.org A",
            ])
    }

    @Test func `an explanation bomb is cut`() async throws {
        let text = String(repeating: "%{s}", count: 16_000)
        let outcome = try await Check(record: "v=spf1 -all exp=e.org", ["e.org TXT \"\(text)\""]).run()
        #expect(outcome.explanation?.utf8.count == 400)
    }

    // Found by a test: an empty text was taken for one that is still to be asked for.
    @Test func `an explanation without characters is asked for once`() async throws {
        let zone = [
            "e.org TXT \"\"", "1.2.0.192.in-addr.arpa PTR m.org.", "m.org A 192.0.2.1", "m.org.org TXT \"%{p}\"",
        ]
        let (outcome, asked) = try await Check(record: "v=spf1 -all exp=e.org", zone).ask()
        #expect(outcome.explanation == nil)
        #expect(asked == ["example.org TXT", "e.org TXT"])
        let named = try await Check(record: "v=spf1 -all exp=%{p}.org", zone).ask()
        #expect(named.outcome.explanation == "m.org")
        #expect(named.asked.count == 4)
    }

    @Test func `overlong terms are cut where they are shown`() async throws {
        let (outcome, _) = await Self.check(
            "v=spf1 -ip6:2001:db8::1 x=" + String(repeating: "y", count: 9_000) + " -exists:"
                + String(repeating: "%%", count: 9_000) + " -a:" + String(repeating: "a", count: 9_000) + ".org +all",
            tracing: true)
        #expect(outcome.mechanism == "+all")
        #expect(outcome.trace.steps.allSatisfy { $0.text.utf8.count < 1_100 })
        let long = "%{h}" + String(repeating: "%{d1r}", count: 2_000)
        let matched = try await Check(
            record: "v=spf1 exists:x.%{h1}", ["x.org A 127.0.0.1"]
        ).run()
        #expect(matched.mechanism == "exists:x.%{h1}")
        let (neutral, _) = await Self.check("v=spf1 include:" + long)
        #expect(neutral.reason.utf8.count < 600)
    }

    @Test func `senders and HELO names of any size and octets do no harm`() async {
        for text in [
            "", "@", "@@", "a@", String(repeating: "@", count: 10_000), String(repeating: "a.", count: 100_000),
            String(repeating: "a", count: 100_000) + "@example.org", "\u{0}\u{ff}@example.org", "<>@example.org",
        ] {
            let (outcome, _) = await Self.check(
                "v=spf1 exists:%{s}.%{h}.%{l3r-+}.org ?all exp=%{s}.org", mailFrom: text, helo: text)
            #expect([.none, .neutral].contains(outcome.result), "\(text.prefix(20))")
            #expect(outcome.reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
    }

    @Test func `answers of kinds that nobody asked for are passed over`() async throws {
        struct Confused: Resolver {
            func answer(_ question: DNSQuestion) async -> DNSAnswer {
                let text = question.name.text == "example.org" ? "v=spf1 a mx ptr exists:x.org include:i.org ?all" : "x"
                var answer = DNSAnswer(question: question, status: .noError)
                for (type, data) in [
                    (.mx, .ptr(.root)), (.a, .text([[1]])), (.ptr, .address(.v6(0, 0))), (.aaaa, .cname(.root)),
                    (.txt, .other([0])), (.txt, .text([])), (.txt, .text([[], []])), (.txt, .text([Array(text.utf8)])),
                ] as [(DNSRecordType, DNSRecordData)] {
                    answer.records.append(DNSRecord(name: question.name, type: type, ttlSeconds: 0, data: data))
                }
                return answer
            }
        }
        let request = SPFRequest(
            clientAddress: .v4(1), helo: "a.b", mailFrom: "a@example.org", at: UnixTime(seconds: 0))
        let outcome = await SPFVerifier(resolver: Confused()).checkHost(request)
        #expect(outcome.result == .permerror || outcome.result == .pass)
    }
}
