import DKIM
import MailBytes
import MailCrypto

/// The canonical forms, written as plainly as RFC 6376 §3.4 says them, to hold the fast ones against.
enum CanonicalReference {
    /// Lines end in CR LF alone; nil stands for the end of a line without any.
    static func lines(_ body: [UInt8]) -> [(content: [UInt8], isEnded: Bool)] {
        var lines: [(content: [UInt8], isEnded: Bool)] = []
        var line: [UInt8] = []
        var index = 0
        while index < body.count {
            if body[index] == .carriageReturn, index + 1 < body.count, body[index + 1] == .lineFeed {
                lines.append((line, true))
                line = []
                index += 2
            } else {
                line.append(body[index])
                index += 1
            }
        }
        if !line.isEmpty { lines.append((line, false)) }
        return lines
    }

    static func body(_ body: [UInt8], _ form: DKIMCanonicalization.Form) -> [UInt8] {
        var contents = lines(body).map { form == .simple ? $0.content : relaxed($0.content) }
        while contents.last?.isEmpty == true { contents.removeLast() }
        if contents.isEmpty { return form == .simple ? [.carriageReturn, .lineFeed] : [] }
        return contents.flatMap { $0 + [.carriageReturn, .lineFeed] }
    }

    /// A line with each stretch of white space made one space, and none at its end.
    private static func relaxed(_ line: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for byte in line {
            if byte.isWSP {
                if output.last != .space || output.isEmpty { output.append(.space) }
            } else {
                output.append(byte)
            }
        }
        if output.last == .space { output.removeLast() }
        return output
    }

    /// A field without its last line break.
    static func field(name: [UInt8], value: [UInt8]) -> [UInt8] {
        var output = name.filter { !$0.isWSP }.map(\.asciiLowercased) + [UInt8(ascii: ":")]
        var unfolded: [UInt8] = []
        var index = 0
        while index < value.count {
            if value[index] == .lineFeed {
                index += 1
            } else if value[index] == .carriageReturn,
                index + 1 < value.count, value[index + 1] == .lineFeed
            {
                index += 2
            } else {
                unfolded.append(value[index])
                index += 1
            }
        }
        let words = unfolded.split { $0.isWSP }
        output += words.joined(separator: [.space])
        return output
    }

    static func bodyHash(_ octets: [UInt8], _ form: DKIMCanonicalization.Form, limit: Int? = nil) -> [UInt8] {
        let canonical = body(octets, form)
        return SHA256Hasher.hash(canonical.prefix(limit ?? canonical.count)).bytes
    }
}
