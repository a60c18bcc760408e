internal import MailBytes

/// An enhanced status code, `5.7.1`, as RFC 3463 has them.
public struct SMTPEnhancedCode: Hashable, Sendable, CustomStringConvertible {
    /// 2, 4 or 5: what became of it.
    public var kind: Int
    /// What it is about, up to 999.
    public var subject: Int
    /// What exactly, up to 999.
    public var detail: Int

    /// The numbers, brought within their bounds.
    public init(_ kind: Int, _ subject: Int, _ detail: Int) {
        self.kind = [2, 4, 5].contains(kind) ? kind : 5
        self.subject = min(max(0, subject), 999)
        self.detail = min(max(0, detail), 999)
    }

    /// Reads `5.7.1`; nil for anything else.
    public init?(_ text: some Collection<UInt8>) {
        guard text.count <= 9 else { return nil }
        var cursor = ByteCursor(Array(text))
        // RFC 3463 §2: class "." subject "." detail, the last two of at most three digits.
        guard let kind = cursor.decimal(digits: 1), [2, 4, 5].contains(kind), cursor.skip(UInt8(ascii: ".")),
            let subject = cursor.decimal(digits: 3), cursor.skip(UInt8(ascii: ".")),
            let detail = cursor.decimal(digits: 3), cursor.isAtEnd
        else { return nil }
        self.init(kind, subject, detail)
    }

    public var description: String { "\(kind).\(subject).\(detail)" }
}

/// A reply of an SMTP or LMTP server.
///
/// Whatever it is made of, it can be sent as it is: its code is one of three digits that SMTP has, its enhanced code is
/// of the same class, and its text is printable ASCII.
public struct SMTPReply: Hashable, Sendable, CustomStringConvertible {
    /// From 200 to 599.
    public let code: Int
    /// Nil where there is none, as with every 3xx.
    public let enhanced: SMTPEnhancedCode?
    /// The text without the codes; at least one line, which may be empty.
    public let lines: [String]

    /// A reply of several lines. Characters other than printable ASCII become `?`; a code that SMTP does not have
    /// becomes 451; the class of the enhanced code becomes that of the code.
    public init(_ code: Int, _ enhanced: SMTPEnhancedCode? = nil, lines: [String]) {
        let code = (200...599).contains(code) ? code : 451
        self.code = code
        self.enhanced = code / 100 == 3 ? nil : enhanced.map { SMTPEnhancedCode(code / 100, $0.subject, $0.detail) }
        let texts = lines.prefix(SMTPReplyLimits.linesMax).map { Self.printable($0.utf8) }
        self.lines = texts.isEmpty ? [""] : texts
    }

    /// A reply of one line; see ``init(_:_:lines:)``.
    public init(_ code: Int, _ enhanced: SMTPEnhancedCode?, _ text: String) {
        self.init(code, enhanced, lines: [text])
    }

    /// A reply of one line without an enhanced code; see ``init(_:_:lines:)``.
    public init(_ code: Int, _ text: String) { self.init(code, nil, lines: [text]) }

    /// 2xx: it is done.
    public var isPositive: Bool { code / 100 == 2 }
    /// 3xx: go on.
    public var isIntermediate: Bool { code / 100 == 3 }
    /// 4xx: not now.
    public var isTransient: Bool { code / 100 == 4 }
    /// 5xx: never.
    public var isPermanent: Bool { code / 100 == 5 }

    /// The reply in one line, for logs.
    public var description: String {
        ([String(code)] + (enhanced.map { [$0.description] } ?? []) + lines.filter { !$0.isEmpty })
            .joined(separator: " ")
    }

    /// The octets as text; what is not printable ASCII becomes `?`.
    static func printable(_ octets: some Collection<UInt8>) -> String {
        let head = octets.lazy.prefix(SMTPReplyLimits.octetsMax)
        return String(decoding: head.map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// Bounds on replies, those that are sent and those that are read.
enum SMTPReplyLimits {
    /// RFC 5321 §4.5.3.1.5: 512 octets with the code and CR LF. What is sent keeps to it.
    static let lineOctetsSent = 512
    /// Servers write longer lines, and it would be a pity to lose a message over that.
    static let lineOctetsRead = 2048
    /// The longest reply that is of use is an EHLO's, with a keyword a line.
    static let linesMax = 100
    /// All lines of a reply together.
    static let octetsMax = 32 * 1024
}
