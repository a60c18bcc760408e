internal import MailBytes

/// Collects the header of a message that comes in piece by piece, with the line ends of the wire.
public struct HeaderCollector: Sendable {
    /// What is known after a piece.
    public enum Step: Sendable {
        /// The header goes on.
        case incomplete
        /// The header is complete. What stands behind it in the message belongs to the body, and so does the rest.
        case complete(MailMessage, rest: [UInt8])
        /// The header is larger than it may be.
        case tooLarge
    }

    private let octetsMax: Int
    private var octets: [UInt8] = []
    /// Where the search for the header's end goes on.
    private var searched = 0

    /// - Parameter octetsMax: a larger header is not collected.
    public init(octetsMax: Int) { self.octetsMax = octetsMax }

    /// Takes in the next piece. To be called until the header is complete, or too large.
    public mutating func add(_ piece: [UInt8]) -> Step {
        octets += piece
        guard let end = Self.end(of: octets, from: &searched) else {
            return octets.count > octetsMax ? withoutEmptyLine() : .incomplete
        }
        guard end <= octetsMax else { return withoutEmptyLine() }
        return complete(MailMessage(parsing: Array(octets[..<end])), rest: Array(octets[end...]))
    }

    /// The message is at its end: all of it is header, as far as it is no body.
    public mutating func finish() -> MailMessage {
        defer { octets = [] }
        return MailMessage(parsing: octets)
    }

    /// A header may end without an empty line, at a line that is no field. Who sends a large text of other lines is
    /// told so by the verdict, and not by a limit.
    private mutating func withoutEmptyLine() -> Step {
        let message = MailMessage(parsing: octets)
        // The line must be there whole: what has come of it could still become a field.
        guard message.body.lowerBound <= octetsMax, message.bodyBytes.contains(.lineFeed) else { return .tooLarge }
        return complete(message, rest: [])
    }

    private mutating func complete(_ message: MailMessage, rest: [UInt8]) -> Step {
        octets = []
        return .complete(message, rest: rest)
    }

    /// Behind the first empty line, which ends the header if nothing ended it before; `searched` remembers how far
    /// there is none.
    static func end(of octets: [UInt8], from searched: inout Int) -> Int? {
        var index = searched
        while let lineFeed = octets[index...].firstIndex(of: .lineFeed) {
            let isEmpty = lineFeed == 1 || (lineFeed > 1 && octets[lineFeed - 2] == .lineFeed)
            if isEmpty, octets[lineFeed - 1] == .carriageReturn { return lineFeed + 1 }
            index = lineFeed + 1
        }
        searched = index
        return nil
    }
}
