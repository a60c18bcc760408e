internal import TLSRPT

/// Messages of days that are closed, which count for later ones: it is told of when it begins, and how many they were
/// when the day is over or the daemon ends. In between there can be some each second.
struct MovedVerdicts {
    private var day: TLSReportDay?
    private var messages = 0

    /// Takes how many there were just now, and what day it is. What there is to log.
    mutating func add(_ count: Int, on today: TLSReportDay) -> [String] {
        var lines: [String] = []
        if day != today, let sum = end() { lines.append(sum) }
        guard count > 0 else { return lines }
        if day == nil { lines.append("a day is closed: what is still counted for it counts for a later one") }
        day = today
        messages += count
        return lines
    }

    /// The sum, if there is any; then it begins anew.
    mutating func end() -> String? {
        guard let day else { return nil }
        defer { self = MovedVerdicts() }
        return "\(messages) messages of days that were closed were counted on \(day.text) for later ones"
    }
}
