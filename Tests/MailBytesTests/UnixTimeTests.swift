import MailBytes
import Testing

@Suite struct UnixTimeTests {
    static let moments: [(text: String, seconds: Int64)] = [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2000-02-29T12:30:15Z", 951_827_415),
        ("2026-11-23T22:31:56Z", 1_795_473_116), ("2100-03-01T00:00:00Z", 4_107_542_400),
        ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("1600-02-29T00:00:00Z", -11_670_998_400),
    ]

    @Test(arguments: moments)
    func `writes and reads RFC 3339`(_ moment: (text: String, seconds: Int64)) {
        #expect(UnixTime(seconds: moment.seconds).rfc3339 == moment.text)
        #expect(UnixTime(text: moment.text) == UnixTime(seconds: moment.seconds))
    }

    @Test(arguments: [
        ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00Z", 0), ("1970-01-01T01:30:00+01:30", 0),
        ("1969-12-31T19:00:00-05:00", 0), ("1970-01-01T00:00:00.999Z", 0), ("0", 0), ("1795473116", 1_795_473_116),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
    ])
    func `reads other spellings`(_ example: (String, Int64)) {
        #expect(UnixTime(text: example.0) == UnixTime(seconds: example.1))
    }

    @Test(arguments: [
        "", "-1", "+1", "-0", "1.5", "1970-01-01", "1970-01-01T00:00:00", "1970-1-01T00:00:00Z", "1970-02-30T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00Zx", "99999999999999999999",
        "1900-02-29T00:00:00Z",
    ])
    func `refuses what is no time`(_ text: String) {
        #expect(UnixTime(text: text) == nil)
    }

    @Test func `counts days both ways`() {
        for day in stride(from: Int64(-719_000), to: 2_900_000, by: 97) {
            let time = UnixTime(seconds: day * 86_400 + (day % 86_400 + 86_400) % 86_400)
            #expect(CivilTime(time).unixTime == time)
            #expect(UnixTime(text: time.rfc3339) == time)
        }
    }

    @Test func `stops at the ends of the range`() {
        #expect(UnixTime(seconds: .max).adding(seconds: 1) == UnixTime(seconds: .max))
        #expect(UnixTime(seconds: .min).adding(seconds: -1) == UnixTime(seconds: .min))
        #expect(UnixTime(seconds: 5).adding(seconds: -10) == UnixTime(seconds: -5))
        // No trap, whatever comes out.
        #expect(!UnixTime(seconds: .max).rfc3339.isEmpty)
        #expect(!UnixTime(seconds: .min).rfc3339.isEmpty)
    }

    @Test func `knows the lengths of months`() {
        #expect(
            (1...12).map { CivilTime.days(inMonth: $0, year: 2023) } == [
                31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
            ])
        #expect([1900, 2000, 2024, 2100].map { CivilTime.days(inMonth: 2, year: $0) } == [28, 29, 29, 28])
        #expect(CivilTime.days(inMonth: 13, year: 2000) == 0)
        #expect(!CivilTime(year: 10_000, month: 1, day: 1).isValid)
    }
}
