internal import MailBytes

/// What to do with a message.
public enum Disposition: String, Hashable, Sendable, CaseIterable {
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
    /// For the sender's administrator: printable ASCII on one line.
    public let text: String

    /// Limit: a reply line has 512 octets, code and line break included (RFC 5321 §4.5.3.1.5).
    public static let textOctetsMax = 480

    /// - Parameter text: what is no printable ASCII becomes a question mark, and what is too long for a line is cut.
    public init(code: Int, enhancedCode: String, text: String) {
        self.code = code
        self.enhancedCode = enhancedCode
        let isPlain = text.utf8.count <= Self.textOctetsMax && text.utf8.allSatisfy { $0.isVisible || $0 == .space }
        self.text = isPlain ? text : Self.plain(text)
    }

    private static func plain(_ text: String) -> String {
        let octets = text.utf8.prefix(textOctetsMax).map { $0.isVisible || $0 == .space ? $0 : UInt8(ascii: "?") }
        guard text.utf8.count > textOctetsMax else { return String(lossy: octets) }
        return String(lossy: octets.dropLast(3)) + "..."
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
    /// Whether the message is to be marked for its reader. Only what is delivered can be.
    public var isTagged: Bool
    /// In a dry run: what would have been done, if anything else than to accept.
    public var dryRun: Disposition?

    public init(
        disposition: Disposition, reply: SMTPReply? = nil, reason: String, isTagged: Bool = false,
        dryRun: Disposition? = nil
    ) {
        self.disposition = disposition
        self.reply = reply
        self.reason = reason
        self.isTagged = isTagged
        self.dryRun = dryRun
    }

    /// The same decision as a dry run carries it out: the message is delivered, with a mark that says what would have
    /// happened.
    var asDryRun: Decision {
        guard disposition != .accept else { return self }
        return Decision(disposition: .accept, reason: reason, isTagged: true, dryRun: disposition)
    }
}
