/// Swift source cut into lines, as written and as the compiler sees it: without comments and the content of strings.
///
/// A small lexer, not a parser: it knows comments, nested ones too, and strings with escapes, interpolation, several
/// lines and `#`.
struct SwiftText {
    let path: String
    /// The lines as written.
    let lines: [String]
    /// The lines with blanks in place of comments and of what stands between quotes. What is interpolated is code.
    let code: [String]

    init(path: String, _ text: String) {
        self.path = path
        let bytes = Array(text.utf8)
        lines = Self.lines(bytes)
        var lexer = Lexer(bytes)
        code = Self.lines(lexer.code())
    }

    static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The words of a line: identifiers and keywords, with `@` and `#` where they belong to one.
    static func words(_ line: String) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "@" || $0 == "#") }.map(String.init)
    }

    /// The index of the line that closes the first brace opened at or behind the start of a line; nil if none is.
    func endOfBraces(from start: Int) -> Int? {
        var depth = 0
        var hasOpened = false
        for index in start..<code.count {
            for byte in code[index].utf8 {
                if byte == UInt8(ascii: "{") {
                    depth += 1
                    hasOpened = true
                } else if byte == UInt8(ascii: "}") {
                    depth -= 1
                    if depth < 0 { return nil }
                    if depth == 0, hasOpened { return index }
                }
            }
        }
        return nil
    }
}

/// Blanks out what is no code.
private struct Lexer {
    private enum Context {
        /// Code; how many parentheses are open in it.
        case code(Int)
        /// A string that ends with this many quotes and hashes.
        case string(quotes: Int, hashes: Int)
    }

    private let bytes: [UInt8]
    private var output: [UInt8]
    private var index = 0
    private var stack: [Context] = [.code(0)]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        output = bytes
    }

    mutating func code() -> [UInt8] {
        while index < bytes.count, let context = stack.last {
            switch context {
            case .code(let depth): stepInCode(depth)
            case .string(let quotes, let hashes): stepInString(quotes, hashes)
            }
        }
        return output
    }

    private func byte(_ offset: Int) -> UInt8? {
        bytes.indices.contains(index + offset) ? bytes[index + offset] : nil
    }

    private func count(_ byte: UInt8, from offset: Int) -> Int {
        var count = 0
        while self.byte(offset + count) == byte { count += 1 }
        return count
    }

    /// Passes bytes and puts blanks for them.
    private mutating func blank(_ count: Int) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] != 0x0A { output[index] = 0x20 }
            index += 1
        }
    }

    private mutating func stepInCode(_ depth: Int) {
        let (slash, star, quote, hash) = (UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "\""), UInt8(ascii: "#"))
        switch (bytes[index], byte(1)) {
        case (slash, slash):
            while index < bytes.count, bytes[index] != 0x0A { blank(1) }
        case (slash, star): blankComment()
        case (quote, _), (hash, _):
            let hashes = count(hash, from: 0)
            guard byte(hashes) == quote else {
                index += max(1, hashes)
                return
            }
            let quotes = count(quote, from: hashes) >= 3 ? 3 : 1
            index += hashes + quotes
            stack.append(.string(quotes: quotes, hashes: hashes))
        case (UInt8(ascii: "("), _):
            stack[stack.count - 1] = .code(depth + 1)
            index += 1
        case (UInt8(ascii: ")"), _):
            if depth == 0, stack.count > 1 { stack.removeLast() } else { stack[stack.count - 1] = .code(depth - 1) }
            index += 1
        default: index += 1
        }
    }

    private mutating func blankComment() {
        var depth = 0
        repeat {
            if bytes[index] == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                depth += 1
                blank(2)
            } else if bytes[index] == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func stepInString(_ quotes: Int, _ hashes: Int) {
        if bytes[index] == UInt8(ascii: "\""), count(UInt8(ascii: "\""), from: 0) >= quotes,
            count(UInt8(ascii: "#"), from: quotes) >= hashes
        {
            stack.removeLast()
            index += quotes + hashes
        } else if bytes[index] == UInt8(ascii: "\\"), count(UInt8(ascii: "#"), from: 1) >= hashes {
            let isInterpolation = byte(1 + hashes) == UInt8(ascii: "(")
            blank(2 + hashes)
            if isInterpolation { stack.append(.code(0)) }
        } else if bytes[index] == 0x0A, quotes == 1 {
            // A string of one line never goes on: whatever this was, the next line is code again.
            stack.removeLast()
        } else {
            blank(1)
        }
    }
}
