public import SMTPProtocol
internal import Synchronization

/// Why the text of a message has no end.
public enum SMTPBodyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The message is refused for its text, and the client is told so.
    case refused(SMTPContentDefect)
    /// The connection is lost, or the client was too slow.
    case lost
    /// The task that waits for it was cancelled.
    case cancelled

    public var description: String {
        switch self {
        case .refused(let defect): defect.description
        case .lost: "connection lost within a message"
        case .cancelled: "cancelled"
        }
    }
}

/// The text of a message as it comes in, for one reader.
///
///     while let piece = try await body.next() { await forward(piece) }
///
/// The text is complete when ``next()`` gave nil, and not before. The client is read no faster than its message is
/// taken here.
public final class SMTPBody: Sendable {
    private enum End {
        case complete
        case failed(SMTPBodyError)
    }

    private struct State {
        var octets: [UInt8] = []
        var end: End?
        var waiting: CheckedContinuation<Void, Never>?
        /// Nobody takes anything any more.
        var isAbandoned = false
        var isFull = false
    }

    /// Octets that may wait here.
    static let octetsMax = 128 * 1024

    private let state = Mutex(State())
    /// Called when there is room again.
    private let drained: @Sendable () -> Void

    init(drained: @escaping @Sendable () -> Void) { self.drained = drained }

    /// The next piece of the text, with CR LF behind each line and without stuffed dots; nil at its end.
    ///
    /// - Throws: where the message is gone. Every later call throws the same.
    public func next() async throws(SMTPBodyError) -> [UInt8]? {
        while true {
            switch take() {
            case .piece(let octets, let wasFull):
                if wasFull { drained() }
                return octets
            case .end(.complete): return nil
            case .end(.failed(let error)): throw error
            case .nothing:
                if Task.isCancelled { throw .cancelled }
                await wait()
            }
        }
    }

    private enum Taken {
        case piece([UInt8], wasFull: Bool)
        case end(End)
        case nothing
    }

    private func take() -> Taken {
        state.withLock { state in
            if case .failed? = state.end { state.octets = [] }
            guard state.octets.isEmpty else {
                defer {
                    state.octets = []
                    state.isFull = false
                }
                return .piece(state.octets, wasFull: state.isFull)
            }
            return state.end.map { .end($0) } ?? .nothing
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.octets.isEmpty, state.end == nil, state.waiting == nil, !Task.isCancelled else {
                        return true
                    }
                    state.waiting = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    private func wake() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    // MARK: For the connection

    /// Adds text; whether there is room for more.
    func offer(_ octets: [UInt8]) -> Bool {
        let (hasRoom, waiting) = state.withLock { state in
            guard !state.isAbandoned else { return (true, nil as CheckedContinuation<Void, Never>?) }
            if state.octets.isEmpty { state.octets = octets } else { state.octets += octets }
            state.isFull = state.octets.count >= Self.octetsMax
            defer { state.waiting = nil }
            return (!state.isFull, state.waiting)
        }
        waiting?.resume()
        return hasRoom
    }

    /// The text is complete.
    func finish() { end(.complete) }

    /// The message is gone.
    func fail(_ error: SMTPBodyError) { end(.failed(error)) }

    /// Nobody takes the rest.
    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.octets = []
            state.isFull = false
        }
    }

    private func end(_ end: End) {
        state.withLock { state in
            if state.end == nil { state.end = end }
        }
        wake()
    }
}
