internal import MailBytes

/// Something about a message's form that programs read differently, or that the standards forbid.
public enum MessageDefect: String, Hashable, Sendable, CaseIterable {
    /// The text began with an mbox `From ` line, which is no part of the message.
    case mboxFromLine = "mbox-from-line"
    /// The header ended with a line that is neither field nor empty; the body begins with that line.
    case missingSeparator = "missing-separator"
    /// The header has no end and there is no body.
    case noBody = "no-body"
    /// A line feed without carriage return: read as a line break.
    case bareLineFeed = "bare-line-feed"
    /// A carriage return without line feed in the header: read as part of the value.
    case bareCarriageReturn = "bare-carriage-return"
    case nulOctet = "nul-octet"
    /// A control character in a field's value, other than tab, line breaks and NUL.
    case controlCharacter = "control-character"
    /// White space between field name and colon.
    case spaceBeforeColon = "space-before-colon"
    /// The header has octets above 127 that are not UTF-8 (RFC 6532 §3.1).
    case headerNotUTF8 = "header-not-utf8"
    /// A header line of more than 998 octets (RFC 5322 §2.1.1).
    case lineTooLong = "line-too-long"
    /// More fields than ``MessageLimits/fields``: the rest are in no list.
    case tooManyFields = "too-many-fields"
}

/// Limits of reading a message.
public struct MessageLimits: Sendable {
    /// Header fields that are listed.
    public var fields: Int

    public init(fields: Int = 100_000) { self.fields = fields }
}

/// A message as it arrived: its octets, and where header fields and body lie in them.
///
/// Every sequence of octets is a message; what is odd about it is in ``defects``. The octets are never
/// changed, because signatures cover them.
public struct MailMessage: Sendable {
    /// The message as it came in.
    public let bytes: [UInt8]
    public let header: HeaderSection
    /// The body's octets: behind the empty line that ends the header.
    public let body: Range<Int>
    public let defects: Set<MessageDefect>
    /// Whether the header has octets above 127.
    let headerHasNonASCII: Bool

    /// Reads a message. Whatever the octets are, there is a result; what was wrong with them is in ``defects``.
    public init(parsing bytes: [UInt8], limits: MessageLimits = MessageLimits()) {
        var parser = HeaderParser(bytes: bytes, limits: limits)
        parser.parse(allowingMboxLine: true)
        self.bytes = bytes
        header = HeaderSection(bytes: bytes, fields: parser.fields, nameKeys: parser.nameKeys)
        headerHasNonASCII = parser.hasNonASCII
        body = parser.bodyStart..<bytes.count
        defects = parser.defects
    }

    /// The octets behind the empty line.
    public var bodyBytes: ArraySlice<UInt8> { bytes[body] }

    /// The octets with each line feed that has no carriage return in front of it made CR LF: how a message from a
    /// file gets the line ends that it had, or will have, on the wire (RFC 6376 §5.3).
    public static func withNetworkLineEndings(_ bytes: [UInt8]) -> [UInt8] {
        let span = unsafe bytes.span.bytes
        // The line feeds without carriage return are counted first, so that the output is allocated once.
        var bare = 0
        var index = 0
        while true {
            index = OctetScan.lineFeed(span, from: index, to: bytes.count)
            guard index < bytes.count else { break }
            if index == 0 || bytes[index - 1] != .carriageReturn { bare += 1 }
            index += 1
        }
        guard bare > 0 else { return bytes }
        // Octet by octet, because lines may be short: what was counted is what is written, so it fits.
        return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count + bare) { output, count in
            var previous: UInt8 = 0
            var written = 0
            for byte in bytes {
                if byte == .lineFeed, previous != .carriageReturn {
                    unsafe output[written] = .carriageReturn
                    written += 1
                }
                unsafe output[written] = byte
                written += 1
                previous = byte
            }
            count = written
        }
    }
}
