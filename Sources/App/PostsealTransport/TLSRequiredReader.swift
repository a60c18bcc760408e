internal import MailBytes
internal import MailFormat

/// Looks in a message's header, as it comes in, for `TLS-Required: No` (RFC 8689 §3).
struct TLSRequiredReader {
    /// Limit: in a longer header the field is not looked for.
    static let headerOctetsMax = 256 * 1024

    private var collector = HeaderCollector(octetsMax: headerOctetsMax)

    /// Takes in the next piece of the message.
    ///
    /// - Returns: whether the sender waives what servers have to prove; nil while that is not known. Then it is not to
    ///   be called again.
    mutating func add(_ piece: [UInt8]) -> Bool? {
        switch collector.add(piece) {
        case .incomplete: nil
        case .complete(let message, rest: _): Self.isWaived(message.header)
        case .tooLarge: false
        }
    }

    /// The message is at its end.
    mutating func finish() -> Bool { Self.isWaived(collector.finish().header) }

    /// RFC 8689 §3: one field, and nothing but `No` in it. Two are against the standard, and count for nothing.
    private static func isWaived(_ header: HeaderSection) -> Bool {
        let fields = header.fields(named: "TLS-Required")
        guard let field = fields.first, fields.count == 1 else { return false }
        return header.unfolded(field).equalsIgnoringASCIICase(Array("no".utf8))
    }
}
