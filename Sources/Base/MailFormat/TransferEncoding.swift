internal import MailBytes

/// How a body is coded for transport: RFC 2045 §6.
public enum TransferEncoding: Hashable, Sendable {
    /// `7bit`, `8bit` and `binary`: not coded at all.
    case identity
    case quotedPrintable
    case base64
    /// The old `x-uuencode`, also called `uuencode` and `x-uue`.
    case uuencode
    /// Anything else, in lower case. RFC 2045 §6.4: such a part is to be treated as `application/octet-stream`.
    case unknown([UInt8])

    /// Reads the value of a Content-Transfer-Encoding field; comments and what follows the first word do not count.
    public init(parsing value: ArraySlice<UInt8>) {
        let word = value.trimmingWhitespace.prefix {
            !$0.isWSPOrLineBreak && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(")
        }
        let lower = Array(word).asciiLowercased
        self =
            switch String(lossy: lower) {
            case "7bit", "8bit", "binary", "7-bit", "8-bit", "": .identity
            case "quoted-printable": .quotedPrintable
            case "base64": .base64
            case "x-uuencode", "uuencode", "x-uue": .uuencode
            default: .unknown(lower)
            }
    }

    /// The body out of its coding, and whether it was well-formed. What is not is decoded as far as it goes;
    /// an unknown coding leaves the octets as they are.
    public func decode(_ body: ArraySlice<UInt8>) -> (octets: [UInt8], isWellFormed: Bool) {
        switch self {
        case .identity: (Array(body), true)
        case .quotedPrintable: QuotedPrintable.decode(body)
        case .base64: MIMEBase64.decode(body)
        case .uuencode: UUEncoding.decode(body)
        case .unknown: (Array(body), false)
        }
    }
}

/// Base64 as bodies have it: RFC 2045 §6.8.
enum MIMEBase64 {
    /// Characters outside the alphabet are passed over, and a group after padding begins anew, because bodies put
    /// together out of pieces look like that; both are not well-formed.
    static func decode(_ body: ArraySlice<UInt8>) -> (octets: [UInt8], isWellFormed: Bool) {
        var output: [UInt8] = []
        output.reserveCapacity(body.count / 4 * 3 + 3)
        var accumulator: UInt32 = 0
        var sextets = 0
        var isWellFormed = true
        var padding = 0
        for byte in body {
            let value = values[Int(byte)]
            if value < 64 {
                if padding > 0 {
                    isWellFormed = false
                    padding = 0
                }
                accumulator = accumulator << 6 | UInt32(value)
                sextets += 1
                if sextets == 4 {
                    output.append(UInt8(truncatingIfNeeded: accumulator >> 16))
                    output.append(UInt8(truncatingIfNeeded: accumulator >> 8))
                    output.append(UInt8(truncatingIfNeeded: accumulator))
                    sextets = 0
                    accumulator = 0
                }
            } else if byte == UInt8(ascii: "=") {
                padding += 1
                if sextets > 1 { flush(&output, accumulator, sextets) } else if sextets == 1 { isWellFormed = false }
                if sextets > 0, sextets + padding > 4 { isWellFormed = false }
                sextets = 0
                accumulator = 0
            } else if !byte.isWSPOrLineBreak {
                isWellFormed = false
            }
        }
        if sextets > 0 {
            isWellFormed = false
            if sextets > 1 { flush(&output, accumulator, sextets) }
        }
        return (output, isWellFormed)
    }

    private static func flush(_ output: inout [UInt8], _ accumulator: UInt32, _ sextets: Int) {
        if sextets == 2 {
            output.append(UInt8(truncatingIfNeeded: accumulator >> 4))
        } else {
            output.append(UInt8(truncatingIfNeeded: accumulator >> 10))
            output.append(UInt8(truncatingIfNeeded: accumulator >> 2))
        }
    }

    /// The value of each octet; 255 for those outside the alphabet.
    private static let values: [UInt8] = (0...255).map { byte in
        switch UInt8(byte) {
        case 0x41...0x5A: UInt8(byte) - 0x41
        case 0x61...0x7A: UInt8(byte) - 0x61 + 26
        case 0x30...0x39: UInt8(byte) - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: 255
        }
    }
}

/// The coding of uuencode: POSIX.1 names it; no RFC does.
enum UUEncoding {
    static func decode(_ body: ArraySlice<UInt8>) -> (octets: [UInt8], isWellFormed: Bool) {
        var output: [UInt8] = []
        output.reserveCapacity(body.count / 4 * 3)
        var hasBegun = false
        var hasEnded = false
        var lineStart = body.startIndex
        while lineStart < body.endIndex, !hasEnded {
            let lineEnd = body[lineStart...].firstIndex(of: .lineFeed) ?? body.endIndex
            var line = body[lineStart..<lineEnd]
            if line.last == .carriageReturn { line.removeLast() }
            lineStart = lineEnd + 1
            if !hasBegun {
                hasBegun = line.starts(with: "begin ".utf8)
            } else if line.elementsEqual("end".utf8) {
                hasEnded = true
            } else {
                decode(line: line, to: &output)
            }
        }
        return hasBegun ? (output, hasEnded) : (Array(body), false)
    }

    private static func decode(line: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard let first = line.first else { return }
        var left = Int((first &- 0x20) & 0x3F)
        var index = line.startIndex + 1
        while left > 0, index < line.endIndex {
            var group: UInt32 = 0
            for offset in 0..<4 {
                let byte = index + offset < line.endIndex ? line[index + offset] : 0x20
                group = group << 6 | UInt32((byte &- 0x20) & 0x3F)
            }
            for shift in [16, 8, 0] as [UInt32] where left > 0 {
                output.append(UInt8(truncatingIfNeeded: group >> shift))
                left -= 1
            }
            index += 4
        }
    }
}
