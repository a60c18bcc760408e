internal import MailBytes

/// Files of which DNS did not say whose they are, and when each is tried again.
struct UndecidedFiles: Sendable {
    /// After so long, and so many tries, a file is taken for one that proves no more: a clock that leaps makes no try.
    static let patienceSeconds: Int64 = 86_400
    static let triesMin = 20
    /// Between two tries at first, and at most: the pauses grow with the time that a file has waited.
    static let pauseSeconds: ClosedRange<Int64> = 30...3600

    /// What a file is known by while others write on.
    private struct Place: Hashable {
        let device: UInt64
        let number: UInt64

        init(_ file: ReportFolder.FileIdentity) { (device, number) = (file.device, file.number) }
    }

    private struct Wait {
        let file: ReportFolder.FileIdentity
        let since: UnixTime
        let next: UnixTime
        let tries: Int
        /// Which of its messages are undecided.
        let messages: Set<Int>
        /// Whether all others are stored.
        let areOthersStored: Bool
    }

    private var waits: [Place: Wait] = [:]

    /// Those that are not to be tried yet. A time farther ahead than the longest pause is of a clock that was wrong.
    func resting(at now: UnixTime) -> Set<ReportFolder.FileIdentity> {
        let last = now.adding(seconds: Self.pauseSeconds.upperBound)
        return Set(waits.values.filter { $0.next > now && $0.next <= last }.map(\.file))
    }

    /// Whether one has waited for long enough.
    func isOverdue(_ file: ReportFolder.FileIdentity, at now: UnixTime) -> Bool {
        guard let wait = wait(for: file) else { return false }
        return wait.tries >= Self.triesMin && now.seconds - wait.since.seconds >= Self.patienceSeconds
    }

    /// The messages of a file that are to be tried again, and whether all others are stored; nil where all are to be
    /// tried.
    func open(in file: ReportFolder.FileIdentity) -> (messages: Set<Int>, areOthersStored: Bool)? {
        guard let wait = waits[Place(file)], wait.file == file else { return nil }
        return (wait.messages, wait.areOthersStored)
    }

    /// DNS did not say whose some messages of a file are.
    mutating func add(
        _ file: ReportFolder.FileIdentity, _ messages: Set<Int>, areOthersStored: Bool, at now: UnixTime
    ) {
        let known = wait(for: file)
        let since = min(known?.since ?? now, now)
        let pause = min(max(now.seconds - since.seconds, Self.pauseSeconds.lowerBound), Self.pauseSeconds.upperBound)
        waits[Place(file)] = Wait(
            file: file, since: since, next: now.adding(seconds: pause), tries: (known?.tries ?? 0) + 1,
            messages: messages, areOthersStored: areOthersStored)
    }

    /// How long a file has waited, also one that has grown meanwhile: an mbox does.
    private func wait(for file: ReportFolder.FileIdentity) -> Wait? {
        waits[Place(file)].flatMap { $0.file == file || $0.file.octets < file.octets ? $0 : nil }
    }

    /// Forgets a file of which all is decided: what others write on begins to wait anew.
    mutating func forget(_ file: ReportFolder.FileIdentity) { waits[Place(file)] = nil }

    /// Forgets all but these.
    mutating func keep(_ files: Set<ReportFolder.FileIdentity>) {
        let places = Set(files.map(Place.init))
        waits = waits.filter { places.contains($0.key) }
    }
}
