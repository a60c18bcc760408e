internal import MailBytes

/// One connection of a mail server to a filter, seen from the mail server.
///
/// ``negotiate()`` comes first. Then, for each message, ``begin(_:)``; and until its outcome is there,
/// ``octetsToSend()`` is sent, what comes back is appended, and ``next()`` is called until it gives nil.
public struct MilterClientSession: Sendable {
    /// Where in a transaction the dialogue stands: the command that is to be sent next.
    enum Step: Hashable {
        case connect, helo, mail, recipient(Int), data, header(Int), endOfHeader, body(Int), endOfMessage, done
    }

    /// What was offered.
    public let offer: MilterNegotiation
    /// What the filter took of it; nil before it answered.
    public internal(set) var negotiated: MilterNegotiation?
    var transaction: MilterTransaction?
    var step = Step.done
    /// The command that waits for its reply.
    var awaited: Step?
    var isNegotiating = false
    var isConnected = false
    var needsAbort = false
    var refusedRecipients: [MilterOutcome.RefusedRecipient] = []
    var changes: [MilterChange] = []
    private var reader: MilterPacketReader
    private var failure: MilterProtocolError?

    /// A connection that has just been made.
    ///
    /// - Parameter replyOctetsMax: The longest packet taken from the filter.
    public init(offer: MilterNegotiation = .all, replyOctetsMax: Int = MilterLimits().packetOctets) {
        self.offer = offer
        reader = MilterPacketReader(packetOctetsMax: replyOctetsMax)
    }

    /// Takes the octets that came next.
    public mutating func append(_ octets: RawSpan) { if failure == nil { reader.append(octets) } }

    /// Takes the octets that came next.
    public mutating func append(_ octets: [UInt8]) { if failure == nil { reader.append(octets) } }

    /// The offer, to be sent first.
    public mutating func negotiate() -> [UInt8] {
        isNegotiating = true
        return MilterCommand.negotiate(offer).wire
    }

    /// Takes up a message. The client is reported with the first one, and with the first after ``nextClient()``.
    public mutating func begin(_ transaction: MilterTransaction) {
        self.transaction = transaction
        refusedRecipients = []
        changes = []
        awaited = nil
        step = isConnected ? .mail : .connect
    }

    /// Gives a message up.
    ///
    /// - Returns: what to send.
    public mutating func abort() -> [UInt8] {
        finish()
        return needsAbort ? takeAbort() : []
    }

    /// Ends the SMTP connection; the next message is another client's.
    ///
    /// - Returns: what to send.
    public mutating func nextClient() -> [UInt8] {
        let octets = abort()
        isConnected = false
        return octets + MilterCommand.quitNewConnection.wire
    }

    /// Ends the connection.
    ///
    /// - Returns: what to send.
    public mutating func quit() -> [UInt8] {
        finish()
        return MilterCommand.quit.wire
    }

    /// What came next; nil until more octets are there.
    ///
    /// - Throws: where the filter does not keep to the protocol. There is nothing to be done then but to close the
    ///   connection, and every later call throws the same.
    public mutating func next() throws(MilterProtocolError) -> MilterClientEvent? {
        if let failure { throw failure }
        do throws(MilterProtocolError) {
            while let packet = try reader.next() {
                if let event = try handle(try MilterReply(packet: packet)) { return event }
            }
            return nil
        } catch {
            failure = error
            finish()
            throw error
        }
    }

    /// The transaction is over.
    mutating func finish() {
        step = .done
        awaited = nil
        transaction = nil
    }

    mutating func takeAbort() -> [UInt8] {
        needsAbort = false
        return MilterCommand.abort.wire
    }
}
