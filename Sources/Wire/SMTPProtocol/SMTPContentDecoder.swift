internal import MailBytes

/// What is done with a message whose lines do not all end in CR LF.
public enum SMTPLineEndPolicy: String, Hashable, Sendable {
    /// It is refused.
    case refuse
    /// LF alone becomes CR LF. CR alone is refused as well: there is no reading of it that all programs share.
    case repair
}

/// Why a message is refused for its text alone. It is not passed on, not even in part.
public enum SMTPContentDefect: Hashable, Sendable, CustomStringConvertible {
    /// A line feed without a carriage return in front of it.
    case bareLineFeed
    /// A carriage return without a line feed behind it.
    case bareCarriageReturn
    /// An octet of value zero.
    case nul
    /// More octets than the limit that was announced.
    case tooLarge

    public var description: String {
        switch self {
        case .bareLineFeed: "line feed without carriage return"
        case .bareCarriageReturn: "carriage return without line feed"
        case .nul: "NUL in the message"
        case .tooLarge: "message too large"
        }
    }

    /// What the client is told.
    public var reply: SMTPReply {
        switch self {
        case .bareLineFeed, .bareCarriageReturn: SMTPReply(550, SMTPEnhancedCode(5, 6, 11), description)
        case .nul: SMTPReply(550, SMTPEnhancedCode(5, 6, 0), description)
        // RFC 1870 §6.3.
        case .tooLarge: SMTPReply(552, SMTPEnhancedCode(5, 3, 4), description)
        }
    }
}

/// Takes a message's text out of what comes behind DATA or BDAT, in pieces of any size.
///
/// Only CR LF `.` CR LF ends what comes behind DATA, and a dot is taken off only behind CR LF. Nothing else begins a
/// line here, whatever is repaired: so what a message says can never be taken for its end.
struct SMTPContentDecoder: Sendable {
    private enum State: Hashable {
        /// Behind CR LF, or at the beginning.
        case lineStart
        case text
        /// Behind a carriage return.
        case carriageReturn
        /// Behind a dot at the beginning of a line.
        case dot
        /// Behind such a dot and a carriage return.
        case dotCarriageReturn
    }

    let policy: SMTPLineEndPolicy
    /// Octets of the message at most; nil for any number.
    let octetsMax: Int?
    /// Whether dots are stuffed, and one alone ends it: DATA. BDAT counts.
    let isDotted: Bool
    /// What is wrong with it, once something is.
    private(set) var defect: SMTPContentDefect?
    /// Octets of the message so far (RFC 1870 §5: with CR LF, without stuffed dots).
    private(set) var octets = 0
    private var state = State.lineStart

    init(policy: SMTPLineEndPolicy, octetsMax: Int?, isDotted: Bool) {
        self.policy = policy
        self.octetsMax = octetsMax
        self.isDotted = isDotted
    }

    /// Takes octets up to the message's end.
    ///
    /// - Returns: the octets of the message in them, none once there is a defect; how many octets were taken; and
    ///   whether the end is there.
    mutating func decode(_ input: ArraySlice<UInt8>) -> (output: [UInt8], taken: Int, isEnd: Bool) {
        var output: [UInt8] = []
        if defect == nil { output.reserveCapacity(input.count + 2) }
        var index = input.startIndex
        let end = input.endIndex
        while index < end {
            if state == .text || !isDotted && state == .lineStart {
                // Most of a message is text between line ends.
                let start = index
                while index < end {
                    let octet = input[index]
                    if octet <= 0x0D, octet == .carriageReturn || octet == .lineFeed || octet == 0 { break }
                    index &+= 1
                }
                if index > start {
                    state = .text
                    if defect == nil { output.append(contentsOf: input[start..<index]) }
                    checkSize(output)
                }
                guard index < end else { break }
            }
            let octet = input[index]
            index &+= 1
            let isEnd = take(octet, &output)
            checkSize(output)
            if isEnd {
                finish(&output)
                return (output, index - input.startIndex, true)
            }
        }
        finish(&output)
        return (output, input.count, false)
    }

    /// The last chunk was there.
    mutating func end() {
        if state == .carriageReturn { found(.bareCarriageReturn) }
    }

    private mutating func finish(_ output: inout [UInt8]) {
        octets += output.count
        if defect != nil { output = [] }
    }

    /// Which defect comes first must not depend on where the octets are cut.
    private mutating func checkSize(_ output: [UInt8]) {
        if let octetsMax, octets + output.count > octetsMax { found(.tooLarge) }
    }

    private mutating func found(_ defect: SMTPContentDefect) {
        if self.defect == nil { self.defect = defect }
    }

    /// Takes an octet; whether it is the last of the message's end.
    private mutating func take(_ octet: UInt8, _ output: inout [UInt8]) -> Bool {
        switch state {
        case .carriageReturn:
            if octet == .lineFeed {
                output += [.carriageReturn, .lineFeed]
                state = .lineStart
                return false
            }
            found(.bareCarriageReturn)
        case .dotCarriageReturn:
            // RFC 5321 §4.1.1.4: this and nothing else is the end.
            if octet == .lineFeed { return true }
            found(.bareCarriageReturn)
        case .dot:
            if octet == .carriageReturn {
                state = .dotCarriageReturn
                return false
            }
        case .lineStart:
            if octet == UInt8(ascii: "."), isDotted {
                state = .dot
                return false
            }
        case .text: break
        }
        switch octet {
        case .carriageReturn: state = .carriageReturn
        case .lineFeed:
            // No line begins behind it: neither is a dot taken off there, nor ends one the message.
            if policy == .refuse { found(.bareLineFeed) }
            output += [.carriageReturn, .lineFeed]
            state = .text
        default:
            if octet == 0 { found(.nul) }
            output.append(octet)
            state = .text
        }
        return false
    }
}
