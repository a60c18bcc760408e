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
        var group = Group()
        // Four characters give three octets, and nothing gives more.
        let octets = [UInt8](capacity: body.count / 4 * 3 + 3) { output in
            let body = body.span
            var index = 0
            while index < body.count {
                // Most of a body is groups of four characters with nothing between them.
                if group.isEmpty {
                    index = Base64.decodeGroups(body, from: index, into: &output)
                    guard index < body.count else { break }
                }
                let byte = body[index]
                index &+= 1
                if let value = Base64.value(of: byte) {
                    group.take(value, &output)
                } else if byte == Base64.padder {
                    group.pad(&output)
                } else if !byte.isWSPOrLineBreak {
                    group.isWellFormed = false
                }
            }
            group.end(&output)
        }
        return (octets, group.isWellFormed)
    }

    /// A group of four characters that is being read.
    private struct Group {
        var isWellFormed = true
        private var accumulator: UInt32 = 0
        private var sextets = 0
        private var padding = 0

        /// Whether the next character begins a group, and none has been padded before.
        var isEmpty: Bool { sextets == 0 && padding == 0 }

        mutating func take(_ value: UInt8, _ output: inout OutputSpan<UInt8>) {
            if padding > 0 {
                isWellFormed = false
                padding = 0
            }
            accumulator = accumulator << 6 | UInt32(value)
            sextets += 1
            guard sextets == 4 else { return }
            output.append(UInt8(truncatingIfNeeded: accumulator >> 16))
            output.append(UInt8(truncatingIfNeeded: accumulator >> 8))
            output.append(UInt8(truncatingIfNeeded: accumulator))
            (sextets, accumulator) = (0, 0)
        }

        mutating func pad(_ output: inout OutputSpan<UInt8>) {
            padding += 1
            if sextets == 1 { isWellFormed = false }
            if sextets > 0, sextets + padding > 4 { isWellFormed = false }
            flush(&output)
        }

        mutating func end(_ output: inout OutputSpan<UInt8>) {
            if sextets > 0 { isWellFormed = false }
            flush(&output)
        }

        /// What a group that is not full gives.
        private mutating func flush(_ output: inout OutputSpan<UInt8>) {
            if sextets == 2 {
                output.append(UInt8(truncatingIfNeeded: accumulator >> 4))
            } else if sextets == 3 {
                output.append(UInt8(truncatingIfNeeded: accumulator >> 10))
                output.append(UInt8(truncatingIfNeeded: accumulator >> 2))
            }
            (sextets, accumulator) = (0, 0)
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
