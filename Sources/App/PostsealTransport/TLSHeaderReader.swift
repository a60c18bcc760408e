internal import MailBytes
internal import MailFormat

/// Looks in a message's header, as it comes in, for what it says about TLS.
struct TLSHeaderReader {
    /// What is found.
    struct Finding: Hashable {
        /// `TLS-Required: No` (RFC 8689 §3): the sender waives what servers have to prove.
        var isWaived = false
        /// The message carries a TLS report (RFC 8460 §5.3).
        var isReport = false
    }

    /// Limit: in a longer header the fields are not looked for.
    static let headerOctetsMax = 256 * 1024

    private var collector = HeaderCollector(octetsMax: headerOctetsMax)

    /// Takes in the next piece of the message.
    ///
    /// - Returns: what is found; nil while that is not known. Then it is not to be called again.
    mutating func add(_ piece: [UInt8]) -> Finding? {
        switch collector.add(piece) {
        case .incomplete: nil
        case .complete(let message, rest: _): Self.finding(message.header)
        case .tooLarge: Finding()
        }
    }

    /// The message is at its end.
    mutating func finish() -> Finding { Self.finding(collector.finish().header) }

    private static func finding(_ header: HeaderSection) -> Finding {
        Finding(
            isWaived: isWaived(header),
            isReport: ["TLS-Report-Domain", "TLS-Report-Submitter"].allSatisfy { header.first(named: $0) != nil })
    }

    /// RFC 8689 §3: one field, and nothing but `No` in it. Two are against the standard, and count for nothing.
    private static func isWaived(_ header: HeaderSection) -> Bool {
        let fields = header.fields(named: "TLS-Required")
        guard let field = fields.first, fields.count == 1 else { return false }
        return header.unfolded(field).equalsIgnoringASCIICase(Array("no".utf8))
    }
}
