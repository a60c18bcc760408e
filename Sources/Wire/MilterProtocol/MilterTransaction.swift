/// A message as a mail server has it to show to filters: the client, the envelope, and the content.
public struct MilterTransaction: Hashable, Sendable {
    /// The client.
    public var connection: MilterConnection
    /// What the client said in HELO or EHLO; nil if it did not.
    public var helo: [UInt8]?
    /// The envelope's sender.
    public var sender: MilterPath
    /// The envelope's recipients.
    public var recipients: [MilterPath]
    /// The header, without fields that the mail server adds itself.
    public var fields: [MilterField]
    /// With CRLF line ends.
    public var body: [UInt8]
    /// What goes with each stage. Where the filter chose macros for a stage, those of them that are here anywhere.
    public var macros: [MilterStage: [MilterMacro]]

    public init(
        connection: MilterConnection = MilterConnection(), helo: [UInt8]? = nil, sender: MilterPath = MilterPath(),
        recipients: [MilterPath] = [], fields: [MilterField] = [], body: [UInt8] = [],
        macros: [MilterStage: [MilterMacro]] = [:]
    ) {
        self.connection = connection
        self.helo = helo
        self.sender = sender
        self.recipients = recipients
        self.fields = fields
        self.body = body
        self.macros = macros
    }
}

/// What a filter made of a message.
public struct MilterOutcome: Hashable, Sendable {
    /// A recipient that the filter refused, and how.
    public struct RefusedRecipient: Hashable, Sendable {
        /// Its place among the transaction's recipients, from 0.
        public var index: Int
        public var reply: MilterReply

        public init(index: Int, reply: MilterReply) {
            self.index = index
            self.reply = reply
        }
    }

    /// The letter of the command that the filter decided at; `E` for the end of the message.
    public var command: UInt8
    /// The reply that decided: ``MilterReply/accept`` for `continue` too.
    public var reply: MilterReply
    public var refusedRecipients: [RefusedRecipient]
    /// What is to be changed, in the order in which it came.
    public var changes: [MilterChange]

    public init(
        command: UInt8, reply: MilterReply, refusedRecipients: [RefusedRecipient], changes: [MilterChange]
    ) {
        self.command = command
        self.reply = reply
        self.refusedRecipients = refusedRecipients
        self.changes = changes
    }
}

/// What came from a filter, for the one who drives a ``MilterClientSession``.
public enum MilterClientEvent: Hashable, Sendable {
    /// The filter took this of the offer; messages can be sent.
    case negotiated(MilterNegotiation)
    /// The filter is still at work: the time until its answer counts anew.
    case progress
    /// The filter is done with the message.
    case finished(MilterOutcome)
}
