internal import MailBytes

/// Brings a message into the form in which it is sent: each line ends in CR LF, no CR or LF stands alone, and dots are
/// stuffed where that is asked for.
///
/// What is sent can't be taken for the end of the message by any server, however it reads line ends. A message that has
/// its line ends in order is sent as it is. LF alone becomes CR LF, CR alone a space: it must neither end a line nor
/// begin a field.
struct SMTPContentEncoder: Sendable {
    /// Whether a dot at the beginning of a line is doubled: DATA.
    let isDotted: Bool
    private var isAtLineStart = true
    /// A carriage return came last; what it is depends on the next octet.
    private var isBehindReturn = false

    init(isDotted: Bool) { self.isDotted = isDotted }

    /// The next octets.
    mutating func encode(_ input: ArraySlice<UInt8>, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + input.count + 16)
        var index = input.startIndex
        let end = input.endIndex
        while index < end {
            let octet = input[index]
            if isBehindReturn {
                isBehindReturn = false
                if octet == .lineFeed {
                    index &+= 1
                    endLine(&output)
                    continue
                }
                output.append(.space)
                isAtLineStart = false
            }
            switch octet {
            case .carriageReturn:
                isBehindReturn = true
                index &+= 1
            case .lineFeed:
                endLine(&output)
                index &+= 1
            default:
                if isAtLineStart, isDotted, octet == UInt8(ascii: ".") { output.append(octet) }
                isAtLineStart = false
                let start = index
                while index < end {
                    let octet = input[index]
                    if octet <= 0x0D, octet == .carriageReturn || octet == .lineFeed { break }
                    index &+= 1
                }
                output.append(contentsOf: input[start..<index])
            }
        }
    }

    /// The message is over: its last line gets its end, if it has none.
    mutating func end(into output: inout [UInt8]) {
        if isBehindReturn {
            isBehindReturn = false
            output.append(.space)
            isAtLineStart = false
        }
        if !isAtLineStart { endLine(&output) }
        if isDotted { output += [UInt8(ascii: "."), .carriageReturn, .lineFeed] }
    }

    private mutating func endLine(_ output: inout [UInt8]) {
        output.append(.carriageReturn)
        output.append(.lineFeed)
        isAtLineStart = true
    }
}
