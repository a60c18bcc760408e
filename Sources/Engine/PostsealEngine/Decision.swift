/// What to do with a message.
public enum Disposition: String, Hashable, Sendable {
    case accept, quarantine, reject
    /// Ask the sender to try again later.
    case tempfail
}

/// The SMTP reply that carries out a decision.
public struct SMTPReply: Hashable, Sendable, CustomStringConvertible {
    /// The SMTP reply code.
    public var code: Int
    /// The enhanced status code: RFC 3463.
    public var enhancedCode: String
    /// Printable ASCII, for the sender's administrator.
    public var text: String

    public init(code: Int, enhancedCode: String, text: String) {
        self.code = code
        self.enhancedCode = enhancedCode
        self.text = text
    }

    public var description: String { "\(code) \(enhancedCode) \(text)" }
}

/// What was decided about a message, and why.
public struct Decision: Hashable, Sendable {
    public var disposition: Disposition
    /// The reply to the client; nil where the message is accepted.
    public var reply: SMTPReply?
    /// One clause: the rule that settled it.
    public var reason: String

    public init(disposition: Disposition, reply: SMTPReply? = nil, reason: String) {
        self.disposition = disposition
        self.reply = reply
        self.reason = reason
    }
}
