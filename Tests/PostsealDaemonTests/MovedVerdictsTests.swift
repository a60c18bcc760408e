import MailBytes
import TLSRPT
import Testing

@testable import PostsealDaemon

@Suite struct MovedVerdictsTests {
    @Test func `what moves to a later day is told of when it begins and when the day is over`() throws {
        let day = try #require(TLSReportDay(text: "2026-11-25"))
        var moved = MovedVerdicts()
        let first = moved.add(0, on: day)
        #expect(first.isEmpty)
        let begun = moved.add(2, on: day)
        #expect(begun.count == 1)
        let more = (0..<1000).flatMap { moved.add($0 % 2, on: day) }
        #expect(more.isEmpty)
        let over = moved.add(0, on: TLSReportDay(containing: day.end.adding(seconds: 1)))
        #expect(over == ["502 messages of days that were closed were counted on 2026-11-25 for later ones"])
        let nothing = moved.end()
        #expect(nothing == nil)
    }
}
