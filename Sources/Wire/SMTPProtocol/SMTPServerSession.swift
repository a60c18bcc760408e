internal import MailBytes

/// One connection of a client to a server, seen from the server: octets go in, events come out, and answers become the
/// replies that the client waits for.
///
/// It is a value and does no input or output. Whoever drives it appends what came, calls ``next()`` until that gives
/// nil, sends ``takeOutput()``, and answers each event that waits for it with ``answer(_:)-(SMTPReply)``; until then no
/// further command is taken. Memory is bounded if the driver reads only while ``wantsInput`` says so.
///
/// Where a connection stands:
/// ```
/// greeting -> ungreeted -EHLO-> idle -MAIL-> envelope -DATA-> text -answer-> idle
///                                               └----BDAT-> chunks -LAST-> answer
/// ```
/// RSET and EHLO lead back to idle, STARTTLS to ungreeted, and everything that was said before is forgotten.
public struct SMTPServerSession: Sendable {
    enum Phase: Hashable {
        case greeting, ungreeted, idle, envelope
        /// Behind DATA, up to the end.
        case text
        /// Behind a BDAT, between chunks or in one. A chunk that failed makes the rest of the message fail.
        case chunks
        /// Between STARTTLS and TLS.
        case tls
        /// The greeting was a refusal: QUIT is awaited.
        case refused
        case closed
    }

    /// The answer that the driver owes.
    enum Owed: Hashable {
        case greeting
        case hello(SMTPHello)
        case mail(SMTPSender)
        case recipient(SMTPRecipient)
        case data
        /// The go-ahead for a message whose first chunk is this.
        case chunk
        case end
    }

    public let configuration: SMTPServerConfiguration
    /// Whether the connection is under TLS.
    public internal(set) var isTLS = false
    /// What the client called itself; nil before, and after STARTTLS.
    public internal(set) var hello: SMTPHello?
    /// What XFORWARD said of the next message's client.
    public internal(set) var forwarded = SMTPClientAttributes()
    /// Messages that were taken, or refused at their end.
    public internal(set) var messages = 0

    var phase = Phase.greeting
    var owed: Owed? = .greeting
    var events: [SMTPServerEvent] = [.connected]
    var output: [UInt8] = []
    var queue = OctetQueue()
    var sender: SMTPSender?
    var recipients: [SMTPRecipient] = []
    var recipientCommands = 0
    var decoder: SMTPContentDecoder?
    /// What is left of a chunk, and whether it is the last.
    var chunkOctets = 0
    var isLastChunk = false
    /// Octets of the chunk as a whole, for the reply.
    var chunkSize = 0
    /// Why chunks are read for nothing; nil if they are not.
    var chunkRefusal: SMTPReply?
    /// Whether the refusal of the message that comes in has been told to the driver.
    var isRefusalTold = false
    var errors = 0
    var idleCommands = 0
    var discarded = 0

    /// Octets that are decoded at a time.
    static let pieceOctets = 64 * 1024

    /// A connection that has just been made.
    ///
    /// - Parameter isTLS: whether it is under TLS from the start.
    public init(configuration: SMTPServerConfiguration, isTLS: Bool = false) {
        self.configuration = configuration
        self.isTLS = isTLS
    }

    /// Takes the octets that came next.
    public mutating func append(_ octets: RawSpan) { if phase != .closed { queue.append(octets) } }

    /// Takes the octets that came next.
    public mutating func append(_ octets: some Collection<UInt8>) { if phase != .closed { queue.append(octets) } }

    /// Octets that were not taken yet.
    public var pendingOctets: Int { queue.count }

    /// Whether more should be read: not while much is there that waits for an answer.
    public var wantsInput: Bool { phase != .closed && queue.count < Self.pieceOctets }

    /// Whether the driver owes an answer.
    public var isAnswerDue: Bool { owed != nil }

    /// Whether there are no commands under way, and no message.
    public var isIdle: Bool {
        owed == nil && queue.isEmpty && [.ungreeted, .idle, .refused].contains(phase)
    }

    /// Whether MAIL was accepted, and the message is neither done nor given up.
    public var isInMessage: Bool { sender != nil }

    /// Whether the text of a message comes in that is not refused: after an answer to
    /// ``SMTPServerEvent/dataStarted(_:)`` it says whether there will be any.
    public var isReceiving: Bool {
        guard let decoder, decoder.defect == nil else { return false }
        return phase == .text || phase == .chunks && chunkRefusal == nil
    }

