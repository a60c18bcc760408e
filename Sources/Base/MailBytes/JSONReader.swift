/// Why a text is not the JSON that was expected, and where.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a clause.
    public var problem: String
    /// Octets before the place.
    public var offset: Int
    /// The line, from 1.
    public var line: Int
    /// The column in octets, from 1.
    public var column: Int

    public var description: String { "\(problem) at line \(line), column \(column)" }
}

/// What a JSON text may ask of the reader.
public struct JSONLimits: Sendable {
    /// Arrays and objects within each other.
    public var depth: Int
    /// Values of all kinds in the whole text.
    public var values: Int

    public init(depth: Int = 64, values: Int = 10_000_000) {
        self.depth = depth
        self.values = values
    }
}

extension JSONValue {
    /// Reads a JSON text of exactly one value.
    ///
    /// - Throws: where the text is not JSON, holds something behind the value, or passes a limit. Two members
    ///   of one name in an object are refused, because programs differ in which they take.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONSyntaxError) {
        var reader = JSONReader(cursor: ByteCursor(bytes), limits: limits)
        let value = try reader.value(depth: 0)
        reader.skipWhitespace()
        guard reader.cursor.isAtEnd else { throw reader.error("unexpected text behind the value") }
        self = value
    }

    /// Reads the value that begins at an offset, and white space in front of it, whatever is behind it.
    ///
    /// - Returns: `end` is the offset behind the value.
    /// - Throws: as ``init(parsing:limits:)``. Places are of the whole text.
    public static func first(
        of bytes: [UInt8], from start: Int, limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) -> (value: JSONValue, end: Int) {
        var reader = JSONReader(cursor: ByteCursor(bytes), limits: limits)
        reader.cursor.move(to: start)
        let value = try reader.value(depth: 0)
        return (value, reader.cursor.position)
    }
}

private struct JSONReader {
    var cursor: ByteCursor
    var limits: JSONLimits
    var valuesRead = 0
    var memberNames = MemberNames()
    /// How many members the object before had: those of an array are alike.
    var membersBefore = 0

    func error(_ problem: String, at offset: Int? = nil) -> JSONSyntaxError {
        let place = offset ?? cursor.position
        var line = 1
        var lineStart = 0
        for index in 0..<min(place, cursor.bytes.count) where cursor.bytes[index] == .lineFeed {
            line += 1
            lineStart = index + 1
        }
        return JSONSyntaxError(problem: problem, offset: place, line: line, column: place - lineStart + 1)
    }

    mutating func skipWhitespace() { cursor.skipFWS() }

    mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= limits.depth else { throw error("nested deeper than \(limits.depth) levels") }
        valuesRead += 1
        guard valuesRead <= limits.values else { throw error("more than \(limits.values) values") }
        skipWhitespace()
        switch cursor.peek {
        case nil: throw error("expected a value, found the end")
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ text: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let start = cursor.position
        let letters = cursor.slice(cursor.skip(while: \.isAlpha))
        guard letters.elementsEqual(text.utf8) else { throw error("expected '\(text)'", at: start) }
        return value
    }

    mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        cursor.advance()
        var values: [JSONValue] = []
        skipWhitespace()
        if cursor.skip(UInt8(ascii: "]")) { return .array(values) }
        while true {
            values.append(try value(depth: depth + 1))
            skipWhitespace()
            if cursor.skip(UInt8(ascii: ",")) { continue }
            if cursor.skip(UInt8(ascii: "]")) { return .array(values) }
            throw error("expected ',' or ']'")
        }
    }

    mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        cursor.advance()
        var members: [JSONMember] = []
        skipWhitespace()
        if cursor.skip(UInt8(ascii: "}")) { return .object(members) }
        members.reserveCapacity(membersBefore)
        var names: Set<[UInt8]> = []
        while true {
            skipWhitespace()
            let start = cursor.position
            guard cursor.peek == UInt8(ascii: "\"") else { throw error("expected a member name in quotes") }
            let name = memberNames.shared(try string())
            guard Self.isNew(name, among: members, &names) else { throw error("member name used twice", at: start) }
            skipWhitespace()
            guard cursor.skip(UInt8(ascii: ":")) else { throw error("expected ':'") }
            members.append(JSONMember(name, try value(depth: depth + 1)))
            skipWhitespace()
            if cursor.skip(UInt8(ascii: ",")) { continue }
            guard cursor.skip(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
            membersBefore = min(members.count, Self.fewMembers)
            return .object(members)
        }
    }

    /// So many members are compared one by one.
    private static let fewMembers = 16

    /// Whether no member has a name yet, by its octets (RFC 8259 §8.3). `names` has them all where there are many.
    private static func isNew(_ name: String, among members: [JSONMember], _ names: inout Set<[UInt8]>) -> Bool {
        guard members.count >= fewMembers else {
            return !members.contains {
                $0.name.utf8.count == name.utf8.count && $0.name.utf8.elementsEqual(name.utf8)
            }
        }
        if names.isEmpty { names = Set(members.map { Array($0.name.utf8) }) }
        return names.insert(Array(name.utf8)).inserted
    }

    mutating func string() throws(JSONSyntaxError) -> String {
        let start = cursor.position
        cursor.advance()
        var output: [UInt8] = []
        while let byte = cursor.next() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: output, as: UTF8.self) else {
                    throw error("string is not UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): output.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20: throw error("control character in a string", at: cursor.position - 1)
            default: output.append(byte)
            }
        }
        throw error("string without an end", at: start)
    }

    mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = cursor.position - 1
        switch cursor.next() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let first = codeUnit() else { throw error("bad \\u escape", at: start) }
            if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
            // A surrogate: only a high one followed by a low one means anything.
            guard first < 0xDC00, cursor.skip(UInt8(ascii: "\\")), cursor.skip(UInt8(ascii: "u")),
                let second = codeUnit(), (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
            else { throw error("lone surrogate in a \\u escape", at: start) }
            return scalar
        default: throw error("unknown escape", at: start)
        }
    }

    mutating func codeUnit() -> UInt16? {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = cursor.next()?.hexDigitValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = cursor.position
        _ = cursor.skip(UInt8(ascii: "-"))
        let whole = cursor.skip(while: \.isDigit)
        guard !whole.isEmpty else { throw error("expected a value", at: start) }
        guard whole.count == 1 || cursor.bytes[whole.lowerBound] != UInt8(ascii: "0") else {
            throw error("number with a leading zero", at: start)
        }
        var isInteger = true
        if cursor.skip(UInt8(ascii: ".")) {
            isInteger = false
            guard !cursor.skip(while: \.isDigit).isEmpty else { throw error("expected a digit") }
        }
        if cursor.peek?.asciiLowercased == UInt8(ascii: "e") {
            isInteger = false
            cursor.advance()
            if cursor.peek == UInt8(ascii: "+") || cursor.peek == UInt8(ascii: "-") { cursor.advance() }
            guard !cursor.skip(while: \.isDigit).isEmpty else { throw error("expected a digit") }
        }
        let text = String(lossy: cursor.slice(start..<cursor.position))
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error("number out of range", at: start) }
        return .double(value)
    }
}

/// Names of members, each kept once: texts with many objects repeat a few.
private struct MemberNames {
    /// Limit: names that are kept.
    private static let countMax = 256
    /// Limit: octets of one. Comparing texts as Unicode has it takes long.
    private static let octetsMax = 64

    private var known: Set<String> = []

    /// The same name, in the memory of the first one like it.
    mutating func shared(_ name: String) -> String {
        guard name.utf8.count <= Self.octetsMax else { return name }
        if let place = known.firstIndex(of: name) {
            // What Swift calls equal can have other octets.
            return known[place].utf8.elementsEqual(name.utf8) ? known[place] : name
        }
        if known.count < Self.countMax { known.insert(name) }
        return name
    }
}
