internal import MailBytes

/// One connection of a mail server to a filter, seen from the filter: octets go in, events come out, and answers are
/// turned into the octets that the mail server waits for.
///
/// It is a value and does no input or output. Whoever drives it appends what came, calls ``next()`` until that gives
/// nil, and answers each event that waits for it: the message's events with a call of the same name. Each such call
/// gives nil where the mail server waits for nothing, because it agreed to do without the reply, or gave the message
/// up; so it can be made always, and a reply that nobody awaits is never sent. A call that belongs to a message which
/// is gone must not be made once ``next()`` gave ``MilterEvent/messageStarted(_:)`` for another.
///
/// Where a message stands:
/// ```
/// start -O-> idle -M-> envelope -L-> header -N-> body -E-> deciding -answer-> idle
/// ```
/// `A` leads back to idle from everywhere, `K` too and forgets the client, `Q` ends.
public struct MilterSession: Sendable {
    /// Where in a message the connection stands.
    enum Phase: Hashable {
        case start, idle, envelope, header, body, deciding, closed
    }

    /// The reply that the mail server waits for and that the driver has to give.
    enum Owed: Hashable {
        case stage(MilterStage)
        case header, body, end
    }

    public let preferences: MilterPreferences
    /// What was agreed upon; nil before the first command.
    public internal(set) var negotiated: MilterNegotiation?
    /// All macros that are set now.
    public internal(set) var macros = MilterMacros()
    /// The message that is being put together, and the connection that it comes in on.
    var message = MilterMessage()
    var isConnected = false
    var phase = Phase.start
    var owed: Owed?
    /// At most three: a message's end can be its beginning as well.
    var events: [MilterEvent] = []
    /// Octets of the envelope so far.
    var envelopeOctets = 0
    private var reader: MilterPacketReader
    private var failure: MilterProtocolError?

    /// A connection that has just been made.
    public init(preferences: MilterPreferences) {
        self.preferences = preferences
        reader = MilterPacketReader(packetOctetsMax: preferences.limits.packetOctets)
    }

    /// Takes the octets that came next.
    public mutating func append(_ octets: RawSpan) { if isReading { reader.append(octets) } }

    /// Takes the octets that came next.
    public mutating func append(_ octets: [UInt8]) { if isReading { reader.append(octets) } }

    /// Takes the octets that came next.
    public mutating func append(_ octets: ArraySlice<UInt8>) { if isReading { reader.append(octets) } }

    /// Whether the mail server waits for a reply that the driver has to give.
    public var isReplyDue: Bool { owed != nil }

    /// Whether a message was started that is neither decided nor given up.
    public var isInMessage: Bool { phase == .body || phase == .deciding }

    /// Whether the connection was negotiated and stands between messages, of which not even the envelope has begun.
    public var isBetweenMessages: Bool { phase == .idle }

    /// Octets of a packet that is not all there yet.
    public var pendingOctets: Int { reader.pendingOctets }

    /// Packets that have been taken.
    public private(set) var packets = 0

    private var isReading: Bool { phase != .closed && failure == nil }

    /// What came next; nil until more octets are there.
    ///
    /// - Throws: where the mail server does not keep to the protocol or the limits. There is nothing to be done then
    ///   but to close the connection, and every later call throws the same.
    public mutating func next() throws(MilterProtocolError) -> MilterEvent? {
        if let failure { throw failure }
        do throws(MilterProtocolError) {
            while events.isEmpty {
                guard phase != .closed, let packet = try reader.next() else { return nil }
                packets &+= 1
                try handle(packet)
            }
            return events.removeFirst()
        } catch {
            failure = error
            events = []
            owed = nil
            message = MilterMessage()
            reader = MilterPacketReader()
            throw error
        }
    }
}

extension MilterSession {
    /// What was agreed upon, or nothing.
    var steps: MilterSteps { negotiated?.steps ?? [] }

    /// Forgets the message, not the connection. Events that tell of it go out before.
    mutating func giveUp() {
        if isInMessage { events.append(.aborted) }
        endMessage()
    }

    /// Makes ready for the next message.
    mutating func endMessage() {
        owed = nil
        macros.removeMessage()
        beginMessage()
        phase = .idle
    }

    /// An empty message of the same connection.
    mutating func beginMessage() {
        message.sender = MilterPath()
        message.recipients = []
        message.macros = MilterMacros()
        message.header = []
        envelopeOctets = 0
        phase = .envelope
    }
}
