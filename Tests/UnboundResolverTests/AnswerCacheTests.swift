import DNS
import Testing

@testable import UnboundResolver

@Suite struct AnswerCacheTests {
    static func answer(_ text: String, ttl: UInt32 = 100, status: DNSStatus = .noError) -> DNSAnswer {
        DNSAnswer(question: question(text), status: status, ttlSeconds: ttl)
    }

    @Test func `A kept answer comes back with what is left of its TTL, and not after it`() {
        let cache = AnswerCache(answersMax: 10)
        let start = ContinuousClock.now
        cache.keep(Self.answer("a.example"))
        #expect(cache.answer(question("a.example"), at: start)?.ttlSeconds == 100)
        #expect(cache.answer(question("a.example"), at: start + .seconds(41))?.ttlSeconds == 60)
        #expect(cache.answer(question("a.example"), at: start + .seconds(102)) == nil)
        #expect(cache.answer(question("b.example"), at: start) == nil)
    }

    @Test(arguments: [
        answer("a.example", ttl: 0), answer("a.example", status: .timeout), answer("a.example", status: .bogus),
        answer("a.example", status: .serverFailure),
    ])
    func `Failures and answers without a TTL are not kept`(_ answer: DNSAnswer) {
        let cache = AnswerCache(answersMax: 10)
        cache.keep(answer)
        #expect(cache.answer(answer.question, at: .now) == nil)
    }

    @Test func `There are never more than the limit, and the often asked stay`() {
        let cache = AnswerCache(answersMax: 20)
        cache.keep(Self.answer("often.example"))
        for number in 0..<100 {
            cache.keep(Self.answer("n\(number).example"))
            #expect(cache.answer(question("often.example"), at: .now) != nil)
        }
        let kept = (0..<100).count { cache.answer(question("n\($0).example"), at: .now) != nil }
        #expect(kept < 20)
        #expect(cache.answer(question("n99.example"), at: .now) != nil)
        cache.clear()
        #expect(cache.answer(question("often.example"), at: .now) == nil)
    }
}
