internal import SMTPTransport
internal import Synchronization

/// A session with a server, for one message after the other.
final class KeptSession: Sendable {
    let client: SMTPClient
    let key: SessionPool.Key
    let openedAt: ContinuousClock.Instant = .now
    private let begun = Atomic(0)

    init(_ client: SMTPClient, _ key: SessionPool.Key) {
        self.client = client
        self.key = key
    }

    /// Messages that were begun on it.
    var messages: Int { begun.load(ordering: .relaxed) }

    /// Whether there was a message before this one, since when the server may have gone.
    var isReused: Bool { messages > 1 }

    /// A message begins.
    func begin() { begun.add(1, ordering: .relaxed) }
}
