internal import MailBytes

/// Something that a filter wants changed in a message when it accepts it.
///
/// Values of header fields are what stands behind the colon, the space there included, with CRLF or LF between lines
/// and nothing at the end; where the mail server puts that space itself, one is taken off.
public enum MilterChange: Hashable, Sendable {
    /// A field at the end of the header.
    case addHeader(name: [UInt8], value: [UInt8])
    /// A field before the one that has so many before it. Postfix counts the Received field that it adds itself and
    /// does not show to filters: 0 is above it, 1 above all that the message came with.
    case insertHeader(index: Int, name: [UInt8], value: [UInt8])
    /// Another value for a field: the so many-th of its name, from 1, in the message as it came.
    case changeHeader(name: [UInt8], occurrence: Int, value: [UInt8])
    /// No such field any more: the so many-th of its name, from 1, in the message as it came.
    case deleteHeader(name: [UInt8], occurrence: Int)
    /// Another body. Several follow one another.
    case replaceBody([UInt8])
    /// Another recipient. Postfix takes only NOTIFY and ORCPT as arguments.
    case addRecipient(MilterPath)
    /// One recipient less: as it came, for the mail server compares it with that.
    case deleteRecipient(MilterPath)
    /// Another sender. Postfix takes only RET and ENVID as arguments.
    case changeSender(MilterPath)
    /// The message is kept back until somebody has looked at it; the reason is for them.
    case quarantine(reason: [UInt8])

    /// The action that the mail server has to have offered.
    public var action: MilterActions {
        switch self {
        case .addHeader, .insertHeader: .addHeader
        case .changeHeader, .deleteHeader: .changeHeader
        case .replaceBody: .replaceBody
        case .addRecipient(let path): path.arguments.isEmpty ? .addRecipient : .addRecipientWithParameters
        case .deleteRecipient: .deleteRecipient
        case .changeSender: .changeSender
        case .quarantine: .quarantine
        }
    }
}

/// Changes that can't be asked for. Nothing was sent; the caller decides what becomes of the message.
public struct MilterRefusedChanges: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why a change can't be asked for.
    public enum Reason: Hashable, Sendable {
        /// The mail server did not offer it, or the filter did not say that it might want to.
        case notNegotiated
        /// It is no field, address or text that goes over the wire: line breaks that would make two fields of one, a
        /// NUL, a name that no field can have, a number out of range.
        case malformed
    }

    /// A change and why it can't be asked for.
    public struct Refused: Hashable, Sendable {
        /// What was wanted.
        public var change: MilterChange
        public var reason: Reason

        public init(change: MilterChange, reason: Reason) {
            self.change = change
            self.reason = reason
        }
    }

    /// At least one, in the order in which they were wanted.
    public var refused: [Refused]

    public init(refused: [Refused]) { self.refused = refused }

    public var description: String {
        let count = refused.count { $0.reason == .notNegotiated }
        return "\(count) changes that the mail server does not offer, and \(refused.count - count) malformed ones"
    }
}
