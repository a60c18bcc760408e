public import MailBytes
internal import MailFormat

/// What the sender of a report's mail has to say. Everything has to be free of line breaks; control characters are
/// left out.
public struct ReportMailHead: Hashable, Sendable {
    /// The value of `From`: an address, or a name and an address in angle brackets.
    public var from: String
    /// The address that the report goes to.
    public var to: String
    /// When the mail is made.
    public var date: UnixTime
    /// Without angle brackets.
    public var messageID: String
    /// More fields, names and values, in their order.
    public var fields: [FeedbackField]

    public init(from: String, to: String, date: UnixTime, messageID: String, fields: [FeedbackField] = []) {
        self.from = from
        self.to = to
        self.date = date
        self.messageID = messageID
        self.fields = fields
    }
}

/// A mail with parts, as reports are sent in.
struct ReportMail {
    struct Part {
        var mediaType: String
        var fileName: String?
        var octets: [UInt8]
        /// Text and feedback fields as they are; everything else in base64.
        var isEncoded: Bool

        init(text: String) {
            mediaType = "text/plain; charset=us-ascii"
            octets = Array(text.utf8)
            isEncoded = false
        }

        init(mediaType: String, fileName: String? = nil, octets: [UInt8], isEncoded: Bool = true) {
            self.mediaType = mediaType
            self.fileName = fileName
            self.octets = octets
            self.isEncoded = isEncoded
        }
    }

    var head: ReportMailHead
    var subject: String
    /// `report-type` of a `multipart/report` (RFC 6522 §3); nil for `multipart/mixed`.
    var reportType: String?
    var parts: [Part] = []

    /// RFC 5322 §2.1.1: lines are better not longer.
    private static let lineMax = 78
    /// RFC 2045 §6.8.
    private static let base64LineMax = 76

    /// The mail with CRLF at the end of its lines.
    var octets: [UInt8] {
        let boundary = boundary
        var output: [UInt8] = []
        Self.field("From", head.from, to: &output)
        Self.field("To", head.to, to: &output)
        Self.field("Subject", subject, to: &output)
        Self.field("Date", MailDate(head.date).text, to: &output)
        Self.field("Message-ID", "<\(head.messageID)>", to: &output)
        for field in head.fields { Self.field(field.name, field.value, to: &output) }
        Self.field("MIME-Version", "1.0", to: &output)
        let type = reportType.map { "multipart/report; report-type=\($0)" } ?? "multipart/mixed"
        Self.field("Content-Type", "\(type); boundary=\"\(boundary)\"", to: &output)
        output.append(contentsOf: "\r\n".utf8)
        for part in parts {
            output.append(contentsOf: "--\(boundary)\r\n".utf8)
            Self.field("Content-Type", part.mediaType, to: &output)
            if let name = part.fileName {
                Self.field("Content-Disposition", "attachment; filename=\"\(name)\"", to: &output)
            }
            if part.isEncoded { Self.field("Content-Transfer-Encoding", "base64", to: &output) }
            output.append(contentsOf: "\r\n".utf8)
            if part.isEncoded { Self.base64(part.octets, to: &output) } else { output.append(contentsOf: part.octets) }
            output.append(contentsOf: "\r\n".utf8)
        }
        output.append(contentsOf: "--\(boundary)--\r\n".utf8)
        return output
    }

    /// A boundary that is in no part: the same mail gets the same one.
    private var boundary: String {
        let id = head.messageID.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(40)
        var number = 0
        // Each turn that goes on has found its text in the parts, so there are fewer than octets.
        while true {
            let boundary = "=_report_\(id)_\(number)"
            let text = Array("--\(boundary)".utf8)
            guard parts.contains(where: { !$0.isEncoded && $0.octets.contains(octets: text) }) else {
                return boundary
            }
            number += 1
        }
    }

    /// A field of visible ASCII and spaces, folded at spaces. What is neither becomes `?`, line breaks and tabs spaces.
    static func field(_ name: String, _ value: String, to output: inout [UInt8]) {
        var text: [UInt8] = []
        for scalar in value.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: text.append(.space)
            case 0x20..<0x7F: text.append(UInt8(truncatingIfNeeded: scalar.value))
            default: text.append(UInt8(ascii: "?"))
            }
        }
        var line = Array("\(name):".utf8)
        var hasWord = false
        // Spaces in a row stay as they are, and never stand alone on a line.
        for word in text[...].trimmingWhitespace.split(separator: .space, omittingEmptySubsequences: false) {
            if hasWord, !word.isEmpty, line.count + 1 + word.count > lineMax {
                output.append(contentsOf: line)
                output.append(contentsOf: "\r\n".utf8)
                line = []
            }
            line.append(.space)
            line.append(contentsOf: word)
            hasWord = hasWord || !word.isEmpty
        }
        output.append(contentsOf: line)
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func base64(_ octets: [UInt8], to output: inout [UInt8]) {
        let text = Base64.encode(octets)
        var index = 0
        while index < text.count {
            let end = min(text.count, index + base64LineMax)
            output.append(contentsOf: text[index..<end])
            output.append(contentsOf: "\r\n".utf8)
            index = end
        }
    }
}
