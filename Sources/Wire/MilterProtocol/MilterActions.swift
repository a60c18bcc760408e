/// What a filter may do to a message, as far as the mail server offers it (`SMFIF_*` of libmilter).
public struct MilterActions: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Header fields may be added at the end or inserted anywhere.
    public static let addHeader = MilterActions(rawValue: 0x1)
    /// The body may be replaced.
    public static let replaceBody = MilterActions(rawValue: 0x2)
    /// Recipients may be added.
    public static let addRecipient = MilterActions(rawValue: 0x4)
    /// Recipients may be removed.
    public static let deleteRecipient = MilterActions(rawValue: 0x8)
    /// Header fields may be changed and removed.
    public static let changeHeader = MilterActions(rawValue: 0x10)
    /// The message may be put on hold.
    public static let quarantine = MilterActions(rawValue: 0x20)
    /// The envelope's sender may be changed.
    public static let changeSender = MilterActions(rawValue: 0x40)
    /// Recipients may be added with ESMTP parameters.
    public static let addRecipientWithParameters = MilterActions(rawValue: 0x80)
    /// The filter may say which macros it wants.
    public static let chooseMacros = MilterActions(rawValue: 0x100)

    /// All actions of version 2.
    public static let version2 = MilterActions(rawValue: 0x3F)
    /// All actions of version 6.
    public static let all = MilterActions(rawValue: 0x1FF)
}
