internal import MailBytes
internal import MailNames

/// Reading the fields of a feedback report, and their values.
enum FeedbackText {
    /// The value without comments in parentheses and white space at both ends (RFC 5322 §3.2.2).
    static func withoutComments(_ value: String) -> String {
        var output: [UInt8] = []
        var depth = 0
        var isEscaped = false
        for byte in value.utf8 {
            if isEscaped {
                isEscaped = false
                if depth == 0 { output.append(byte) }
            } else if byte == UInt8(ascii: "\\"), depth > 0 {
                isEscaped = true
            } else if byte == UInt8(ascii: "(") {
                depth += 1
            } else if byte == UInt8(ascii: ")"), depth > 0 {
                depth -= 1
            } else if depth == 0 {
                output.append(byte)
            }
        }
        return String(lossy: output[...].trimmingWhitespace)
    }

    /// A port of digits alone, which may have comments around it; nil if it is over 65535.
    static func port(_ value: String) -> Int? {
        let text = withoutComments(value)
        return text.utf8.allSatisfy(\.isDigit) ? UInt16(text).map { Int($0) } : nil
    }

    /// The address of `Source-IP`, and whether it stands there alone. OpenDMARC writes the host's name behind it,
    /// others write it in brackets as SMTP has it.
    static func address(_ value: String) -> (address: IPAddress, isAlone: Bool)? {
        if let address = IPAddress(value) { return (address, true) }
        var word = withoutComments(value).prefix { !$0.isWhitespace }
        let hasComment = word.utf8.count != value.utf8.count
        if word.hasPrefix("["), word.hasSuffix("]") { word = word.dropFirst().dropLast() }
        // RFC 5321 §4.1.3 writes `IPv6:` in front.
        if word.lowercased().hasPrefix("ipv6:") { word = word.dropFirst(5) }
        return IPAddress(String(word)).map { ($0, !hasComment) }
    }

    /// How many octets of white space and byte order marks are in front.
    static func start(of octets: some Sequence<UInt8>) -> Int {
        var count = 0
        for byte in octets {
            guard byte.isWSPOrLineBreak || byte == 0xEF || byte == 0xBB || byte == 0xBF else { break }
            count += 1
        }
        return count
    }

    /// The octets from an offset on without the empty lines that have a field of reports behind them; an empty line
    /// with anything else behind it ends the fields. Behind the first empty line fields of messages end them as well:
    /// what the author of a message wrote is no part of the report about it.
    static func withoutGaps(_ octets: [UInt8], from start: Int) -> (octets: [UInt8], hasGaps: Bool) {
        var cursor = ByteCursor(octets)
        cursor.move(to: start)
        var output: [UInt8] = []
        // What is behind this is not in the output yet.
        var kept = cursor.position
        var gap: Int?
        var seen: Set<String> = []
        while !cursor.isAtEnd {
            let line = cursor.position
            let first = cursor.peek == .carriageReturn ? cursor.peek(at: 1) : cursor.peek
            let name = first?.isWSP == false ? fieldName(cursor).name : ""
            if first == .lineFeed {
                gap = gap ?? line
            } else if let end = gap {
                guard hasFields(cursor, behind: seen) else { break }
                output.append(contentsOf: octets[kept..<end])
                kept = line
                gap = nil
            } else if kept > start, first?.isWSP == false, !fieldNames.contains(name), !commonNames.contains(name) {
                return (output + octets[kept..<line], true)
            }
            if commonNames.contains(name) { seen.insert(name) }
            cursor.skip { $0 != .lineFeed }
            cursor.advance()
        }
        guard kept > start else { return (start == 0 ? octets : Array(octets.dropFirst(start)), false) }
        output.append(contentsOf: octets[kept...])
        return (output, true)
    }

    /// Whether fields of a report come next. What messages have as well can begin the header of one: only the first of
    /// its name is the report's, and of `Authentication-Results` it is what is behind it that tells.
    private static func hasFields(_ start: ByteCursor, behind seen: Set<String>) -> Bool {
        var (name, cursor) = fieldName(start)
        guard name == results else {
            return fieldNames.contains(name) || commonNames.contains(name) && !seen.contains(name)
        }
        repeat {
            cursor.skip { $0 != .lineFeed }
            cursor.advance()
        } while cursor.peek?.isWSP == true
        return fieldNames.contains(fieldName(cursor).name)
    }

    /// The name of the field that comes next, in small letters, and what is behind it; empty if none does.
    private static func fieldName(_ start: ByteCursor) -> (name: String, rest: ByteCursor) {
        var cursor = start
        let name = cursor.slice(cursor.skip(while: \.isFieldNameCharacter))
        return (cursor.peek == UInt8(ascii: ":") ? String(lossy: name).lowercased() : "", cursor)
    }

    private static let results = "authentication-results"
    /// Fields that reports have, and messages as well.
    private static let commonNames: Set<String> = [results, "user-agent", "version"]
    /// Fields that reports have, and messages have not.
    private static let fieldNames: Set<String> = [
        "feedback-type", "original-envelope-id", "original-mail-from", "original-rcpt-to",
        "arrival-date", "received-date", "reporting-mta", "source-ip", "source-port", "incidents", "reported-domain",
        "reported-uri", "auth-failure", "delivery-result", "identity-alignment", "dkim-domain", "dkim-identity",
        "dkim-selector", "dkim-selector-dns", "dkim-canonicalized-header", "dkim-canonicalized-body", "dkim-adsp-dns",
        "spf-dns",
    ]
}