    /// Whether text is read, of a message or for nothing, and no command.
    public var isInText: Bool { phase == .text || phase == .chunks && chunkOctets > 0 }

    /// Command lines that were taken, of whatever form: a client that is slow with the next has a time for it.
    public internal(set) var commands = 0

    /// What is to be sent, once.
    public mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// What came next; nil until more octets, or an answer, are there.
    public mutating func next() -> SMTPServerEvent? {
        while events.isEmpty {
            guard owed == nil, step() else { return nil }
        }
        return events.removeFirst()
    }

    /// TLS is there. Everything that was said before is forgotten (RFC 3207 §4.2).
    public mutating func tlsEstablished() {
        guard phase == .tls else { return }
        isTLS = true
        queue.removeAll()
        forget()
        phase = .ungreeted
    }

    /// Ends the connection with 421; the last event says so. What the client has begun comes to nothing.
    public mutating func end() { close(.ended) }

    /// Ends the connection with this reply, where the server has a reason of its own.
    public mutating func end(_ reply: SMTPReply) {
        guard phase != .closed else { return }
        say(reply)
        close(.refused)
    }

    /// What is offered now.
    var offered: SMTPExtensions {
        // RFC 5321 §4.1.1.1: a client that says HELO has no extensions. These come before EHLO, too.
        guard phase != .ungreeted, let hello, hello.verb != .helo else {
            return configuration.extensions.intersection([.xclient, .xforward, .startTLS]).subtracting(tlsGone)
        }
        return announced
    }

    /// What EHLO announces now.
    var announced: SMTPExtensions {
        var extensions = configuration.extensions.subtracting(tlsGone)
        // RFC 6531 §3.1: SMTPUTF8 is nothing without 8BITMIME.
        if !extensions.contains(.eightBitMIME) { extensions.remove(.smtpUTF8) }
        return extensions
    }

    private var tlsGone: SMTPExtensions {
        // RFC 3207 §4.2, RFC 8689 §2.
        isTLS ? .startTLS : .requireTLS
    }
}

extension SMTPServerSession {
    /// Takes something of what is there; false if there is not enough.
    private mutating func step() -> Bool {
        switch phase {
        case .closed, .tls, .greeting: return false
        case .text: return stepText()
        case .chunks where chunkOctets > 0: return stepChunk()
        case .chunks, .ungreeted, .idle, .envelope, .refused: break
        }
        switch queue.line(octetsMax: configuration.limits.commandOctets) {
        case .none:
            if queue.skipped > configuration.limits.discardedOctets { close(.discarded) }
            return phase == .closed
        case .tooLong:
            commands += 1
            refuse(.lineTooLong)
        case .line(let line, let endsInCRLF):
            commands += 1
            if !endsInCRLF, configuration.lineEnds == .refuse {
                refuse(.lineEnd)
            } else if SMTPCommand.isForeign(line) {
                close(.foreign)
            } else {
                handle(line)
            }
        }
        return true
    }

    /// Writes a reply.
    mutating func say(_ reply: SMTPReply) {
        reply.append(to: &output, enhanced: configuration.extensions.contains(.enhancedStatusCodes))
    }

    /// Refuses a command for its form.
    mutating func refuse(_ error: SMTPSyntaxError) { refuse(error.reply) }

    /// Refuses a command, and counts it.
    mutating func refuse(_ reply: SMTPReply) {
        say(reply)
        errors += 1
        if errors >= configuration.limits.errors { close(.errors) }
    }

    mutating func close(_ reason: SMTPServerCloseReason) {
        guard phase != .closed else { return }
        if let reply = reason.reply { say(reply) }
        phase = .closed
        owed = nil
        queue.removeAll()
        forgetMessage()
        events = [.closed(reason)]
    }

    /// Forgets what the client said, and its message.
    mutating func forget() {
        hello = nil
        forwarded = SMTPClientAttributes()
        forgetMessage()
    }

    mutating func forgetMessage() {
        sender = nil
        recipients = []
        recipientCommands = 0
        decoder = nil
        chunkOctets = 0
        chunkRefusal = nil
        isRefusalTold = false
    }

    /// Gives the message up, and says so.
    mutating func giveUp() {
        if isInMessage { events.append(.reset) }
        forgetMessage()
    }
}
