/// A message up to the end of its header, and where it comes from.
public struct MilterMessage: Hashable, Sendable {
    /// Counts the messages of a milter connection from 1.
    public var number = 0
    /// Who the mail server has the message from.
    public var connection = MilterConnection()
    /// What the client said in HELO or EHLO; nil if it did not.
    public var helo: [UInt8]?
    /// The envelope's sender; empty if it is not reported (``MilterSteps/noMail``).
    public var sender = MilterPath()
    /// The recipients that were not refused, in the order of their coming.
    public var recipients: [MilterPath] = []
    /// The macros at the end of the header. ``MilterSession/macros`` has those that come later.
    public var macros = MilterMacros()
    /// What may be changed of it; changes of another kind are refused.
    public var actions = MilterActions()
    /// The header with CRLF line ends, and the empty line behind it.
    ///
    /// As the client sent it, if ``MilterSteps/leadingSpace`` was negotiated; else each colon is followed by one
    /// space, whatever stood there. White space before a colon is gone: no mail server reports it. Nor does Postfix
    /// report the Received field that it adds itself.
    public var header: [UInt8] = []

    /// An empty message.
    public init() {}
}
