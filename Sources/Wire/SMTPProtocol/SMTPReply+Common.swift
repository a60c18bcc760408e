extension SMTPReply {
    /// It is done.
    public static let ok = SMTPReply(250, SMTPEnhancedCode(2, 0, 0), "ok")
    /// The text may come.
    public static let goAhead = SMTPReply(354, "end with CR LF . CR LF")
    /// Something is wrong here; the client is to come again.
    public static let localError = SMTPReply(451, SMTPEnhancedCode(4, 3, 0), "error here, try again later")

    static let closing = SMTPReply(221, SMTPEnhancedCode(2, 0, 0), "goodbye")
    static let readyForTLS = SMTPReply(220, SMTPEnhancedCode(2, 0, 0), "begin TLS")
    static let help = SMTPReply(214, SMTPEnhancedCode(2, 0, 0), "see RFC 5321")
    // RFC 5321 §3.5.3: neither yes nor no.
    static let cannotVerify = SMTPReply(252, SMTPEnhancedCode(2, 5, 2), "send mail and see")
    static let earlyInput = SMTPReply(554, SMTPEnhancedCode(5, 5, 0), "client spoke before its turn")
    static let helloFirst = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "greet first")
    static let mailFirst = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "MAIL comes first")
    static let mailTwice = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "a message has begun")
    static let badSequence = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "command out of order")
    // RFC 5321 §3.3, RFC 2033 §4.2.
    static let noRecipients = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "no valid recipients")
    // RFC 3207 §4.
    static let tlsFirst = SMTPReply(530, SMTPEnhancedCode(5, 7, 0), "STARTTLS first")
    static let tlsThere = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "TLS is there already")
    // RFC 5321 §4.5.3.1.10.
    static let tooManyRecipients = SMTPReply(452, SMTPEnhancedCode(4, 5, 3), "too many recipients")
    static let refusedConnection = SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "no service for you here")
}

extension SMTPServerCloseReason {
    /// What the client is told at the end; nil where the reply has been given.
    var reply: SMTPReply? {
        switch self {
        case .quit, .refused: nil
        case .earlyInput, .inputBeforeTLS: .earlyInput
        case .errors, .idleCommands, .recipients, .messages, .discarded:
            SMTPReply(421, SMTPEnhancedCode(4, 7, 0), description)
        case .chunk: SMTPReply(501, SMTPEnhancedCode(5, 5, 4), description)
        case .foreign: SMTPReply(521, SMTPEnhancedCode(5, 5, 1), description)
        case .ended: SMTPReply(421, SMTPEnhancedCode(4, 3, 2), "closing connection")
        }
    }
}
