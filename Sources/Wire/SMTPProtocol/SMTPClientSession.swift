internal import MailBytes

/// One connection to an SMTP or LMTP server, seen from the client.
///
/// It is a value and does no input or output. Whoever drives it appends what came, calls ``next()`` until that gives
/// nil, and sends ``takeOutput()``. Once it is ready, a message is sent as a whole with ``begin(_:)``, or step by step
/// with ``mail(_:)``, ``recipient(_:)`` and ``data()``; both wait for ``SMTPClientEvent/bodyWanted`` to give the text,
/// and end with ``SMTPClientEvent/finished(_:)``.
///
/// With PIPELINING, commands are sent without waiting, and the text is not sent before at least one recipient was
/// accepted. What a server does not offer is not asked of it; what a message can't do without is refused here.
public struct SMTPClientSession: Sendable {
    enum Phase: Hashable {
        case greeting, hello, ready, tls, body, closed
    }

    /// A command that was sent and waits for its reply.
    enum Awaited: Hashable {
        case greeting
        case hello(SMTPHello.Verb)
        case startTLS, mail
        case recipient(Int)
        case data, chunk
        /// The message's end; in LMTP that of the so-many-th accepted recipient.
        case end(Int)
        case reset, plain
        /// RSET between two messages, of which the driver does not know.
        case cleanup
    }

    /// A command that was not sent yet.
    enum Pending: Hashable {
        case mail(SMTPSender)
        case recipient(Int, SMTPRecipient)
        case data
        case plain(SMTPCommand)
        case cleanup
    }

    public let configuration: SMTPClientConfiguration
    /// What the server offers; empty before it said so.
    public internal(set) var capabilities = SMTPCapabilities()
    /// The server's greeting.
    public internal(set) var greeting: SMTPReply?
    /// Whether the connection is under TLS.
    public internal(set) var isTLS: Bool

    var phase = Phase.greeting
    var awaited = Line<Awaited>([.greeting])
    var pending = Line<Pending>([])
    var events: [SMTPClientEvent] = []
    var output: [UInt8] = []
    var message: Message?
    /// The server does not want us, and is told QUIT at most.
    var isRefused = false
    /// The last message came to nothing, and the server may still have its beginning.
    var needsCleanup = false
    var encoder: SMTPContentEncoder?
    private var reader = SMTPReplyReader()
    private var failure: SMTPClientProtocolError?

    /// A connection that has just been made.
    ///
    /// - Parameter isTLS: whether it is under TLS from the start.
    public init(configuration: SMTPClientConfiguration, isTLS: Bool = false) {
        self.configuration = configuration
        self.isTLS = isTLS
    }

    /// Takes the octets that came next.
    public mutating func append(_ octets: RawSpan) { if failure == nil { reader.append(octets) } }

    /// Takes the octets that came next.
    public mutating func append(_ octets: [UInt8]) { if failure == nil { reader.append(octets) } }

    /// What is to be sent, once.
    public mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Whether a message is on its way.
    public var isInMessage: Bool { message != nil }

    /// Whether the text of a message may be sent.
    public var wantsBody: Bool { phase == .body }

    /// Whether the connection can take another message now.
    public var isReady: Bool {
        phase == .ready && !isRefused && message == nil && awaited.isEmpty && pending.isEmpty
    }

    /// Whether a reply is awaited.
    public var isWaiting: Bool { !awaited.isEmpty }

    /// What came next; nil until more octets are there.
    ///
    /// - Throws: where the server does not keep to the protocol. There is nothing to be done then but to close the
    ///   connection, ``connectionLost()`` has what became of a message, and every later call throws the same.
    public mutating func next() throws(SMTPClientProtocolError) -> SMTPClientEvent? {
        if let failure { throw failure }
        do throws(SMTPClientProtocolError) {
            while events.isEmpty {
                guard let reply = try nextReply() else { return nil }
                try handle(reply)
                pump()
            }
            return events.removeFirst()
        } catch {
            failure = error
            stop()
            throw error
        }
    }

    private mutating func nextReply() throws(SMTPClientProtocolError) -> SMTPReply? {
        guard phase != .closed, phase != .tls else { return nil }
        do throws(SMTPReplyError) {
            return try reader.next()
        } catch {
            throw .reply(error)
        }
    }

    /// Begins TLS, if the server offers it and the connection is not under it.
    ///
    /// - Returns: whether it does.
    public mutating func startTLS() -> Bool {
        guard isReady, !isTLS, capabilities.extensions.contains(.startTLS) else { return false }
        SMTPCommand.startTLS.append(to: &output)
        awaited.append(.startTLS)
        return true
    }

    /// TLS is there: the server is greeted anew, and what it said before is forgotten (RFC 3207 §4.2).
    public mutating func tlsEstablished() {
        guard phase == .tls else { return }
        isTLS = true
        capabilities = SMTPCapabilities()
        greet()
    }

    /// Says RSET, which gives up a message whose text has not begun. ``SMTPClientEvent/replied(_:)`` comes of it.
    public mutating func reset() { plain(.reset) }

    /// Says NOOP. ``SMTPClientEvent/replied(_:)`` comes of it.
    public mutating func noop() { plain(.noop) }

    /// Says QUIT. ``SMTPClientEvent/replied(_:)`` comes of it.
    public mutating func quit() { plain(.quit) }

    /// Tells a server that trusts us who the client is; ``SMTPClientEvent/replied(_:)`` comes of it.
    public mutating func xforward(_ attributes: SMTPClientAttributes) { plain(.xforward(attributes)) }

    /// The connection is lost, or given up. Nothing is sent any more.
    ///
    /// - Returns: what became of the message that was on its way.
    public mutating func connectionLost() -> SMTPDeliveryOutcome? {
        defer {
            stop()
            message = nil
        }
        return message?.outcomeIfLost
    }

    /// Octets that came and belong to no reply that was taken.
    var pendingInput: Int { reader.pendingOctets }

    var isPipelining: Bool { capabilities.extensions.contains(.pipelining) }

    /// BDAT without waiting for each reply, or not at all.
    var isChunking: Bool {
        configuration.usesChunking && capabilities.extensions.isSuperset(of: [.chunking, .pipelining])
    }

    private mutating func stop() {
        phase = .closed
        awaited.removeAll()
        pending.removeAll()
        events = []
        output = []
        encoder = nil
    }

    private mutating func plain(_ command: SMTPCommand) {
        guard phase == .ready else { return }
        pending.append(.plain(command))
        pump()
    }
}

extension SMTPClientSession {
    /// A queue that is filled and emptied as a whole, mostly.
    struct Line<Element: Sendable>: Sendable {
        private var elements: [Element]
        private var start = 0

        init(_ elements: [Element]) { self.elements = elements }

        var isEmpty: Bool { start == elements.count }

        var first: Element? { start < elements.count ? elements[start] : nil }

        mutating func append(_ element: Element) { elements.append(element) }

        mutating func removeFirst() -> Element? {
            guard let first else { return nil }
            start += 1
            if start == elements.count { removeAll() }
            return first
        }

        mutating func removeAll() {
            elements = []
            start = 0
        }
    }
}
