internal import MailBytes

/// Gives a message that comes in piece by piece the line ends of the wire: ``MailMessage/withNetworkLineEndings(_:)``
/// for any cut into pieces.
public struct NetworkLineEnds: Sendable {
    private var endsInCarriageReturn = false

    public init() {}

    /// The next octets, with each line feed that has no carriage return in front of it made CR LF. Octets without such
    /// a line feed come back as they are, without a copy.
    public mutating func convert(_ octets: [UInt8]) -> [UInt8] {
        guard let last = octets.last else { return octets }
        defer { endsInCarriageReturn = last == .carriageReturn }
        let span = unsafe octets.span.bytes
        var isBehindCarriageReturn = endsInCarriageReturn
        var bare = 0
        var index = 0
        while true {
            index = OctetScan.lineFeed(span, from: index, to: octets.count)
            guard index < octets.count else { break }
            if index > 0 { isBehindCarriageReturn = octets[index - 1] == .carriageReturn }
            if !isBehindCarriageReturn { bare += 1 }
            index += 1
        }
        guard bare > 0 else { return octets }
        var output: [UInt8] = []
        output.reserveCapacity(octets.count + bare)
        isBehindCarriageReturn = endsInCarriageReturn
        var lineStart = 0
        while lineStart < octets.count {
            let lineFeed = OctetScan.lineFeed(span, from: lineStart, to: octets.count)
            output.append(contentsOf: octets[lineStart..<lineFeed])
            guard lineFeed < octets.count else { break }
            if lineFeed > 0 { isBehindCarriageReturn = octets[lineFeed - 1] == .carriageReturn }
            if !isBehindCarriageReturn { output.append(.carriageReturn) }
            output.append(.lineFeed)
            lineStart = lineFeed + 1
        }
        return output
    }
}
