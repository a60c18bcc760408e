import MailBytes
import PostsealState
import Testing

@Suite struct ClockTrustTests {
    private static let begin = UnixTime(seconds: 1_795_132_800)
    private static let day: Int64 = 86_400

    /// Looks every so many seconds; how long it took until the clock was believed, at most a week.
    private static func watch(_ trust: inout ClockTrust, from start: UnixTime, every pause: Int64) -> Int64? {
        for elapsed in stride(from: 0, through: 7 * day, by: Int64.Stride(pause)) {
            // Each look is another run of the program.
            trust = ClockTrust(text: trust.text)
            if trust.look(at: start.adding(seconds: elapsed)) { return elapsed }
        }
        return nil
    }

    private static func looks(_ trust: inout ClockTrust, _ times: [UnixTime]) -> [Bool] {
        times.map { trust.look(at: $0) }
    }

    @Test func `a clock that goes on is believed, and remembered now and then`() {
        var trust = ClockTrust()
        #expect(trust.text.isEmpty)
        var answers = Self.looks(&trust, [Self.begin, Self.begin.adding(seconds: 599)])
        #expect(answers == [true, true] && trust.text == "\(Self.begin.seconds)")
        answers = Self.looks(&trust, [Self.begin.adding(seconds: 600)])
        #expect(answers == [true] && trust.believed == Self.begin.adding(seconds: 600))
        answers = Self.looks(&trust, [7, 1].map { Self.begin.adding(seconds: $0 * Self.day) })
        #expect(answers == [true, true])
    }

    @Test(arguments: [Int64(1200), 8, -8, -20_000])
    func `a clock that leapt is believed when it has gone on for a day`(_ days: Int64) {
        for pause in [Int64(15), 600, 3601] {
            var trust = ClockTrust(Self.begin)
            let elapsed = Self.watch(&trust, from: Self.begin.adding(seconds: days * Self.day), every: pause)
            #expect(elapsed.map { (Self.day...Self.day + 2 * 3600).contains($0) } == true, "\(pause)")
        }
    }

    /// What lies in between counts for an hour.
    @Test func `a program that runs for a moment each day watches no clock`() {
        var trust = ClockTrust(Self.begin)
        let start = Self.begin.adding(seconds: 1200 * Self.day)
        #expect(Self.watch(&trust, from: start, every: Self.day) == nil)
    }

    /// Some see the time a few seconds earlier than others, and all of them note what they see in one place.
    @Test func `nodes that are seconds apart watch a clock together`() {
        var trust = ClockTrust(Self.begin)
        let start = Self.begin.adding(seconds: 1200 * Self.day)
        let elapsed = stride(from: Int64(0), through: 2 * Self.day, by: 15).first { elapsed in
            let looks = Self.looks(&trust, [0, -2, 1, -600].map { start.adding(seconds: elapsed + $0) })
            return looks.contains(true)
        }
        #expect(elapsed.map { (Self.day - 600...Self.day + 3600).contains($0) } == true)
    }

    @Test func `a clock that is put right is believed at once, and the leap is forgotten`() {
        var trust = ClockTrust(Self.begin)
        let ahead = Self.begin.adding(seconds: 1200 * Self.day)
        let hours = (0..<46).map { ahead.adding(seconds: Int64($0) * 3600) }
        let right = Self.begin.adding(seconds: Self.day)
        let answers = Self.looks(&trust, Array(hours[..<23]) + [right] + Array(hours[23...]))
        #expect(answers == Array(repeating: false, count: 23) + [true] + Array(repeating: false, count: 23))
    }

    @Test func `a machine that starts with another date each time is never believed`() {
        var trust = ClockTrust(Self.begin)
        let times = (0..<100).map { start in
            Self.begin.adding(seconds: (start.isMultiple(of: 2) ? 400 : 900) * Self.day + Int64(start) * 3600)
        }
        #expect(!Self.looks(&trust, times).contains(true))
    }

    @Test func `times at the ends of what can be counted are only far away`() {
        var trust = ClockTrust(UnixTime(seconds: .min))
        let times = [UnixTime(seconds: .max), UnixTime(seconds: .min + 700_000)]
        let answers = Self.looks(&trust, times)
        #expect(answers == [false, false])
        #expect(ClockTrust(text: "x 1 y").believed == UnixTime(seconds: 1))
        #expect(ClockTrust(text: "\n").believed == nil)
    }
}
