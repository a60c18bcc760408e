/// A log line in text, read back by the rules that it is written by: what a collector would make of it.
struct LogfmtLine: Equatable {
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    var head: String
    var message: [UInt8]
    var fields: [Field] = []

    struct Field: Equatable {
        var name: String
        var value: [UInt8]
    }

    /// - Parameter headWords: words before the message: time and level, or the level alone.
    init(_ line: [UInt8], headWords: Int) throws {
        guard line.last == 0x0A else { throw Problem(description: "no line break at the end") }
        var reader = Reader(bytes: Array(line.dropLast()))
        guard !reader.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw Problem(description: "a control character")
        }
        head = (0..<headWords).map { _ in String(decoding: reader.word(), as: UTF8.self) }.joined(separator: " ")
        message = try reader.message()
        while !reader.isAtEnd { fields.append(try reader.field()) }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index >= bytes.count }
        var peek: UInt8? { isAtEnd ? nil : bytes[index] }

        mutating func word() -> [UInt8] {
            let start = index
            while let byte = peek, byte != 0x20 { index += byte == 0x20 ? 0 : 1 }
            defer { index += 1 }
            return Array(bytes[start..<index])
        }

        /// The message, up to `: ` with a field behind it, or to the end.
        mutating func message() throws -> [UInt8] {
            if peek == UInt8(ascii: "\"") {
                let message = try quoted()
                if !isAtEnd {
                    guard peek == UInt8(ascii: ":") else { throw Problem(description: "text behind the message") }
                    index += 1
                }
                return message
            }
            guard let equals = bytes[index...].firstIndex(of: UInt8(ascii: "=")) else {
                defer { index = bytes.count }
                return Array(bytes[index...])
            }
            guard let blank = bytes[index..<equals].lastIndex(of: 0x20), blank > index,
                bytes[blank - 1] == UInt8(ascii: ":")
            else { throw Problem(description: "a field without a message") }
            defer { index = blank }
            return Array(bytes[index..<(blank - 1)])
        }

        mutating func field() throws -> Field {
            guard peek == 0x20 else { throw Problem(description: "no blank before a field") }
            index += 1
            let start = index
            while let byte = peek, byte != UInt8(ascii: "=") {
                guard byte != 0x20, byte != UInt8(ascii: "\"") else { throw Problem(description: "bad name") }
                index += 1
            }
            let name = String(decoding: bytes[start..<index], as: UTF8.self)
            index += 1
            guard peek != UInt8(ascii: "\"") else { return Field(name: name, value: try quoted()) }
            let valueStart = index
            while let byte = peek, byte != 0x20 {
                guard byte != UInt8(ascii: "="), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                    throw Problem(description: "value without quotes")
                }
                index += 1
            }
            return Field(name: name, value: Array(bytes[valueStart..<index]))
        }

        mutating func quoted() throws -> [UInt8] {
            index += 1
            var value: [UInt8] = []
            while let byte = peek {
                index += 1
                if byte == UInt8(ascii: "\"") { return value }
                if byte == UInt8(ascii: "\\") { value += try escape() } else { value.append(byte) }
            }
            throw Problem(description: "value without an end")
        }

        private mutating func escape() throws -> [UInt8] {
            let kind = peek
            index += 1
            switch kind {
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [kind ?? 0]
            case UInt8(ascii: "x"): return [UInt8(truncatingIfNeeded: try number(2))]
            case UInt8(ascii: "u"): return try scalar(4)
            case UInt8(ascii: "U"): return try scalar(8)
            default: throw Problem(description: "bad escape")
            }
        }

        private mutating func number(_ digits: Int) throws -> UInt32 {
            guard index + digits <= bytes.count,
                let value = UInt32(String(decoding: bytes[index..<(index + digits)], as: UTF8.self), radix: 16)
            else { throw Problem(description: "bad escape") }
            index += digits
            return value
        }

        private mutating func scalar(_ digits: Int) throws -> [UInt8] {
            guard let scalar = Unicode.Scalar(try number(digits)) else { throw Problem(description: "no character") }
            return Array(String(scalar).utf8)
        }
    }
}
