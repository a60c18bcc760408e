/// What came over a connection, for the one who drives a ``MilterSession``.
public enum MilterEvent: Hashable, Sendable {
    /// Octets to send to the mail server at once.
    case send([UInt8])
    /// A client connected. Only with ``MilterStage/connect`` in ``MilterPreferences/decides``; like the next four, it
    /// waits for ``MilterSession/answerStage(_:)``.
    case connected(MilterConnection)
    /// HELO or EHLO. Only where the filter decides about it.
    case greeted([UInt8])
    /// MAIL. Only where the filter decides about it.
    case sender(MilterPath)
    /// RCPT. Only where the filter decides about it.
    case recipient(MilterPath)
    /// DATA. Only where the filter decides about it.
    case data
    /// A message up to the end of its header; waits for ``MilterSession/answerHeader(_:)``.
    case messageStarted(MilterMessage)
    /// A piece of its body, CRLF line ends as they came; waits for ``MilterSession/answerBody(_:skipping:)``.
    case body(ArraySlice<UInt8>)
    /// All of it is there; waits for ``MilterSession/answer(_:changes:)``.
    case messageEnded
    /// The message that was started is given up: no answer to it is awaited any more, and none is sent.
    case aborted
    /// The SMTP connection is over; what comes next is another.
    case connectionReset
    /// The mail server is done with the connection.
    case quit
}
