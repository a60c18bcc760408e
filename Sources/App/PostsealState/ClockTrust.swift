public import MailBytes

/// Whether a clock may say what is old enough to be thrown away for good.
///
/// A machine can start with any date, and one can be set by mistake: by a date years ahead everything that is kept
/// would be too old. So a clock is believed as long as it is near to where it was when it was last believed. After a
/// leap it is doubted until it has gone on for a day, with the program running: a store that nobody has looked at for
/// months is tidied then. What is kept of it lies beside what it guards, so that a restart is no way around it.
///
/// It guards against loss alone: what a wrong clock brings in, or does too early, is not its part.
public struct ClockTrust: Hashable, Sendable {
    /// So far from where it was a clock may be, in either direction.
    public static let leapSeconds: Int64 = 7 * 86_400
    /// So long a clock that leapt has to go on.
    public static let watchSeconds: Int64 = 86_400
    /// What lies between two looks counts for so much at most: nobody knows whether the clock went on meanwhile.
    public static let stepSeconds: Int64 = 3600
    /// Looks nearer to each other than this leave no trace.
    public static let noteSeconds: Int64 = 600

    private struct Doubt: Hashable {
        var looked: UnixTime
        var watched: Int64 = 0
    }

    /// The time at which the clock was believed last; nil before the first look.
    public private(set) var believed: UnixTime?
    private var doubt: Doubt?

    /// Takes the time of the last event that is known to have been.
    public init(_ believed: UnixTime? = nil) { self.believed = believed }

    /// Whether a time is near to the one that was believed.
    public func isNear(_ now: UnixTime) -> Bool {
        believed.map { Self.distance(now, $0) <= Self.leapSeconds } ?? true
    }

    /// Looks at the clock; whether it is believed.
    public mutating func look(at now: UnixTime) -> Bool {
        guard !isNear(now) else {
            believe(now)
            return true
        }
        guard var doubt else {
            self.doubt = Doubt(looked: now)
            return false
        }
        let (elapsed, overflow) = now.seconds.subtractingReportingOverflow(doubt.looked.seconds)
        // The nodes that share this are some seconds apart.
        guard !overflow, elapsed >= -Self.noteSeconds, elapsed <= Self.leapSeconds else {
            // Another clock again.
            self.doubt = Doubt(looked: now)
            return false
        }
        guard elapsed >= Self.noteSeconds else { return false }
        doubt.watched += min(elapsed, Self.stepSeconds)
        doubt.looked = now
        self.doubt = doubt
        if doubt.watched >= Self.watchSeconds { believe(now) }
        return self.doubt == nil
    }

    private mutating func believe(_ now: UnixTime) {
        if let believed, doubt == nil, Self.distance(now, believed) < Self.noteSeconds { return }
        (believed, doubt) = (now, nil)
    }

    private static func distance(_ time: UnixTime, _ other: UnixTime) -> Int64 {
        let (distance, overflow) = time.seconds.subtractingReportingOverflow(other.seconds)
        return overflow ? .max : Int64(clamping: distance.magnitude)
    }

    // MARK: As it is kept

    /// Numbers with spaces in between; empty before the first look.
    public var text: String {
        let numbers = [believed?.seconds] + (doubt.map { [$0.looked.seconds, $0.watched] } ?? [])
        return numbers.compactMap { $0.map(String.init) }.joined(separator: " ")
    }

    /// Reads what ``text`` wrote. Of anything else it knows nothing.
    public init(text: String) {
        let numbers = text.split { $0 == " " || $0 == "\n" }.compactMap { Int64($0) }
        believed = numbers.first.map { UnixTime(seconds: $0) }
        if numbers.count == 3 { doubt = Doubt(looked: UnixTime(seconds: numbers[1]), watched: numbers[2]) }
    }
}
