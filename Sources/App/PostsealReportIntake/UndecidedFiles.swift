internal import MailBytes

/// Files of which DNS did not say whose they are, and when each is tried again.
struct UndecidedFiles: Sendable {
    /// After so long a file is taken for one that proves no more.
    static let patienceSeconds: Int64 = 86_400
    /// Between two tries at first, and at most: the pauses grow with the time that a file has waited.
    static let pauseSeconds: ClosedRange<Int64> = 30...3600

    private struct Wait {
        var since: UnixTime
        var next: UnixTime
    }

    private var waits: [ReportFolder.FileIdentity: Wait] = [:]

    /// Those that are not to be tried yet.
    func resting(at now: UnixTime) -> Set<ReportFolder.FileIdentity> {
        Set(waits.filter { $0.value.next.seconds > now.seconds }.keys)
    }

    /// Whether one has waited for long enough.
    func isOverdue(_ file: ReportFolder.FileIdentity, at now: UnixTime) -> Bool {
        waits[file].map { now.seconds - $0.since.seconds >= Self.patienceSeconds } ?? false
    }

    /// DNS did not say whose a file is.
    mutating func add(_ file: ReportFolder.FileIdentity, at now: UnixTime) {
        let since = waits[file]?.since ?? now
        let pause = now.seconds - since.seconds
        let next = now.seconds + min(max(pause, Self.pauseSeconds.lowerBound), Self.pauseSeconds.upperBound)
        waits[file] = Wait(since: since, next: UnixTime(seconds: next))
    }

    /// Forgets all but these.
    mutating func keep(_ files: Set<ReportFolder.FileIdentity>) { waits = waits.filter { files.contains($0.key) } }
}
