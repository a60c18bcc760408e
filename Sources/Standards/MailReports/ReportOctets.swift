internal import MailBytes
internal import MailFormat

/// What octets are, by what they are themselves: names and media types of reports are wrong too often.
enum ReportOctets: Equatable {
    case gzip
    case zip
    case zlib
    case xml
    case json
    /// The fields of a feedback report without a mail around them.
    case feedback
    case mail
    /// Base64 of something else that is read here.
    case base64
    /// A file in uuencode, perhaps within other text.
    case uuencode
    /// A CMS SignedData with what it signs.
    case signed
    case unknown

    /// Limit: octets of the name of a file in uuencode.
    private static let fileNameBytesMax = 255
    /// How far white space and other text in front of a document is passed over.
    private static let leadingBytesMax = 4096

    init(_ octets: [UInt8]) {
        self = Self.packing(octets) ?? Self.document(octets) ?? Self.message(octets) ?? Self.hidden(octets) ?? .unknown
    }

    private static func packing(_ octets: [UInt8]) -> ReportOctets? {
        if octets.starts(with: [0x1F, 0x8B]) { return .gzip }
        if octets.starts(with: [0x50, 0x4B, 3, 4]) || octets.starts(with: [0x50, 0x4B, 5, 6]) { return .zip }
        // RFC 1950 §2.2: deflate, a window of 32 kB, one of four levels.
        if octets.count > 6, octets[0] == 0x78, [0x01, 0x5E, 0x9C, 0xDA].contains(octets[1]) { return .zlib }
        return SignedContent.content(of: octets) == nil ? nil : .signed
    }

    private static func document(_ octets: [UInt8]) -> ReportOctets? {
        if octets.starts(with: [0xFF, 0xFE]) || octets.starts(with: [0xFE, 0xFF]) {
            let first = octets.dropFirst(2).prefix(leadingBytesMax).first { $0 != 0 && !$0.isWSPOrLineBreak }
            return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : .xml
        }
        let start = withoutMark(octets).prefix(leadingBytesMax).drop { $0.isWSPOrLineBreak }
        switch start.first {
        case UInt8(ascii: "<")?: return .xml
        case UInt8(ascii: "{")?, UInt8(ascii: "[")?: return .json
        case 0? where start.dropFirst().first == UInt8(ascii: "<"): return .xml
        case 0? where start.dropFirst().first == UInt8(ascii: "{"): return .json
        default: break
        }
        // The beginnings of gzip, zip and XML in base64, which has no other characters than these.
        let encoded = ["H4sI", "UEsDB", "PD94bWw", "PGZlZWRiYWNr"]
        let isEncoded =
            encoded.contains { start.starts(with: $0.utf8) }
            && start.prefix(256).allSatisfy {
                $0.isAlphanumeric || $0.isWSPOrLineBreak || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/")
                    || $0 == UInt8(ascii: "=")
            }
        return isEncoded ? .base64 : nil
    }

    /// Fields that a mail has, and no other text begins with.
    private static let mailFields = [
        "from", "to", "subject", "received", "return-path", "date", "message-id", "mime-version", "content-type",
        "delivered-to", "dkim-signature", "content-transfer-encoding",
    ]

    private static func message(_ octets: [UInt8]) -> ReportOctets? {
        let text = withoutMark(octets)
        guard let first = text.first(where: { !$0.isWSPOrLineBreak }), first.isFieldNameCharacter else { return nil }
        let start = text.startIndex == 0 ? octets : Array(text)
        let message = MailMessage(parsing: Array(start.prefix(64 << 10)))
        if mailFields.contains(where: { message.header.first(named: $0) != nil }) { return .mail }
        let fields = MailMessage(parsing: Array(text.dropFirst(FeedbackText.start(of: text)).prefix(64 << 10)))
        return fields.header.first(named: "Feedback-Type") == nil ? nil : .feedback
    }

