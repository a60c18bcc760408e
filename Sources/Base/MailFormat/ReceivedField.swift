internal import MailBytes
public import MailNames

/// What a server wrote down when it took a message in: RFC 5321 §4.4, as far as it is of use for tracing a message.
///
/// Servers write what they like, and a sender can write such fields too: nothing here is to be trusted but what one's
/// own server wrote.
public struct ReceivedField: Hashable, Sendable {
    /// The name that the client gave, or what stands in its place.
    public var from: String?
    /// The client's address: of the comment behind `from`, or of `from` itself.
    public var clientAddress: IPAddress?
    /// The name that the server found for the client's address, where it wrote one in front of the address.
    public var clientName: String?
    /// The name of the greeting, where the server wrote it as `HELO name` or `helo=name`.
    public var greeting: String?
    /// The host that wrote the field.
    public var by: String?
    /// The link, such as `TCP`.
    public var via: String?
    /// The protocol, as written.
    public var with: String?
    /// The receiving host's own name for the message.
    public var id: String?
    /// The recipient, without angle brackets.
    public var recipient: String?
    public var date: MailDate?

    public init() {}

    /// More octets of one field are not read.
    static let lengthMax = 16_384

    /// Reads a field's value. Clauses that cannot be read are left out.
    public init(parsing value: ArraySlice<UInt8>) {
        var reader = ReceivedReader(Array(value.prefix(Self.lengthMax)))
        self = reader.read()
    }
}

/// Reads the clauses: a key word, a value, comments.
private struct ReceivedReader {
    private enum Piece: Equatable {
        case word(ArraySlice<UInt8>)
        case comment(ArraySlice<UInt8>)
    }

    private var field = ReceivedField()
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() -> ReceivedField {
        let (pieces, date) = pieces()
        field.date = date.flatMap { MailDate(parsing: $0) }
        var key = ""
        var value: [Piece] = []
        for piece in pieces {
            if case .word(let word) = piece, let next = Self.key(word), next != key || value.isEmpty, !isTaken(next) {
                apply(key, value)
                key = next
                value = []
            } else {
                value.append(piece)
            }
        }
        apply(key, value)
        return field
    }

    private static func key(_ word: ArraySlice<UInt8>) -> String? {
        guard word.count <= 4 else { return nil }
        let lower = String(lossy: Array(word).asciiLowercased)
        return ["from", "by", "via", "with", "id", "for"].contains(lower) ? lower : nil
    }

    private func isTaken(_ key: String) -> Bool {
        switch key {
        case "from": field.from != nil
        case "by": field.by != nil
        case "id": field.id != nil
        default: false
        }
    }

    /// Words and comments in front of the last semicolon outside comments, and what is behind it.
    private func pieces() -> ([Piece], date: ArraySlice<UInt8>?) {
        var pieces: [Piece] = []
        var piecesBeforeDate = 0
        var date: ArraySlice<UInt8>?
        var cursor = ByteCursor(bytes)
        var commentsAreBroken = false
        while let byte = cursor.peek {
            if byte.isWSPOrLineBreak {
                cursor.skipFWS()
            } else if byte == UInt8(ascii: ";") {
                cursor.advance()
                piecesBeforeDate = pieces.count
                date = cursor.rest
            } else if byte == UInt8(ascii: "("), !commentsAreBroken {
                if let comment = Self.comment(&cursor) {
                    pieces.append(.comment(comment))
                } else {
                    commentsAreBroken = true
                }
            } else if byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") {
                cursor.advance()
            } else {
                let word = cursor.skip {
                    !$0.isWSPOrLineBreak && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(")
                        && $0 != UInt8(ascii: ")")
                }
                pieces.append(.word(cursor.slice(word)))
            }
        }
        if date != nil { pieces.removeSubrange(piecesBeforeDate...) }
        return (pieces, date)
    }

