internal import MailBytes

/// Octets from mail or network as a value in a log line, `"mail_from": .stringConvertible(LogOctets(path))`.
///
/// A log in text shows what is no UTF-8 as `\xE9`, so that the octets can be told; one in JSON has U+FFFD there.
public struct LogOctets: Sendable, CustomStringConvertible {
    let octets: [UInt8]

    /// - Parameter octets: anything; the log escapes it.
    public init(_ octets: [UInt8]) { self.octets = octets }

    /// The text with U+FFFD for what is no UTF-8.
    public var description: String { String(lossy: octets) }
}
