internal import MailBytes
internal import PostsealReportSending

/// Where messages wait about which a failure report is to be made: as many as may be, and not for long.
final class FailureDesk: Sendable {
    /// A message, and why it is reported.
    struct Taken: Sendable {
        var message: JudgedMessage
        var request: FailureReportRequest
    }

    /// Limit: messages that wait. Further ones are counted with the next report, and the aggregate report has them.
    private static let waitingMax = 100

    /// What local parts are hashed with: of this run alone, so that nobody can try names later.
    let key = (0..<32).map { _ in UInt8.random(in: 0 ... .max) }
    /// The messages, for one reader.
    let stream: AsyncStream<Taken>

    /// What goes out: a message that waits takes nothing of the limit until somebody may have its report.
    let limiter = FailureLimiter()
    private let continuation: AsyncStream<Taken>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(
            of: Taken.self, bufferingPolicy: .bufferingOldest(Self.waitingMax))
    }

    /// Takes a message in, if its author's domain asks for a report and there were not too many.
    func take(_ message: JudgedMessage, perHour: Int, at now: UnixTime) {
        guard let request = try? FailureReportRequest(message.findings, message.transaction, message.decision),
            limiter.hasRoom(for: request.policyDomain, perHour: perHour, at: now)
        else { return }
        let result = continuation.yield(Taken(message: message, request: request))
        // The next report stands for those that found no room.
        if case .dropped = result { limiter.holdBack(request.policyDomain, at: now) }
    }
}
