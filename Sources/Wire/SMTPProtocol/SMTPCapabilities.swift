internal import MailBytes

/// What a server says of itself in the answer to EHLO or LHLO.
public struct SMTPCapabilities: Hashable, Sendable {
    /// What it calls itself, with what stands behind; printable ASCII.
    public var name = ""
    public var extensions: SMTPExtensions = []
    /// The largest message that it takes (RFC 1870 §4); nil where it does not say.
    public var sizeMax: Int?
    /// All keywords as they came, with their arguments.
    public var keywords: [String] = []

    /// None, as of a server that knows HELO alone.
    public init() {}

    /// Reads the answer.
    public init(_ reply: SMTPReply) {
        name = reply.lines.first ?? ""
        keywords = Array(reply.lines.dropFirst())
        for line in keywords {
            let words = line.split(separator: " ")
            guard let word = words.first?.uppercased(),
                let found = SMTPExtensions.keywords.first(where: { $0.word == word })?.extension
            else { continue }
            extensions.insert(found)
            if found == .size, words.count > 1 {
                var cursor = ByteCursor(String(words[1]))
                // RFC 1870 §4: zero says that there is no limit.
                if let size = cursor.decimal(digits: SMTPMailParameters.sizeDigits), cursor.isAtEnd, size > 0 {
                    sizeMax = size
                }
            }
        }
    }
}
