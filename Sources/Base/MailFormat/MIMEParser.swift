internal import MailBytes

/// Cuts a message into parts in one pass over its lines, with a stack of what is open instead of recursion.
struct MIMEParser {
    private let bytes: [UInt8]
    private let limits: MIMELimits
    private(set) var parts: [MIMEPart] = []
    private(set) var defects: Set<MIMEDefect> = []
    /// The parts that have begun and not ended, the message itself first.
    private var open: [OpenPart] = []
    private let message: MailMessage
    /// How many of the open parts have a boundary.
    private var boundaries = 0
    private var isFull = false

    private struct OpenPart {
        var index: Int
        /// What cuts the part; nil where nothing does, or does any more.
        var boundary: [UInt8]?
        var sawBoundary = false
    }

    init(message: MailMessage, limits: MIMELimits) {
        self.message = message
        bytes = message.bytes
        self.limits = limits
    }

    mutating func parse() {
        let start = message.header.fields.first?.whole.lowerBound ?? message.body.lowerBound
        begin(message.header, whole: start..<bytes.count, body: message.body, isDigestEntry: false)
        var position = descend(from: message.body.lowerBound)
        let octets = bytes
        let span = unsafe octets.span.bytes
        while position < bytes.count, boundaries > 0, !isFull {
            // The position is at the start of a line.
            let lineEnd = OctetScan.lineFeed(span, from: position, to: bytes.count)
            let next = min(lineEnd + 1, bytes.count)
            if let found = delimiter(position..<lineEnd) {
                position = cut(at: position, found, next: next)
            } else {
                position = next
            }
        }
        close(downTo: 0, at: bytes.count)
    }

    /// A delimiter: which of the open parts it cuts.
    private struct Delimiter {
        var level: Int
        var isLast: Bool
    }

    /// RFC 2046 §5.1.1: `--boundary`, or `--boundary--`, and white space.
    ///
    /// Deviation: §5.1.1 would have a line that goes on behind the boundary count as well. Hardly any program does
    /// so, and a boundary may be the beginning of another; such a line is text here and has a defect.
    private mutating func delimiter(_ line: Range<Int>) -> Delimiter? {
        guard line.count > 2, bytes[line.lowerBound] == UInt8(ascii: "-"),
            bytes[line.lowerBound + 1] == UInt8(ascii: "-")
        else { return nil }
        var end = line.upperBound
        while end > line.lowerBound, bytes[end - 1].isWSP || bytes[end - 1] == .carriageReturn { end -= 1 }
        guard end - line.lowerBound > 2 else { return nil }
        let text = bytes[(line.lowerBound + 2)..<end]
        let closes = text.count > 2 && text[end - 1] == UInt8(ascii: "-") && text[end - 2] == UInt8(ascii: "-")
        var isPrefix = false
        for level in open.indices.reversed() {
            guard let boundary = open[level].boundary else { continue }
            if text.count == boundary.count, text.elementsEqual(boundary) {
                return Delimiter(level: level, isLast: false)
            }
            if closes, text.count == boundary.count + 2, text.starts(with: boundary) {
                return Delimiter(level: level, isLast: true)
            }
            if text.count > boundary.count, !isPrefix { isPrefix = text.starts(with: boundary) }
        }
        if isPrefix { defects.insert(.boundaryWithText) }
        return nil
    }

    /// Ends what the delimiter ends, begins what it begins, and gives the start of the next line to look at.
    private mutating func cut(at lineStart: Int, _ delimiter: Delimiter, next: Int) -> Int {
        close(downTo: delimiter.level + 1, at: contentEnd(before: lineStart))
        open[delimiter.level].sawBoundary = true
        guard !delimiter.isLast else {
            open[delimiter.level].boundary = nil
            boundaries -= 1
            return next
        }
        guard parts.count < limits.parts else {
            defects.insert(.tooManyParts)
            isFull = true
            return next
        }
        return beginPart(at: next)
    }

    /// The line break in front of a delimiter belongs to it.
    private func contentEnd(before lineStart: Int) -> Int {
        guard lineStart > 0, bytes[lineStart - 1] == .lineFeed else { return lineStart }
        return lineStart > 1 && bytes[lineStart - 2] == .carriageReturn ? lineStart - 2 : lineStart - 1
    }

    private mutating func close(downTo level: Int, at contentEnd: Int) {
        guard open.count > level, let innermost = open.last else { return }
        // Where the part has no body, the line break in front of the delimiter is needed by the header: it is not
        // taken from there, for otherwise the part would end in front of its start.
        let end = max(contentEnd, parts[innermost.index].body.lowerBound)
        while open.count > level, let last = open.popLast() {
            parts[last.index].whole = parts[last.index].whole.lowerBound..<end
            parts[last.index].body = parts[last.index].body.lowerBound..<end
            if last.boundary != nil {
                boundaries -= 1
                defects.insert(last.sawBoundary ? .missingEnd : .noParts)
            }
        }
    }
}

