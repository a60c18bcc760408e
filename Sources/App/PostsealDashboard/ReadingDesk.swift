internal import MailReports
internal import NIOPosix
internal import PostsealReports

/// Reads the files of reports again, few at a time and beside everything else: one can take much memory and time.
actor ReadingDesk {
    /// Limit: files that are read at once.
    static let placesMax = 2
    /// Limit: files that wait; more are turned away.
    static let waitingMax = 16
    /// Limit: octets of a file that is read again.
    static let octetsMax = 32 << 20

    /// A file with what is in it.
    struct File: Sendable {
        var original: ReportOriginal
        /// Nil where it is too large to be read again.
        var findings: [ReportFinding]?
    }

    private var taken = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Loads a file, reads it, and does with what is in it what takes as long as reading; nil where there is none.
    ///
    /// - Throws: where too many wait, and what loading throws.
    func read<Answer: Sendable>(
        _ load: @Sendable () async throws -> ReportOriginal?, using use: @escaping @Sendable (File) -> Answer
    ) async throws -> Answer? {
        guard await enter() else { throw Self.refusal }
        defer { leave() }
        guard let original = try await load() else { return nil }
        return try await NIOThreadPool.singleton.runIfActive {
            let isRead = original.octets.count <= Self.octetsMax
            let findings = isRead ? ReportFile(reading: original.octets, name: original.name).findings : nil
            return use(File(original: original, findings: findings))
        }
    }

    private static let refusal = Refusal(503, "Too many reports are being read: try again in a moment.")

    private func enter() async -> Bool {
        guard taken == Self.placesMax else {
            taken += 1
            return true
        }
        guard waiting.count < Self.waitingMax else { return false }
        // Who is resumed has the place of who left.
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    private func leave() {
        guard !waiting.isEmpty else {
            taken -= 1
            return
        }
        waiting.removeFirst().resume()
    }
}
