public import MilterProtocol

/// Who judges the messages of a ``MilterFilterServer``.
public protocol MilterFilter: Sendable {
    /// What judges one message.
    associatedtype Judge: MilterJudge

    /// Takes up a message, of which all is there up to the end of its header.
    ///
    /// It is called on an event loop, and must not wait.
    func begin(_ message: MilterMessage) -> Judge
}

/// What judges one message. It is used by one at a time.
public protocol MilterJudge: Sendable {
    /// Whether more of the body is needed; if not, the mail server is asked to leave the rest out.
    var needsBody: Bool { get }

    /// Takes a piece of the body, CRLF line ends as they came. It is called on an event loop, and must not wait.
    mutating func update(_ octets: ArraySlice<UInt8>)

    /// Judges the message, which is complete. While this takes its time the mail server is told that it goes on.
    ///
    /// It begins on the event loop of the connection, and so do all that it calls without leaving it: what computes for
    /// long should go elsewhere. It is cancelled when nobody waits for the judgement any more.
    ///
    /// - Parameter macros: those at the end of the message: Postfix tells the queue id, `i`, only here for certain.
    mutating func finish(macros: MilterMacros) async -> MilterJudgement

    /// What the mail server is told where ``finish(macros:)`` takes longer than
    /// ``MilterServerOptions/judgementTimeout``. It is asked for with each message, and should cost nothing.
    var overdue: MilterVerdict { get }

    /// The mail server gave the message up, or the connection is gone. Called instead of ``finish(macros:)``, or when
    /// that has returned after it was cancelled.
    func abandon()
}

extension MilterJudge {
    /// The message may come again.
    public var overdue: MilterVerdict { .tempfail }
}

/// What becomes of a message.
public struct MilterJudgement: Hashable, Sendable {
    /// What the mail server is told.
    public var verdict: MilterVerdict
    /// What is to be changed, if the verdict lets the message through.
    public var changes: [MilterChange]
    /// What the mail server is told where one of the changes can't be asked for: because it does not offer it, or
    /// because the change is malformed. Then none of them is made: no message goes on with half of its changes. To let
    /// it go on as it came is for the judge to choose.
    public var fallback: MilterVerdict

    public init(verdict: MilterVerdict, changes: [MilterChange] = [], fallback: MilterVerdict = .tempfail) {
        self.verdict = verdict
        self.changes = changes
        self.fallback = fallback
    }
}
