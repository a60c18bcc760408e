internal import MailBytes

/// A character set named by a message, as far as Postseal turns it into text.
///
/// The Unicode, ASCII and Western sets are decoded here by hand; together they label nearly all mail of today.
/// Every other set is ``other(_:)``: its octets are kept, its text is not made, because this floor links no
/// conversion library.
public enum Charset: Hashable, Sendable {
    case ascii
    case utf8
    /// ISO-8859-1, read as windows-1252 is: mail that says the one and uses the other is common, and the octets
    /// in which they differ are control characters in ISO-8859-1.
    case latin1
    /// ISO-8859-15.
    case latin9
    case windows1252
    /// A set that is not decoded, by its name in lower case.
    case other([UInt8])

    /// The set with a name of the IANA registry, in any case.
    public init(label: some Collection<UInt8>) {
        let lower = label.map(\.asciiLowercased)
        self =
            switch String(lossy: lower) {
            case "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "": .ascii
            case "utf-8", "utf8", "unicode-1-1-utf-8": .utf8
            case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "cp819", "ibm819": .latin1
            case "iso-8859-15", "iso8859-15", "iso_8859-15", "latin-9", "latin9": .latin9
            case "windows-1252", "cp1252", "x-cp1252": .windows1252
            default: .other(lower)
            }
    }

    /// The text; nil for a set that is not decoded. Octets that mean nothing in the set become U+FFFD, but for
    /// 8-bit text in ASCII, which is read as UTF-8 where it is that.
    public func text(_ octets: some Collection<UInt8>) -> String? {
        switch self {
        case .ascii, .utf8: return String(lossy: octets)
        case .latin1, .windows1252: return Self.singleOctet(octets) { Self.windows1252($0) }
        case .latin9: return Self.singleOctet(octets) { Self.latin9($0) }
        case .other(let label):
            // What is ASCII is ASCII in all sets that have it as a part.
            let isASCII = Self.supersets.contains { label.starts(with: $0.utf8) } && !octets.contains { $0.isNonASCII }
            return isASCII ? String(lossy: octets) : nil
        }
    }

    /// How the names of sets begin in which an octet below 128 is an ASCII character wherever it stands alone.
    private static let supersets = ["iso-8859-", "windows-", "koi8-", "euc-", "gb2312", "gbk", "big5", "tis-620"]

    private static func singleOctet(_ octets: some Collection<UInt8>, _ high: (UInt8) -> UInt32) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(octets.count + octets.count / 8)
        for byte in octets {
            guard byte.isNonASCII else {
                output.append(byte)
                continue
            }
            let scalar = high(byte)
            if scalar >= 0x800 {
                output.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
                output.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
            } else {
                output.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            }
            output.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func windows1252(_ byte: UInt8) -> UInt32 {
        switch byte {
        case 0x80: 0x20AC
        case 0x82: 0x201A
        case 0x83: 0x0192
        case 0x84: 0x201E
        case 0x85: 0x2026
        case 0x86: 0x2020
        case 0x87: 0x2021
        case 0x88: 0x02C6
        case 0x89: 0x2030
        case 0x8A: 0x0160
        case 0x8B: 0x2039
        case 0x8C: 0x0152
        case 0x8E: 0x017D
        case 0x91: 0x2018
        case 0x92: 0x2019
        case 0x93: 0x201C
        case 0x94: 0x201D
        case 0x95: 0x2022
        case 0x96: 0x2013
        case 0x97: 0x2014
        case 0x98: 0x02DC
        case 0x99: 0x2122
        case 0x9A: 0x0161
        case 0x9B: 0x203A
        case 0x9C: 0x0153
        case 0x9E: 0x017E
        case 0x9F: 0x0178
        default: UInt32(byte)
        }
    }

    private static func latin9(_ byte: UInt8) -> UInt32 {
        switch byte {
        case 0xA4: 0x20AC
        case 0xA6: 0x0160
        case 0xA8: 0x0161
        case 0xB4: 0x017D
        case 0xB8: 0x017E
        case 0xBC: 0x0152
        case 0xBD: 0x0153
        case 0xBE: 0x0178
        default: UInt32(byte)
        }
    }
}
