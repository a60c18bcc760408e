internal import MailBytes
internal import Synchronization

/// The moment in the form of the Date field, made anew once a second.
final class HTTPDate: Sendable {
    private let now: @Sendable () -> UnixTime
    private let last = Mutex((time: UnixTime(seconds: .min), text: ""))

    init(now: @escaping @Sendable () -> UnixTime) { self.now = now }

    var text: String {
        let time = now()
        return last.withLock { last in
            if last.time != time { last = (time, Self.text(time)) }
            return last.text
        }
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ time: UnixTime) -> String {
        let time = UnixTime(seconds: min(max(time.seconds, 0), 253_402_300_799))
        let civil = CivilTime(time)
        func digits(_ value: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(0, count - "\(value)".utf8.count)) + "\(value)"
        }
        let day = days[Int(time.seconds / 86_400 % 7)]
        return "\(day), \(digits(civil.day, 2)) \(months[civil.month - 1]) \(digits(civil.year, 4)) "
            + "\(digits(civil.hour, 2)):\(digits(civil.minute, 2)):\(digits(civil.second, 2)) GMT"
    }
}
