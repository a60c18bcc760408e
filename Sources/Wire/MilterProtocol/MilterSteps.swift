/// What a mail server can leave out or do otherwise in the dialogue, and what a filter asks for of it (`SMFIP_*` of
/// libmilter).
public struct MilterSteps: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The connection is not reported.
    public static let noConnect = MilterSteps(rawValue: 0x1)
    /// HELO and EHLO are not reported.
    public static let noHelo = MilterSteps(rawValue: 0x2)
    /// MAIL is not reported.
    public static let noMail = MilterSteps(rawValue: 0x4)
    /// RCPT is not reported.
    public static let noRecipient = MilterSteps(rawValue: 0x8)
    /// The body is not sent.
    public static let noBody = MilterSteps(rawValue: 0x10)
    /// The header fields are not sent.
    public static let noHeader = MilterSteps(rawValue: 0x20)
    /// The end of the header is not reported.
    public static let noEndOfHeader = MilterSteps(rawValue: 0x40)
    /// Header fields get no reply.
    public static let noReplyToHeader = MilterSteps(rawValue: 0x80)
    /// Unknown commands are not reported.
    public static let noUnknown = MilterSteps(rawValue: 0x100)
    /// DATA is not reported.
    public static let noData = MilterSteps(rawValue: 0x200)
    /// The filter may ask for the rest of the body to be left out.
    public static let skip = MilterSteps(rawValue: 0x400)
    /// Recipients that were refused already are reported too.
    public static let rejectedRecipients = MilterSteps(rawValue: 0x800)
    /// The connection gets no reply.
    public static let noReplyToConnect = MilterSteps(rawValue: 0x1000)
    /// HELO and EHLO get no reply.
    public static let noReplyToHelo = MilterSteps(rawValue: 0x2000)
    /// MAIL gets no reply.
    public static let noReplyToMail = MilterSteps(rawValue: 0x4000)
    /// RCPT gets no reply.
    public static let noReplyToRecipient = MilterSteps(rawValue: 0x8000)
    /// DATA gets no reply.
    public static let noReplyToData = MilterSteps(rawValue: 0x1_0000)
    /// Unknown commands get no reply.
    public static let noReplyToUnknown = MilterSteps(rawValue: 0x2_0000)
    /// The end of the header gets no reply.
    public static let noReplyToEndOfHeader = MilterSteps(rawValue: 0x4_0000)
    /// Pieces of the body get no reply.
    public static let noReplyToBody = MilterSteps(rawValue: 0x8_0000)
    /// The white space behind a field's colon is part of its value, both ways.
    public static let leadingSpace = MilterSteps(rawValue: 0x10_0000)
    /// Packets of up to 256 KiB. Sendmail's own, and never asked for here.
    public static let packets256K = MilterSteps(rawValue: 0x1000_0000)
    /// Packets of up to 1 MiB. Sendmail's own, and never asked for here.
    public static let packets1M = MilterSteps(rawValue: 0x2000_0000)

    /// All steps of version 2.
    public static let version2 = MilterSteps(rawValue: 0x7F)
    /// All steps of version 6.
    public static let all = MilterSteps(rawValue: 0x1F_FFFF)

    /// The steps that leave a report out altogether.
    static let left: MilterSteps = [
        .noConnect, .noHelo, .noMail, .noRecipient, .noBody, .noHeader, .noEndOfHeader, .noUnknown, .noData,
    ]
}
