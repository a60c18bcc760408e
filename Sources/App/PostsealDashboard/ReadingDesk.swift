internal import MailReports
internal import NIOPosix
internal import PostsealReports
internal import Threads

/// Reads the files of reports again, few at a time and beside everything else: one can take much memory and time.
struct ReadingDesk: Sendable {
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

    private let turns = Turns(placesMax: placesMax)

    /// Loads a file, reads it, and does with what is in it what takes as long as reading; nil where there is none.
    ///
    /// - Throws: where too many wait, and what loading throws.
    func read<Answer: Sendable>(
        _ load: @escaping @Sendable () async throws -> ReportOriginal?, using use: @escaping @Sendable (File) -> Answer
    ) async throws -> Answer? {
        let turn: Answer?? = try await turns.take(waitingMax: Self.waitingMax) {
            guard let original = try await load() else { return nil }
            return try await NIOThreadPool.singleton.runIfActive {
                let isRead = original.octets.count <= Self.octetsMax
                let findings = isRead ? ReportFile(reading: original.octets, name: original.name).findings : nil
                return use(File(original: original, findings: findings))
            }
        }
        guard let answer = turn else {
            throw Refusal(503, "Too many reports are being read: try again in a moment.")
        }
        return answer
    }
}
