public import MailNames
public import SMTPProtocol
public import Sockets

/// What is known of a connection.
public struct SMTPConnectionFacts: Hashable, Sendable {
    /// The socket that it came in on.
    public var listener: ListenAddress
    /// The client's address: the connection's, or what a trusted balancer or server said it is. Nil on a socket in the
    /// file system.
    public var clientAddress: IPAddress?
    /// The client's port; nil where it is not known.
    public var clientPort: UInt16?
    /// The address that the client connected to; nil where it is not known.
    public var serverAddress: IPAddress?
    /// The port that the client connected to; nil where it is not known.
    public var serverPort: UInt16?
    /// Nil in clear text.
    public var tls: SMTPTLSFacts?
    /// What the client called itself; nil before.
    public var hello: SMTPHello?
    /// What XCLIENT said, whose addresses stand above already.
    public var attributes = SMTPClientAttributes()
    /// What XFORWARD said of the client of the message that begins.
    public var forwarded = SMTPClientAttributes()

    public init(listener: ListenAddress) { self.listener = listener }
}

/// Who talks to the clients of a ``SMTPServer``.
public protocol SMTPMailHandler: Sendable {
    /// What talks to one client.
    associatedtype Conversation: SMTPConversation

    /// Takes up a connection. It is called on an event loop, and must not wait.
    func begin(_ facts: SMTPConnectionFacts) -> Conversation

    /// Whether conversations are asked at the greeting and at HELO. Where they are not, everybody is let in, and
    /// nothing waits.
    var answersGreetings: Bool { get }

    /// What a new connection is served with, of what the server can do. It is called on an event loop, and must not
    /// wait.
    func offer(_ configuration: SMTPServerConfiguration) -> SMTPServerConfiguration
}

extension SMTPMailHandler {
    /// Asks conversations.
    public var answersGreetings: Bool { true }
    /// Offers everything.
    public func offer(_ configuration: SMTPServerConfiguration) -> SMTPServerConfiguration { configuration }
}

/// What talks to one client. One call is made at a time, each in a task that lasts as long as the call; between calls a
/// connection has none.
///
/// A call is cancelled when the connection is lost or the server stops at once; it should return soon then, and its
/// answer is not sent. What it leaves behind is there at the next call, of which ``close()`` is the last.
///
/// It begins on the event loop of the connection, and so do all that it calls without leaving it: what computes for
/// long should go elsewhere.
public protocol SMTPConversation: Sendable {
    /// Answers a connection: with 2xx it is greeted, anything else is said in place of a greeting. Called again when
    /// XCLIENT made another client of it.
    mutating func greet(_ facts: SMTPConnectionFacts) async -> SMTPReply
    /// Answers HELO, EHLO and LHLO; with 2xx the server says what it offers.
    mutating func hello(_ hello: SMTPHello, _ facts: SMTPConnectionFacts) async -> SMTPReply
    /// Answers MAIL.
    mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPReply
    /// Answers RCPT.
    mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPReply
    /// Answers DATA or the first BDAT, before any text is read: ``SMTPReply/goAhead``, or a refusal.
    mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply
    /// Takes the message's text, and answers for it: with one reply, or in LMTP one for each recipient in the order of
    /// the envelope. A 2xx is a promise that the message is safe elsewhere.
    ///
    /// Where the body throws, the message is gone, and the answer does not count. An answer that comes before the end
    /// is kept until it is there, and the rest is not read into memory.
    mutating func receive(_ body: SMTPBody) async -> [SMTPReply]
    /// The client gave the message up, whose MAIL was accepted.
    mutating func reset() async
    /// The connection is gone.
    mutating func close() async
}

extension SMTPConversation {
    /// Lets everybody in.
    public mutating func greet(_ facts: SMTPConnectionFacts) async -> SMTPReply { .ok }
    /// Lets everybody in.
    public mutating func hello(_ hello: SMTPHello, _ facts: SMTPConnectionFacts) async -> SMTPReply { .ok }
    /// Takes any text.
    public mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply { .goAhead }
    /// Does nothing.
    public mutating func reset() async {}
    /// Does nothing.
    public mutating func close() async {}
}
