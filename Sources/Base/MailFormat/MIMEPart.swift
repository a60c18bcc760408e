internal import MailBytes

/// One part of a message: the whole message, or something within it. RFC 2046.
public struct MIMEPart: Sendable {
    /// The part's fields. Of a part in a multipart the MIME fields alone mean something (RFC 2046 §5.1).
    public let header: HeaderSection
    /// From the first octet of the header to behind the last of the body. The line break in front of a boundary
    /// belongs to the boundary (RFC 2046 §5.1.1).
    public internal(set) var whole: Range<Int>
    /// The body as it is coded.
    public internal(set) var body: Range<Int>
    /// The type as said, or what holds where nothing usable is said.
    public let contentType: ContentType
    public let disposition: ContentDisposition?
    public let transferEncoding: TransferEncoding
    /// The position in ``MIMETree/parts`` of the part that this one is in; nil for the message itself.
    public let parent: Int?
    /// The positions of the parts that are in this one: of a multipart any number, of a message in a message one.
    public internal(set) var children: [Int] = []
    /// 0 for the message itself.
    public let depth: Int

    /// The file name that the sender gives, from the disposition or else from the type's `name`. It may hold anything.
    public var fileName: String? { disposition?.fileName ?? contentType.parameter("name")?.value }

    /// Whether the sender wants this part kept apart from the text, or it is something that is no text to show.
    public var isAttachment: Bool {
        guard !contentType.isMultipart else { return false }
        if let disposition { return disposition.kind != "inline" || fileName != nil }
        return contentType.isMessage || fileName != nil || contentType.type != "text"
    }
}

/// Something about the parts of a message that programs read differently: a way to hide content from a scanner.
public enum MIMEDefect: String, Hashable, Sendable, CaseIterable {
    /// A multipart without a usable boundary: its body is not cut.
    case missingBoundary = "missing-boundary"
    /// A multipart in which its boundary never comes.
    case noParts = "no-parts"
    /// A multipart without the boundary that ends it.
    case missingEnd = "missing-end"
    /// A boundary of more than 70 characters (RFC 2046 §5.1.1).
    case longBoundary = "long-boundary"
    /// A multipart within another with the same boundary.
    case repeatedBoundary = "repeated-boundary"
    /// A line that begins like a boundary and goes on: a boundary for RFC 2046 §5.1.1 to the letter, text for most
    /// programs, and for this one.
    case boundaryWithText = "boundary-with-text"
    /// A multipart or message in base64 or quoted-printable, which RFC 2045 §6.4 forbids: it is not looked into.
    case encodedContainer = "encoded-container"
    /// Several Content-Type, Content-Transfer-Encoding or Content-Disposition fields in one part: the first counts.
    case repeatedField = "repeated-field"
    /// A Content-Type that names no type: read as if it were not there.
    case badContentType = "bad-content-type"
    /// Parameters that programs read differently: see ``ContentType/defects``.
    case oddParameters = "odd-parameters"
    /// Parts within parts deeper than ``MIMELimits/depth``: they are not looked into.
    case tooDeep = "too-deep"
    /// More parts than ``MIMELimits/parts``: the rest is in no list.
    case tooManyParts = "too-many-parts"
}

/// Limits of reading the parts of a message.
public struct MIMELimits: Sendable {
    /// Parts within parts. RFC 2046 sets no limit; mail in use has less than ten.
    public var depth: Int
    /// Parts in all.
    public var parts: Int
    /// Header fields of one part.
    public var fieldsPerPart: Int

    public init(depth: Int = 100, parts: Int = 10_000, fieldsPerPart: Int = 1000) {
        self.depth = depth
        self.parts = parts
        self.fieldsPerPart = fieldsPerPart
    }
}

/// The parts of a message, as ranges over its octets.
///
/// Every message has a tree; what is odd is in ``defects``.
public struct MIMETree: Sendable {
    /// The whole message, which the ranges of the parts are into.
    public let bytes: [UInt8]
    /// All parts in the order in which they begin; the first is the message itself.
    public let parts: [MIMEPart]
    public let defects: Set<MIMEDefect>

    /// Cuts a message into parts. There always is at least one; what was wrong is in ``defects``.
    public init(parsing message: MailMessage, limits: MIMELimits = MIMELimits()) {
        var parser = MIMEParser(message: message, limits: limits)
        parser.parse()
        bytes = message.bytes
        parts = parser.parts
        defects = parser.defects
    }

    /// The parts that hold no others.
    public var leaves: [MIMEPart] { parts.filter(\.children.isEmpty) }

    /// A part's body out of its transfer encoding, and whether that was well-formed.
    public func decodedBody(of part: MIMEPart) -> (octets: [UInt8], isWellFormed: Bool) {
        part.transferEncoding.decode(bytes[part.body.clamped(to: 0..<bytes.count)])
    }

    /// The message in a part that holds one, also where it is in base64 or quoted-printable, which RFC 2045 §6.4
    /// forbids and ``MIMEDefect/encodedContainer`` says. Its octets are a copy.
    public func message(in part: MIMEPart, limits: MessageLimits = MessageLimits()) -> MailMessage? {
        guard part.contentType.isMessage else { return nil }
        return MailMessage(parsing: decodedBody(of: part).octets, limits: limits)
    }

    /// The text of a `text` part; nil for other types and for character sets that are not decoded (``Charset``).
    public func text(of part: MIMEPart) -> String? {
        guard part.contentType.type == "text" else { return nil }
        return part.contentType.charset.text(decodedBody(of: part).octets)
    }
}
