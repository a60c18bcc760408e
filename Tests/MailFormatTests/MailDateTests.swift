import MailBytes
import MailFormat
import Testing

@Suite struct MailDateTests {
    /// RFC 5322 §3.3, §4.3, Appendix A, and what programs wrote.
    static let dates: [(text: String, read: String)] = [
        ("Fri, 21 Nov 1997 09:55:06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600"),
        ("21 Nov 1997 09:55 -0600", "Fri, 21 Nov 1997 09:55:00 -0600"),
        (
            "Thu,\r\n   13\r\n  Feb\r\n 1969\r\n  23:32\r\n  -0330 (Newfoundland Time)",
            "Thu, 13 Feb 1969 23:32:00 -0330"
        ),
        ("21 Nov 97 09:55:06 GMT", "Fri, 21 Nov 1997 09:55:06 +0000"),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "none"),
        ("1 Jan 00 00:00:00 Z", "Sat, 1 Jan 2000 00:00:00 +0000"),
        ("1 Jan 49 00:00:00 UT", "Fri, 1 Jan 2049 00:00:00 +0000"),
        ("1 Jan 50 00:00:00 UTC", "Sun, 1 Jan 1950 00:00:00 +0000"),
        ("1 Jan 103 00:00:00 EST", "Wed, 1 Jan 2003 00:00:00 -0500"),
        ("1 Jul 2003 00:00:00 PDT", "Tue, 1 Jul 2003 00:00:00 -0700"),
        ("1 Jul 2003 00:00:00 A", "Tue, 1 Jul 2003 00:00:00 -0000"),
        ("1 Jul 2003 00:00:00 ZZZZ", "Tue, 1 Jul 2003 00:00:00 -0000"),
        ("1 Jul 2003 00:00:00 -0000", "Tue, 1 Jul 2003 00:00:00 -0000"),
        ("1 Jul 2003 00:00:00", "Tue, 1 Jul 2003 00:00:00 -0000"),
        ("1 Jul 2003 00:00:00 +1345", "Tue, 1 Jul 2003 00:00:00 +1345"),
        ("1 Jul 2003 00:00:00 +01:30", "Tue, 1 Jul 2003 00:00:00 +0130"),
        ("1 Jul 2003 00:00:00 +0160", "Tue, 1 Jul 2003 00:00:00 -0000"),
        ("1 Jul 2003 00:00:60 +0000", "Tue, 1 Jul 2003 00:00:60 +0000"),
        ("Tue 1 july 2003 1:02:03.45 +0000 (x) y", "Tue, 1 Jul 2003 01:02:03 +0000"),
        ("21-Nov-97 09:55:06 +0000", "Fri, 21 Nov 1997 09:55:06 +0000"),
        ("Fri Nov 21 09:55:06 1997", "Fri, 21 Nov 1997 09:55:06 -0000"),
        ("Fri Nov 21 09:55:06 1997 +0100", "Fri, 21 Nov 1997 09:55:06 +0100"),
        ("Fri Nov 21 09:55:06 EST 1997", "Fri, 21 Nov 1997 09:55:06 -0500"),
        ("29 Feb 2000 00:00:00 +0000", "Tue, 29 Feb 2000 00:00:00 +0000"),
        ("29 Feb 1900 00:00:00 +0000", "none"),
        ("31 Apr 2000 00:00:00 +0000", "none"),
        ("0 Jan 2000 00:00:00 +0000", "none"),
        ("1 Foo 2000 00:00:00 +0000", "none"),
        ("1 Jan 2000 24:00:00 +0000", "none"),
        ("1 Jan 20000 00:00:00 +0000", "none"),
        ("1 Jan 2000 (", "none"),
        ("1 Jan 2000", "none"),
        ("", "none"),
        (String(repeating: " ", count: 1001), "none"),
    ]

    @Test(arguments: dates)
    func `reads dates and prints them: RFC 5322 §3.3`(_ example: (text: String, read: String)) {
        #expect(MailDate(example.text)?.text ?? "none" == example.read)
    }

    @Test func `knows the moment`() {
        #expect(MailDate("Fri, 21 Nov 1997 09:55:06 -0600")?.unixTime == UnixTime(seconds: 880_127_706))
        #expect(MailDate("1 Jan 1970 01:00:00 +0100")?.unixTime == UnixTime(seconds: 0))
        #expect(MailDate("31 Dec 1969 23:59:59 +0000")?.text == "Wed, 31 Dec 1969 23:59:59 +0000")
    }

    @Test func `reads what it prints`() throws {
        var generator = SmallGenerator(seed: 3)
        for _ in 0..<2000 {
            let time = UnixTime(seconds: Int64(generator.next(below: 1 << 31)) * 2 - 500_000_000)
            let date = MailDate(time, offsetMinutes: generator.next(below: 1801) - 900)
            let again = try #require(MailDate(date.text))
            #expect(again == date)
            #expect(again.unixTime == time)
        }
    }

    @Test func `prints what is no date without a trap`() {
        let date = MailDate(
            local: CivilTime(year: -5, month: 99, day: -1, hour: 77, minute: -3, second: 1_000), offsetMinutes: .min + 1
        )
        #expect(date.text.contains("???"))
        #expect(date.unixTime == nil)
    }
}
