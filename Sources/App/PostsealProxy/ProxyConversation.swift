internal import MailNames
public import SMTPProtocol
public import SMTPTransport

/// One client's connection, and the connection to the server behind that belongs to it: taken or made at the first
/// MAIL, and used for all messages.
public struct ProxyConversation<Guard: ProxyGuard>: SMTPConversation {
    /// A message whose MAIL was accepted by the server behind.
    struct Message: Sendable {
        var id: String
        var facts: SMTPConnectionFacts
        var sender: SMTPSender
        /// RCPT commands that the server behind was given.
        var recipientCommands = 0
        /// The number of the first one that it accepted.
        var firstAccepted: Int?
        var envelope: SMTPEnvelope?
    }

    let handler: ProxyHandler<Guard>
    var client: SMTPClient?
    /// Whether the server behind refused something on its connection.
    var isBlemished = false
    var message: Message?

    init(_ handler: ProxyHandler<Guard>) { self.handler = handler }

    /// Says MAIL to the server behind.
    public mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPReply {
        await giveUp()
        let message = Message(id: MessageIdentity.make(), facts: facts, sender: sender)
        do throws(SMTPClientError) {
            let reply = try await start(message)
            if reply.isPositive { self.message = message }
            return reply.passedOn
        } catch {
            return await unreachable(error)
        }
    }

    /// Says RCPT to the server behind.
    public mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPReply {
        guard let client, var message else { return .localError }
        // In LMTP each recipient has an answer of its own at the end, and an SMTP client can be told only one.
        guard handler.route.mode == .smtp || message.firstAccepted == nil else { return .oneRecipient }
        do throws(SMTPClientError) {
            let reply = note(try await client.recipient(recipient))
            if reply.isPositive, message.firstAccepted == nil { message.firstAccepted = message.recipientCommands }
            message.recipientCommands += 1
            self.message = message
            return reply.passedOn
        } catch {
            return await unreachable(error)
        }
    }

    /// Lets the text come, if there is somebody to give it to.
    public mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply {
        guard let client, message != nil else { return .behindLost }
        if let failure = await client.failure() { return await unreachable(failure) }
        message?.envelope = envelope
        return .goAhead
    }

    /// Takes the text, has it judged, and passes it on.
    public mutating func receive(_ body: SMTPBody) async -> [SMTPReply] {
        guard let message, let envelope = message.envelope else { return [.localError] }
        let reply = await take(body, message, envelope)
        self.message = nil
        return [reply]
    }

    /// The client gave its message up: so does the server behind.
    public mutating func reset() async { await giveUp() }

    /// The client is gone.
    public mutating func close() async {
        let isIdle = message == nil && !isBlemished
        message = nil
        guard let client else { return }
        self.client = nil
        if isIdle { await handler.idle.giveBack(client) } else { client.leave() }
    }

    // MARK: The server behind

    /// Begins a message there, on the connection that there is or a new one.
    private mutating func start(_ message: Message) async throws(SMTPClientError) -> SMTPReply {
        if let client = client ?? handler.idle.take() {
            self.client = client
            // A server closes a connection that is silent for long, or had enough messages: no fault of this one.
            if await client.failure() == nil, let reply = try? await begin(message, on: client), reply.code != 421 {
                return note(reply)
            }
            await drop()
        }
        let client = try await handler.connect()
        self.client = client
        return note(try await begin(message, on: client))
    }

    /// Remembers that something was refused.
    private mutating func note(_ reply: SMTPReply) -> SMTPReply {
        if !reply.isPositive { isBlemished = true }
        return reply
    }

    private func begin(_ message: Message, on client: SMTPClient) async throws(SMTPClientError) -> SMTPReply {
        if let attributes = ForwardedFacts.attributes(message.facts, id: message.id, for: client.capabilities) {
            // A server that does not want to know takes the message all the same.
            _ = try await client.xforward(attributes)
        }
        return try await client.mail(message.sender)
    }

    /// The message comes to nothing, and the server behind forgets it.
    mutating func giveUp() async {
        guard message != nil else { return }
        message = nil
        guard let client else { return }
        // Who does not forget the message must not be given another one.
        let reply = try? await client.reset()
        if reply?.isPositive != true { await drop() }
    }

    /// Closes the connection, so that a message whose text has begun does not come to its end.
    mutating func drop() async {
        await client?.close()
        client = nil
        isBlemished = false
    }

    mutating func unreachable(_ error: SMTPClientError) async -> SMTPReply {
        if error != .cancelled { handler.messageGuard.observe(.unreachable(error)) }
        message = nil
        await drop()
        return .behindLost
    }
}

extension SMTPReply {
    /// RFC 3463 §3.5: no answer from the host. The client is to come again.
    static let behindLost = SMTPReply(451, SMTPEnhancedCode(4, 4, 1), "the server behind does not answer")
    /// RFC 5321 §4.5.3.1.10: the client sends the rest in another message.
    static let oneRecipient = SMTPReply(452, SMTPEnhancedCode(4, 5, 3), "one recipient at a time")

    /// A reply of the server behind, as the client may hear it.
    ///
    /// That the server behind closes its connection is no reason to close the client's; and a code that makes no sense
    /// in its place is none to pass on.
    var passedOn: SMTPReply {
        switch code {
        case 421, 521: SMTPReply(code == 421 ? 451 : 554, enhanced, lines: lines)
        case 200..<300, 400..<600: self
        default: .localError
        }
    }
}
