internal import MailBytes

/// Why octets of a server are no reply.
public enum SMTPReplyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A line of more than 2048 octets.
    case lineTooLong
    /// More than a hundred lines, or more than 32 KiB.
    case tooLong
    /// A line that does not begin with a code and a space or `-`.
    case noCode
    /// Lines of one reply with different codes.
    case differentCodes

    public var description: String {
        switch self {
        case .lineTooLong: "reply with a line of more than \(SMTPReplyLimits.lineOctetsRead) octets"
        case .tooLong: "reply with too many lines"
        case .noCode: "line that is no reply"
        case .differentCodes: "reply whose lines have different codes"
        }
    }
}

/// Reads replies out of octets that come in pieces of any size.
public struct SMTPReplyReader: Sendable {
    private var queue = OctetQueue()
    private var code: Int?
    private var texts: [ArraySlice<UInt8>] = []
    private var octets = 0

    public init() {}

    /// Octets that belong to no reply yet, those of a reply that has begun included.
    public var pendingOctets: Int { queue.count + octets }

    /// Takes the octets that came next.
    public mutating func append(_ span: RawSpan) { queue.append(span) }

    /// Takes the octets that came next.
    public mutating func append(_ octets: [UInt8]) { queue.append(octets) }

    /// The next reply; nil until it is there.
    ///
    /// - Throws: where the server sends none. There is nothing to be done then but to close the connection.
    public mutating func next() throws(SMTPReplyError) -> SMTPReply? {
        while true {
            switch queue.line(octetsMax: SMTPReplyLimits.lineOctetsRead) {
            case .none:
                guard queue.skipped == 0 else { throw .lineTooLong }
                return nil
            case .tooLong: throw .lineTooLong
            // A line feed alone is borne: nothing depends on where a reply's line ends but the reply.
            case .line(let line, _): if let reply = try take(line) { return reply }
            }
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) throws(SMTPReplyError) -> SMTPReply? {
        let digits = line.prefix(3)
        // RFC 5321 §4.2: three digits, of which the first is one from 2 to 5.
        guard digits.count == 3, digits.allSatisfy(\.isDigit), let first = digits.first, (0x32...0x35).contains(first)
        else { throw .noCode }
        let code = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard self.code == nil || self.code == code else { throw .differentCodes }
        let rest = line.dropFirst(3)
        // A code alone is a last line, too.
        let isLast = rest.first != UInt8(ascii: "-")
        guard rest.isEmpty || rest.first == .space || !isLast else { throw .noCode }
        octets += line.count + 2
        guard texts.count < SMTPReplyLimits.linesMax, octets <= SMTPReplyLimits.octetsMax else { throw .tooLong }
        self.code = code
        texts.append(rest.dropFirst())
        guard isLast else { return nil }
        defer {
            self.code = nil
            texts = []
            octets = 0
        }
        return SMTPReply(code, read: texts)
    }
}

extension SMTPReply {
    /// A reply as it was read: the enhanced code is looked for at the beginning of each line.
    init(_ code: Int, read texts: [ArraySlice<UInt8>]) {
        var enhanced: SMTPEnhancedCode?
        var lines: [String] = []
        for (index, text) in texts.enumerated() {
            var text = text
            let word = text.prefix { $0 != .space }
            if code / 100 != 3, let found = SMTPEnhancedCode(word), found.kind == code / 100 {
                if index == 0 { enhanced = found }
                if found == enhanced { text = text.dropFirst(word.count + 1) }
            }
            lines.append(Self.printable(text))
        }
        self.init(code, enhanced, lines: lines)
    }

    /// Reads one whole reply.
    ///
    /// - Throws: if it is none, or something stands behind it.
    public init(wire: [UInt8]) throws(SMTPReplyError) {
        var reader = SMTPReplyReader()
        reader.append(wire)
        guard let reply = try reader.next(), reader.pendingOctets == 0 else { throw .noCode }
        self = reply
    }
}
