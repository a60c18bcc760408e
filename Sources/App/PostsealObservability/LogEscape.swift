internal import MailBytes

/// Writing values that strangers chose into log lines: none can begin a line or a field, or hide itself.
enum LogEscape {
    /// Appends `name`, of the characters that names of fields have; others become `_`.
    static func append(name: String, to line: inout [UInt8]) {
        let start = line.count
        for byte in name.utf8.prefix(nameOctetsMax) {
            line.append(byte.isAlphanumeric || byte == UInt8(ascii: ".") ? byte : UInt8(ascii: "_"))
        }
        if line.count == start { line.append(UInt8(ascii: "_")) }
    }

    /// No name in this program is nearly as long.
    static let nameOctetsMax = 64

    /// Appends a value: as it is if it needs no quotes, else in quotes and escaped.
    static func append(value octets: [UInt8], to line: inout [UInt8], octetsMax: Int) {
        if !octets.isEmpty, octets.count <= octetsMax, octets.allSatisfy(isBare) {
            line += octets
        } else {
            appendQuoted(octets, to: &line, octetsMax: octetsMax)
        }
    }

    /// Appends a message: in quotes only if it could be taken for fields.
    static func append(message: String, to line: inout [UInt8], octetsMax: Int) {
        let octets = Array(message.utf8)
        // A field is a name, `=` and a value; without `=` and quotes there is none.
        if octets.count <= octetsMax, octets.allSatisfy({ isBare($0) || isHarmlessInMessage($0) }) {
            line += octets
        } else {
            appendQuoted(octets, to: &line, octetsMax: octetsMax)
        }
    }

    /// Letters, digits and what names, addresses, paths and times are made of.
    private static func isBare(_ byte: UInt8) -> Bool {
        if byte.isAlphanumeric { return true }
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"),
            UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "%"):
            return true
        default: return false
        }
    }

    private static func isHarmlessInMessage(_ byte: UInt8) -> Bool {
        switch byte {
        case .space, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    /// Appends a value in quotes. What is longer than `octetsMax` ends in `…`.
    static func appendQuoted(_ octets: [UInt8], to line: inout [UInt8], octetsMax: Int) {
        line.append(UInt8(ascii: "\""))
        var decoder = UTF8Pieces(octets)
        while let (piece, scalar) = decoder.next() {
            if decoder.position > octetsMax {
                line += Array("…".utf8)
                break
            }
            append(piece, scalar, to: &line)
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func append(_ piece: ArraySlice<UInt8>, _ scalar: Unicode.Scalar?, to line: inout [UInt8]) {
        guard let scalar else {
            for byte in piece { line += Array("\\x\(hex(UInt32(byte), digits: 2))".utf8) }
            return
        }
        switch scalar {
        case "\"": line += Array("\\\"".utf8)
        case "\\": line += Array("\\\\".utf8)
        case "\n": line += Array("\\n".utf8)
        case "\r": line += Array("\\r".utf8)
        case "\t": line += Array("\\t".utf8)
        case " "..."~": line += piece
        default:
            if isShown(scalar) {
                line += piece
            } else if scalar.value <= 0xFFFF {
                line += Array("\\u\(hex(scalar.value, digits: 4))".utf8)
            } else {
                line += Array("\\U\(hex(scalar.value, digits: 8))".utf8)
            }
        }
    }

    /// Whether a character outside ASCII shows as itself: control characters, those that turn the direction of writing
    /// and blanks that are none do not.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: !scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

/// Octets cut into the characters of UTF-8, and what lies between them.
private struct UTF8Pieces {
    private let octets: [UInt8]
    /// Octets that were passed.
    private(set) var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    /// The next character, or one octet that belongs to none.
    mutating func next() -> (piece: ArraySlice<UInt8>, scalar: Unicode.Scalar?)? {
        guard position < octets.count else { return nil }
        let start = position
        for length in 1...4 where start + length <= octets.count {
            let piece = octets[start..<(start + length)]
            if let scalar = String(validating: piece, as: UTF8.self)?.unicodeScalars.first {
                position += length
                return (piece, scalar)
            }
        }
        position += 1
        return (octets[start..<position], nil)
    }
}
