/// A netstring: the length of a text in decimal, a colon, the text, a comma (cr.yp.to/proto/netstrings.txt).
public enum Netstring {
    /// The octets of a text as a netstring.
    public static func octets(_ payload: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        append(payload, to: &output)
        return output
    }

    /// Writes a text as a netstring.
    public static func append(_ payload: some Collection<UInt8>, to output: inout [UInt8]) {
        append(payload, EmptyCollection(), to: &output)
    }

    /// Writes a text that stands in two places as a netstring.
    static func append(
        _ head: some Collection<UInt8>, _ rest: some Collection<UInt8>, to output: inout [UInt8]
    ) {
        let count = head.count + rest.count
        var unit = 1
        while count / unit >= 10 { unit *= 10 }
        while unit > 0 {
            output.append(UInt8(ascii: "0") + UInt8(count / unit % 10))
            unit /= 10
        }
        output.append(UInt8(ascii: ":"))
        output += head
        output += rest
        output.append(UInt8(ascii: ","))
    }
}

/// Why a stream is none of netstrings: what is wrong, and with which octet of the stream, counted from 0.
public struct NetstringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What can be wrong.
    public enum Kind: Hashable, Sendable {
        /// A netstring begins with a digit.
        case noLength
        /// No length but 0 begins with a 0.
        case leadingZero
        /// A length is ended by a colon.
        case noColon
        /// More octets than are taken, which are so many.
        case tooLong(limit: Int)
        /// A text is followed by a comma.
        case noComma
    }

    /// What is wrong.
    public var kind: Kind
    /// The octet of the stream that shows it, counted from 0.
    public var position: Int

    public init(_ kind: Kind, position: Int) {
        self.kind = kind
        self.position = position
    }

    public var description: String {
        let what =
            switch kind {
            case .noLength: "a netstring begins with its length"
            case .leadingZero: "a length has no zeros in front"
            case .noColon: "a length is followed by a colon"
            case .tooLong(let limit): "a netstring has at most \(limit) octets here"
            case .noComma: "a netstring ends with a comma"
            }
        return "octet \(position): \(what)"
    }
}