extension MIMEParser {
    private mutating func beginPart(at start: Int) -> Int {
        let isDigest = open.last.map { parts[$0.index].contentType.subtype == "digest" } ?? false
        let (header, bodyStart) = readHeader(at: start)
        begin(header, whole: start..<bytes.count, body: bodyStart..<bytes.count, isDigestEntry: isDigest)
        return descend(from: bodyStart)
    }

    /// A header ends at an empty line, at a line that is no field, or at a delimiter.
    private mutating func readHeader(at start: Int) -> (HeaderSection, Int) {
        var end = start
        let octets = bytes
        let span = unsafe octets.span.bytes
        while end < bytes.count {
            let lineEnd = OctetScan.lineFeed(span, from: end, to: bytes.count)
            if delimiter(end..<lineEnd) != nil { break }
            let isEmpty = lineEnd == end || (lineEnd == end + 1 && bytes[end] == .carriageReturn)
            end = min(lineEnd + 1, bytes.count)
            if isEmpty { break }
        }
        var parser = HeaderParser(bytes: bytes, in: start..<end, limits: MessageLimits(fields: limits.fieldsPerPart))
        parser.parse(allowingMboxLine: false)
        return (HeaderSection(bytes: bytes, fields: parser.fields, nameKeys: parser.nameKeys), parser.bodyStart)
    }

    private mutating func begin(_ header: HeaderSection, whole: Range<Int>, body: Range<Int>, isDigestEntry: Bool) {
        let parent = open.last?.index
        let part = MIMEPart(
            header: header, whole: whole, body: body, contentType: contentType(header, isDigestEntry),
            disposition: disposition(header), transferEncoding: transferEncoding(header), parent: parent,
            depth: open.count)
        if let parent { parts[parent].children.append(parts.count) }
        open.append(OpenPart(index: parts.count))
        parts.append(part)
    }

    /// Looks into the part that has just begun: a multipart is cut from here on, a message in a message begins.
    /// Gives the start of the next line to look at.
    private mutating func descend(from start: Int) -> Int {
        var position = start
        // Each turn opens a part: bounded by the limits.
        while let last = open.last {
            let part = parts[last.index]
            guard part.contentType.isMultipart || part.contentType.isMessage else { return position }
            guard part.transferEncoding == .identity else {
                defects.insert(.encodedContainer)
                return position
            }
            guard open.count <= limits.depth else {
                defects.insert(.tooDeep)
                return position
            }
            if part.contentType.isMultipart {
                cutFromHere(part)
                return position
            }
            guard parts.count < limits.parts else {
                defects.insert(.tooManyParts)
                return position
            }
            let (header, bodyStart) = readHeader(at: position)
            begin(header, whole: position..<bytes.count, body: bodyStart..<bytes.count, isDigestEntry: false)
            position = bodyStart
        }
        return position
    }

    private mutating func cutFromHere(_ part: MIMEPart) {
        guard let boundary = part.contentType.boundary else {
            defects.insert(.missingBoundary)
            return
        }
        if boundary.count > Self.boundaryLengthMax { defects.insert(.longBoundary) }
        if open.contains(where: { $0.boundary == boundary }) { defects.insert(.repeatedBoundary) }
        open[open.count - 1].boundary = boundary
        boundaries += 1
    }

    private static let boundaryLengthMax = 70
}

extension MIMEParser {
    private mutating func contentType(_ header: HeaderSection, _ isDigestEntry: Bool) -> ContentType {
        let standard: ContentType = isDigestEntry ? .message : .plainText
        guard let field = only("Content-Type", header) else { return standard }
        // RFC 2045 §5.2: what is no type is as if it were not there. A multipart that lacks only its subtype is cut
        // all the same: content must not hide behind the omission.
        guard let type = ContentType(header.cursor(of: field)), type.isMultipart || !type.subtype.isEmpty else {
            defects.insert(.badContentType)
            return standard
        }
        if type.subtype.isEmpty { defects.insert(.badContentType) }
        if !type.defects.isEmpty { defects.insert(.oddParameters) }
        return type
    }

    private mutating func disposition(_ header: HeaderSection) -> ContentDisposition? {
        guard let field = only("Content-Disposition", header),
            let disposition = ContentDisposition(header.cursor(of: field))
        else { return nil }
        if !disposition.defects.isEmpty { defects.insert(.oddParameters) }
        return disposition
    }

    private mutating func transferEncoding(_ header: HeaderSection) -> TransferEncoding {
        guard let field = only("Content-Transfer-Encoding", header) else { return .identity }
        return TransferEncoding(parsing: header.value(of: field))
    }

    private mutating func only(_ name: String, _ header: HeaderSection) -> HeaderField? {
        let fields = header.fields(named: name)
        if fields.count > 1 { defects.insert(.repeatedField) }
        return fields.first
    }
}
