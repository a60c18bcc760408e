/// What comes of what a client sends.
public enum SMTPServerEvent: Hashable, Sendable {
    /// The client is there. The answer is the greeting: 2xx lets it in, anything else is said as it is.
    case connected
    /// HELO, EHLO or LHLO. Answered; with 2xx, the session says what it offers.
    case hello(SMTPHello)
    /// MAIL. Answered; with 2xx, a message has begun.
    case mail(SMTPSender)
    /// RCPT. Answered; with 2xx, the message has another recipient.
    case recipient(SMTPRecipient)
    /// DATA, or the first BDAT, with the recipients that were accepted. Answered: 2xx and 3xx let the text come,
    /// anything else refuses the message.
    case dataStarted(SMTPEnvelope)
    /// The message's text, as it is: dots taken off, CR LF behind each line. No answer.
    case data([UInt8])
    /// The message that is coming in is refused for its text; the session says so when its end is there. No answer.
    case messageRefused(SMTPContentDefect)
    /// The message is complete. Answered, with a reply, or in LMTP one for each recipient in their order.
    case dataEnded
    /// The message is given up: RSET, or a new EHLO. No answer.
    case reset
    /// What the session has to send is sent, and then TLS begins; ``SMTPServerSession/tlsEstablished()`` says when it
    /// is there. It is due in the same turn: what is read afterwards belongs to TLS.
    case startTLS
    /// XCLIENT: from now on the client is another. The answer is the greeting, as with ``connected``.
    case clientReplaced(SMTPClientAttributes)
    /// The connection is over: what the session has to send is sent, and it is closed. No answer.
    case closed(SMTPServerCloseReason)
}

/// Why the session ended a connection.
public enum SMTPServerCloseReason: Hashable, Sendable, CustomStringConvertible {
    /// The client said QUIT.
    case quit
    /// An answer said so: 421 or 521.
    case refused
    /// The client spoke before its turn.
    case earlyInput
    /// Octets came between STARTTLS and TLS: somebody may have put them there.
    case inputBeforeTLS
    /// Too many mistakes.
    case errors
    /// Too many commands without a message.
    case idleCommands
    /// Too many RCPT commands in a message.
    case recipients
    /// As many messages as a connection may bring.
    case messages
    /// Too much that was read for nothing.
    case discarded
    /// A BDAT whose length can't be known.
    case chunk
    /// A word of another protocol.
    case foreign
    /// The server stops, or the client took too long.
    case ended

    public var description: String {
        switch self {
        case .quit: "the client is done"
        case .refused: "the client was refused"
        case .earlyInput: "the client spoke before its turn"
        case .inputBeforeTLS: "octets between STARTTLS and TLS"
        case .errors: "too many mistakes"
        case .idleCommands: "too many commands without a message"
        case .recipients: "too many RCPT commands"
        case .messages: "as many messages as a connection may bring"
        case .discarded: "too much that was read for nothing"
        case .chunk: "a chunk whose length can't be known"
        case .foreign: "a command of another protocol"
        case .ended: "ended by the server"
        }
    }
}
