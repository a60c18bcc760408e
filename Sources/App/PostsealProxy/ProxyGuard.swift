public import PostsealEngine
public import SMTPTransport

/// Judges the messages that pass through the proxy. The daemon has the one that stands before the engine.
public protocol ProxyGuard: Sendable {
    associatedtype Judge: ProxyJudge

    /// Takes a message in hand when its header is complete. Must not wait.
    ///
    /// - Parameters:
    ///   - transaction: with the header; a body that it holds is given to the judge too, and is not to be looked at.
    ///   - id: what the proxy calls the message, in its Received field and to the server behind.
    func begin(_ transaction: MailTransaction, id: String) -> Judge

    /// Something happened that a log or a number should tell.
    func observe(_ event: ProxyEvent)
}

/// One message on its way through.
public protocol ProxyJudge: Sendable {
    /// Whether anything is left for which the body must be seen.
    var needsBody: Bool { get }

    /// Takes in the next octets of the body, with the line ends of the wire.
    mutating func update(_ octets: ArraySlice<UInt8>)

    /// The message is complete. Called at most once, and to come back within the budget of a message.
    mutating func finish() async -> GuardVerdict

    /// What the server behind said of a message that may be delivered, after ``finish()``: not called where the message
    /// did not get so far.
    mutating func passedOn(_ outcome: ProxyOutcome)

    /// The client is gone, or the message was refused for its form: called instead of ``finish()``.
    func abandon()
}

/// What happens at the proxy besides verdicts.
public enum ProxyEvent: Sendable {
    /// The server behind can't be reached, or went away within a message.
    case unreachable(SMTPClientError)
    /// A message that may be delivered was given to the server behind, and this came of it, in the server's words or
    /// in ours.
    case passedOn(id: String, ProxyOutcome, answer: String)
    /// A large message can't be kept until its verdict, by the number of the system's error.
    case spoolFailed(Int32)
}

/// What became of a message that was to be passed on.
public enum ProxyOutcome: String, Hashable, Sendable, CaseIterable {
    /// The server behind took it.
    case delivered
    /// The server behind refused it for good.
    case refused
    /// The server behind wants it later.
    case deferred
    /// The connection was lost before the end of the message: it was not delivered.
    case lost
    /// The connection was lost behind the end of the message: nobody knows whether it was delivered.
    case unknowable
}
