internal import MailBytes

/// Why a milter connection can't go on. What was sent is not in it, but for the code of a packet.
public struct MilterProtocolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: Hashable, Sendable {
        /// A packet without even a code.
        case emptyPacket
        /// A packet longer than allowed; its length is what its first four octets say.
        case packetTooLong(octets: Int)
        /// A command that is none of version 6.
        case unknownCommand(UInt8)
        /// A reply that is none of version 6.
        case unknownReply(UInt8)
        /// What stands behind this code is not of its form.
        case malformed(UInt8)
        /// A header field whose name or line breaks would make it another field, or several.
        case badField
        /// A command that can't come now.
        case outOfOrder(UInt8)
        /// A command, while the one before waits for its reply.
        case beforeReply(UInt8)
        /// A protocol version before 2.
        case versionTooOld(UInt32)
        /// The filter took what the mail server did not offer.
        case notOffered
        /// A reply where none is awaited, or not this one.
        case unexpectedReply(UInt8)
        /// More than ``MilterLimits`` allow.
        case limit(MilterLimit)
    }

    public var code: Code

    public init(_ code: Code) { self.code = code }

    public var description: String {
        switch code {
        case .emptyPacket: "packet without a command"
        case .packetTooLong(let octets): "packet of \(octets) octets, which is longer than allowed"
        case .unknownCommand(let code): "unknown command \(Self.name(code))"
        case .unknownReply(let code): "unknown reply \(Self.name(code))"
        case .malformed(let code): "packet \(Self.name(code)) is not of its form"
        case .badField: "header field with a name or line breaks that no field can have"
        case .outOfOrder(let code): "command \(Self.name(code)) out of order"
        case .beforeReply(let code): "command \(Self.name(code)) before the reply to the last one"
        case .versionTooOld(let version): "protocol version \(version), where 2 is the least"
        case .notOffered: "negotiation takes more than was offered"
        case .unexpectedReply(let code): "reply \(Self.name(code)) where none such is awaited"
        case .limit(let limit): "too much in \(limit.rawValue)"
        }
    }

    private static func name(_ code: UInt8) -> String {
        code.isVisible ? "'\(Character(Unicode.Scalar(code)))'" : "0x" + String(code, radix: 16)
    }
}
