/// The places of the dialogue for which a filter can choose macros, numbered as on the wire (`SMFIM_*` of libmilter).
public enum MilterStage: UInt32, CaseIterable, Hashable, Sendable {
    case connect, helo, mail, recipient, data, endOfMessage, endOfHeader

    /// The code of the command that this is.
    var command: UInt8 {
        switch self {
        case .connect: MilterCode.connect
        case .helo: MilterCode.helo
        case .mail: MilterCode.mail
        case .recipient: MilterCode.recipient
        case .data: MilterCode.data
        case .endOfMessage: MilterCode.endOfMessage
        case .endOfHeader: MilterCode.endOfHeader
        }
    }

    /// The step that does without the reply to this command; nil for the end of the message, which has one always.
    var withoutReply: MilterSteps? {
        switch self {
        case .connect: .noReplyToConnect
        case .helo: .noReplyToHelo
        case .mail: .noReplyToMail
        case .recipient: .noReplyToRecipient
        case .data: .noReplyToData
        case .endOfHeader: .noReplyToEndOfHeader
        case .endOfMessage: nil
        }
    }

    /// The step that leaves this command out; nil for the end of the message, which is always sent.
    var leftOut: MilterSteps? {
        switch self {
        case .connect: .noConnect
        case .helo: .noHelo
        case .mail: .noMail
        case .recipient: .noRecipient
        case .data: .noData
        case .endOfHeader: .noEndOfHeader
        case .endOfMessage: nil
        }
    }
}
