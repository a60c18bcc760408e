internal import MailBytes

/// A refusal in SMTP's words: code, enhanced code and text, in the form in which it goes over the wire.
///
/// Whatever the text holds, the reply keeps its form: it has no line break but its own, only printable ASCII, and fits
/// what Sendmail and Postfix take.
public struct MilterReplyText: Hashable, Sendable {
    /// Why there is no such reply.
    public enum Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        case code
        case enhancedCode

        public var description: String {
            switch self {
            case .code: "a refusal's code is one from 400 to 599"
            case .enhancedCode: "an enhanced code has three numbers, of which the first is the first digit of the code"
            }
        }
    }

    /// From 400 to 599.
    public let code: Int
    /// The whole reply: a line, or several with CRLF between them, each with both codes. `%` stands twice, as Sendmail
    /// takes the text for a format; both mail servers send one.
    public let octets: [UInt8]

    /// RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, the codes and CRLF included.
    static let lineOctetsMax = 510
    /// Sendmail keeps no longer reply.
    static let octetsMax = 979

    /// A reply.
    ///
    /// Characters other than printable ASCII become `?`. Long lines are broken at spaces, and what is too much in all
    /// is left out.
    ///
    /// - Parameter enhanced: As in RFC 2034, `5.7.1`; nil for none, which old versions of Postfix do not take.
    /// - Throws: if the codes are no codes of a refusal, or not of the same class.
    public init(code: Int, enhanced: String?, lines: [String]) throws(Mistake) {
        guard (400...599).contains(code) else { throw .code }
        if let enhanced, !Self.isEnhanced(enhanced, class: code / 100) { throw .enhancedCode }
        self.code = code
        let digits = Array(String(code).utf8)
        let status = enhanced.map { Array($0.utf8) + [.space] } ?? []
        var broken = lines.flatMap { Self.broken(Self.printable($0), octetsMax: Self.lineOctetsMax - 4 - status.count) }
        if broken.isEmpty { broken = [Array("message refused".utf8)] }

        var octets: [UInt8] = []
        var last = 0
        for line in broken {
            let before = octets.isEmpty ? 0 : 2
            let room = Self.octetsMax - octets.count - before - 4 - status.count
            guard let text = Self.cut(line, to: room), !text.isEmpty else { break }
            if before > 0 { octets += [.carriageReturn, .lineFeed] }
            last = octets.count
            octets += digits + [UInt8(ascii: "-")] + status + text
            if text.count < line.count { break }
        }
        octets[last + 3] = .space
        self.octets = octets
    }

    /// A reply of one text.
    ///
    /// - Throws: as ``init(code:enhanced:lines:)``.
    public init(code: Int, enhanced: String?, text: String) throws(Mistake) {
        try self.init(code: code, enhanced: enhanced, lines: [text])
    }

    /// RFC 3463 §2: `class "." subject "." detail`, the last two of at most three digits.
    private static func isEnhanced(_ text: String, class digit: Int) -> Bool {
        var cursor = ByteCursor(text)
        guard cursor.decimal(digits: 1) == digit else { return false }
        for _ in 0..<2 {
            guard cursor.skip(UInt8(ascii: ".")), cursor.decimal(digits: 3) != nil else { return false }
        }
        return cursor.isAtEnd
    }

    /// The text in printable ASCII, `%` doubled, without spaces at its ends.
    private static func printable(_ text: String) -> ArraySlice<UInt8> {
        var output: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x25: output += [0x25, 0x25]
            case 0x20...0x7E: output.append(UInt8(truncatingIfNeeded: scalar.value))
            default: output.append(UInt8(ascii: "?"))
            }
            // More is never sent.
            if output.count > octetsMax { break }
        }
        return output.trimmingSpaces
    }

    /// The text in lines, broken at spaces where there are any.
    private static func broken(_ text: ArraySlice<UInt8>, octetsMax: Int) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = text
        while rest.count > octetsMax {
            let head = rest.prefix(octetsMax + 1)
            let space = head.lastIndex(of: .space)
            guard let line = space.map({ rest[..<$0] }) ?? cut(Array(rest), to: octetsMax)?[...], !line.isEmpty else {
                return lines
            }
            lines.append(Array(line).trimmingSpaces.map { $0 })
            rest = Array(rest.dropFirst(line.count)).trimmingSpaces
        }
        if !rest.isEmpty { lines.append(Array(rest)) }
        return lines
    }

    /// At most so many octets, never half of a doubled `%`; nil if there is no room.
    private static func cut(_ line: [UInt8], to room: Int) -> [UInt8]? {
        guard room > 0 else { return nil }
        guard line.count > room else { return line }
        let head = line.prefix(room)
        let percents = head.reversed().prefix { $0 == 0x25 }.count
        return Array(percents % 2 == 1 ? head.dropLast() : head)
    }
}

extension [UInt8] {
    /// The octets without the spaces at their two ends.
    fileprivate var trimmingSpaces: ArraySlice<UInt8> { self[...].trimmingWhitespace }
}