    /// What stands within parentheses; nil, without moving, if they are not closed.
    private static func comment(_ cursor: inout ByteCursor) -> ArraySlice<UInt8>? {
        let start = cursor.position
        var depth = 0
        while let byte = cursor.next() {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { return cursor.slice(start + 1..<cursor.position - 1) }
            }
        }
        cursor.move(to: start)
        return nil
    }

    private mutating func apply(_ key: String, _ pieces: [Piece]) {
        let words = pieces.compactMap { piece -> ArraySlice<UInt8>? in
            if case .word(let word) = piece { word } else { nil }
        }
        let first = words.first.map { String(lossy: Self.bare($0)) }.flatMap { $0.isEmpty ? nil : $0 }
        switch key {
        case "from": applyFrom(first, pieces)
        case "by": field.by = field.by ?? first
        case "via": field.via = field.via ?? first
        case "with": field.with = field.with ?? Self.transmission(words) ?? first
        case "id": field.id = field.id ?? first
        case "for": field.recipient = field.recipient ?? first
        default: break
        }
    }

    /// The protocol among the words of a clause such as `with Microsoft SMTP Server`.
    private static func transmission(_ words: [ArraySlice<UInt8>]) -> String? {
        let known = [
            "smtp", "esmtp", "esmtpa", "esmtps", "esmtpsa", "lmtp", "lmtpa", "lmtps", "lmtpsa", "utf8smtp",
            "utf8smtps", "utf8smtpa", "utf8smtpsa", "http", "https", "pop3", "imap", "local", "asmtp",
        ]
        return words.lazy.map { String(lossy: $0) }.first { known.contains($0.lowercased()) }
    }

    /// Without the angle brackets, square brackets or comma around it.
    private static func bare(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let marks: [UInt8] = [
            UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
        ]
        var word = word
        // `[192.0.2.1]:25`
        if word.first == UInt8(ascii: "["), let end = word.firstIndex(of: UInt8(ascii: "]")) { word = word[...end] }
        while let first = word.first, marks.contains(first) { word.removeFirst() }
        while let last = word.last, marks.contains(last) { word.removeLast() }
        return word
    }
}

// The client's part.
extension ReceivedReader {
    private mutating func applyFrom(_ first: String?, _ pieces: [Piece]) {
        field.from = first
        var isFirst = true
        for piece in pieces {
            switch piece {
            case .comment(let comment): applyComment(comment)
            case .word(let word):
                // `from name [192.0.2.1] by …`
                if !isFirst, field.clientAddress == nil { field.clientAddress = Self.address(word) }
                isFirst = false
            }
        }
        if field.clientAddress == nil, let first { field.clientAddress = Self.address(Array(first.utf8)[...]) }
    }

    /// `mail.example.org [192.0.2.1]`, `HELO mail.example.org`, `[192.0.2.1] helo=mail.example.org`, …
    private mutating func applyComment(_ comment: ArraySlice<UInt8>) {
        let separators: [UInt8] = [.space, .tab, .carriageReturn, .lineFeed, UInt8(ascii: "("), UInt8(ascii: ")")]
        let words = comment.split { separators.contains($0) || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
        var previous = ""
        for (index, word) in words.enumerated() {
            let text = String(lossy: word)
            let lower = text.lowercased()
            if previous == "helo" || previous == "ehlo" || previous == "lhlo" {
                field.greeting = field.greeting ?? String(lossy: Self.bare(word))
            } else if lower.hasPrefix("helo=") || lower.hasPrefix("ehlo=") {
                field.greeting = field.greeting ?? String(lossy: Self.bare(word.dropFirst(5)))
            } else if field.clientAddress == nil, let (name, address) = Self.nameAndAddress(word) {
                field.clientAddress = address
                field.clientName = name ?? (index == 1 ? Self.hostName(words[0]) : nil)
            }
            previous = lower
        }
        // `mail.example.org` alone, or behind it `[local]`.
        let isName = words.count == 1 || (words.count == 2 && words[1].elementsEqual("[local]".utf8))
        if isName, field.clientName == nil, field.clientAddress == nil { field.clientName = Self.hostName(words[0]) }
    }

    /// A name with a dot and a letter; without the user that RFC 1413 named.
    private static func hostName(_ word: ArraySlice<UInt8>) -> String? {
        var name = bare(word)
        if let at = name.lastIndex(of: UInt8(ascii: "@")) { name = name[(at + 1)...] }
        guard name.contains(UInt8(ascii: ".")), name.contains(where: \.isAlpha), !name.contains(UInt8(ascii: "="))
        else {
            return nil
        }
        return String(lossy: name)
    }

    /// `[192.0.2.1]`, `192.0.2.1`, `user@192.0.2.1`, `mail.example.org[192.0.2.1]`.
    private static func nameAndAddress(_ word: ArraySlice<UInt8>) -> (String?, IPAddress)? {
        if let address = address(word) { return (nil, address) }
        if let at = word.lastIndex(of: UInt8(ascii: "@")), let address = address(word[(at + 1)...]) {
            return (nil, address)
        }
        guard let bracket = word.firstIndex(of: UInt8(ascii: "[")), bracket > word.startIndex,
            let address = address(word[bracket...])
        else { return nil }
        return (hostName(word[..<bracket]), address)
    }

    /// An address in brackets or without, with the tag of RFC 5321 §4.1.3 or a port behind it.
    private static func address(_ word: ArraySlice<UInt8>) -> IPAddress? {
        var text = bare(word)
        if text.count > 5, text.prefix(5).equalsIgnoringASCIICase(Array("ipv6:".utf8)[...]) { text.removeFirst(5) }
        if let address = IPAddress(bytes: text) { return address }
        // `192.0.2.1:25`
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), !text[(colon + 1)...].contains(UInt8(ascii: ":"))
        else {
            return nil
        }
        return IPAddress(bytes: bare(text[..<colon]))
    }
}
