public import PostsealEngine
public import Rendering

/// Judges the messages that come in over HTTP. The daemon has the one that stands before the engine.
public protocol HTTPVerifier: Sendable {
    associatedtype Judge: HTTPJudge

    /// Takes a message in hand when its header is complete. Must not wait.
    ///
    /// - Parameters:
    ///   - transaction: with the header; a body that it holds is given to the judge too, and is not to be looked at.
    ///   - explaining: whether the findings are to have their traces.
    /// - Returns: nil where too many messages are being checked: the client is told to come back later.
    func begin(_ transaction: MailTransaction, explaining: Bool) -> Judge?
}

/// One message on its way in.
public protocol HTTPJudge: Sendable {
    /// Whether anything is left for which the body must be seen.
    var needsBody: Bool { get }

    /// Takes in the next octets of the body, with the line ends of the wire.
    mutating func update(_ octets: ArraySlice<UInt8>)

    /// The message is complete. Called at most once, and to come back within the budget of a message.
    mutating func finish() async -> HTTPJudgement

    /// The client is gone, too slow, or sent too much: called instead of ``finish()``.
    func abandon()
}

/// What came of a message.
public enum HTTPJudgement: Sendable {
    /// It was judged. The report's name is shown as `file`; nil is what a message without a file has.
    case report(MessageReport)
    /// Too many messages are being checked.
    case overload
    /// The filter itself failed.
    case failure
}

/// Whether the daemon does its work, as it knows without asking anybody.
public enum HTTPHealth: Hashable, Sendable {
    case serving
    /// It does, and something beside mail does not work: each a clause without secrets.
    case warning([String])
    /// What does not work, each a clause without secrets.
    case failing([String])
}