    /// A document or a zip file behind something else.
    private static func hidden(_ octets: [UInt8]) -> ReportOctets? {
        let start = octets.prefix(leadingBytesMax)
        if start.contains(octets: "<?xml".utf8) || start.contains(octets: "<feedback".utf8) {
            return .xml
        }
        if uuencoded(octets) != nil { return .uuencode }
        return ZipFile.end(octets) == nil ? nil : .zip
    }

    /// The first file in uuencode, from its line `begin 644 name` on, and its name. Base64 under such a line is not
    /// meant (`begin-base64`).
    static func uuencoded(_ octets: [UInt8]) -> (name: String, octets: ArraySlice<UInt8>)? {
        var cursor = ByteCursor(octets)
        while cursor.position < leadingBytesMax, !cursor.isAtEnd {
            let start = cursor.position
            let line = cursor.slice(cursor.skip { $0 != .lineFeed }).trimmingWhitespace
            defer { cursor.advance() }
            guard line.starts(with: "begin ".utf8) else { continue }
            let words = line.split(separator: .space, maxSplits: 2)
            if words.count == 3, (3...4).contains(words[1].count), words[1].allSatisfy(\.isDigit),
                (0x20...0x60).contains(cursor.peek(at: 1) ?? 0)
            {
                return (String(lossy: words[2].prefix(fileNameBytesMax)), octets[start...])
            }
        }
        return nil
    }

    /// The octets without the byte order mark of UTF-8.
    static func withoutMark(_ octets: [UInt8]) -> ArraySlice<UInt8> {
        octets.starts(with: [0xEF, 0xBB, 0xBF]) ? octets.dropFirst(3) : octets[...]
    }

    /// Whether a document says itself that it is a report, whatever else could be wrong with it.
    static func looksLikeReport(_ octets: [UInt8]) -> Bool {
        let start = Array(octets.prefix(leadingBytesMax).filter { $0 != 0 }).asciiLowercased
        return ["<feedback", ":feedback", "report_metadata", "\"report-id\"", "\"organization-name\"", "\"policies\""]
            .contains { start.contains(octets: $0.utf8) }
    }
}

/// What a part or an entry is called: its name and its media type.
struct ReportLabel {
    var fileName: String?
    /// In small letters, with the slash; nil where nobody says it.
    var mediaType: String?
    /// The character set, where the label says it.
    var charset: String?

    /// Whether the label says something else than the octets are. A name that is known counts before a media type.
    func differs(from kind: ReportOctets) -> Bool {
        guard kind != .unknown else { return false }
        return octets.map { $0 != kind } ?? isOther
    }

    /// Whether the label says that this is something in which no report comes.
    private var isOther: Bool {
        let name = fileName?.lowercased() ?? ""
        if [".png", ".jpg", ".jpeg", ".gif", ".pdf"].contains(where: name.hasSuffix) { return true }
        let type = mediaType ?? ""
        return type == "application/pdf" || ["image/", "audio/", "video/", "font/"].contains(where: type.hasPrefix)
    }

    /// What the label says that the octets are; nil if it does not say.
    var octets: ReportOctets? {
        let name = fileName?.lowercased() ?? ""
        for (ending, kind) in [(".gz", .gzip), (".gzip", .gzip), (".zip", .zip), (".xml", .xml), (".json", .json)]
            as [(String, ReportOctets)] where name.hasSuffix(ending)
        { return kind }
        switch mediaType ?? "" {
        case "application/gzip", "application/x-gzip", "application/gzip-compressed", "application/x-gunzip",
            "application/tlsrpt+gzip":
            return .gzip
        case "application/zip", "application/x-zip", "application/x-zip-compressed": return .zip
        case "application/xml", "text/xml", "application/dmarc+xml": return .xml
        case "application/tlsrpt+json", "application/json": return .json
        case "message/rfc822", "message/global": return .mail
        case "message/feedback-report": return .feedback
        default: return nil
        }
    }
}
