internal import MailNames
public import SMTPProtocol
public import SMTPTransport
internal import TLSRPT
internal import TransportPolicy

/// A client of the relay: each recipient is announced to a server of its destination in the moment it is named, so that
/// what that server says is what the client hears.
public struct RelayConversation: SMTPConversation {
    private let relay: RelayHandler
    private var sender: SMTPSender?
    /// What the message led to.
    private var sessions: RelaySessions
    /// By destination.
    private var deliveries: [MailDestination: RelayDelivery] = [:]
    /// Those that the message's header decides about.
    private var waiting: [MailDestination: RelayWaiting] = [:]
    /// Recipients that were accepted.
    private var recipientCount = 0

    init(_ relay: RelayHandler) {
        self.relay = relay
        sessions = RelaySessions(relay.counted)
    }

    /// Lets those in who may send to the world.
    public mutating func greet(_ facts: SMTPConnectionFacts) async -> SMTPReply {
        guard relay.isAllowed(facts) else {
            return SMTPReply(554, SMTPEnhancedCode(5, 7, 1), "no mail is relayed for you")
        }
        return .ok
    }

    /// Takes the sender; what the servers say of it comes with the first recipient.
    public mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPReply {
        await giveUp()
        self.sender = sender
        return .ok
    }

    /// Announces a recipient to a server of its destination.
    public mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPReply {
        guard let sender else { return SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "MAIL comes first") }
        guard let destination = Self.destination(of: recipient.path) else {
            return SMTPReply(550, SMTPEnhancedCode(5, 1, 2), "the recipient has no domain to deliver to")
        }
        if deliveries[destination] == nil, waiting[destination] == nil {
            // RFC 5321 §4.5.3.1.10: the client sends the message again to the others, at once.
            guard relay.options.mode == .lmtp || (deliveries.isEmpty && waiting.isEmpty) else {
                return SMTPReply(452, SMTPEnhancedCode(4, 5, 3), "one domain at a time")
            }
            if let refusal = await open(destination, sender) { return refusal }
        }
        let position = recipientCount
        if waiting[destination] != nil {
            waiting[destination]?.recipients.append(.init(position: position, recipient: recipient))
            recipientCount += 1
            return SMTPReply(250, SMTPEnhancedCode(2, 1, 5), "ok, if the message says TLS-Required: No")
        }
        let reply = await deliveries[destination]?.tell(recipient, position: position, relay) ?? .localError
        if reply.isPositive { recipientCount += 1 }
        return reply
    }

    /// Asks all servers for their go-ahead.
    public mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply {
        var refusal: SMTPReply?
        for destination in Array(deliveries.keys) where deliveries[destination]?.isWanted == true {
            refusal = await deliveries[destination]?.start(relay) ?? refusal
        }
        let isWanted = !waiting.isEmpty || deliveries.values.contains(where: \.isWanted)
        // In LMTP the answers come one by one at the end; where nobody wants the text, there is no need for it.
        return isWanted ? .goAhead : refusal ?? SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "no valid recipients")
    }

    /// Passes the text on as it comes, no faster than the slowest server takes it.
    public mutating func receive(_ body: SMTPBody) async -> [SMTPReply] {
        var replies = [SMTPReply](repeating: .localError, count: recipientCount)
        func note(_ answers: [(position: Int, reply: SMTPReply)]) {
            for (position, reply) in answers where replies.indices.contains(position) { replies[position] = reply }
        }
        do throws(SMTPBodyError) {
            note(try await pass(body))
        } catch {
            // The message is gone. A server that has got part of it must not take that for the whole.
            await giveUp()
            return [.localError]
        }
        await withTaskGroup(of: [(position: Int, reply: SMTPReply)].self) { servers in
            for delivery in deliveries.values { servers.addTask { await delivery.finish() } }
            for await answers in servers { note(answers) }
        }
        await release()
        return relay.options.mode == .lmtp ? replies : [RelayAnswer.single(replies)]
    }

    /// Passes the text on.
    ///
    /// - Returns: the answers for recipients whose servers don't get it.
    private mutating func pass(_ body: SMTPBody) async throws(SMTPBodyError) -> [(position: Int, reply: SMTPReply)] {
        var answers: [(position: Int, reply: SMTPReply)] = []
        var reader: TLSHeaderReader? = TLSHeaderReader()
        // What those have missed that wait for the header's end; bounded by the reader.
        var missed: [UInt8] = []
        while let piece = try await body.next() {
            for destination in Array(deliveries.keys) { await deliveries[destination]?.write(piece) }
            if var reading = reader {
                reader = nil
                if !waiting.isEmpty { missed += piece }
                if let header = reading.add(piece) {
                    answers += await settle(header, missed)
                    missed = []
                } else {
                    reader = reading
                }
            }
            // Where nobody wants it any more, the rest is read by nobody.
            guard !waiting.isEmpty || deliveries.values.contains(where: { $0.isWanted && $0.isOpen }) else { break }
        }
        if var reader { answers += await settle(reader.finish(), missed) }
        return answers
    }

    /// The header is known: those who waited for it get the message, or are told why not.
    private mutating func settle(
        _ header: TLSHeaderReader.Finding, _ text: [UInt8]
    ) async -> [(position: Int, reply: SMTPReply)] {
        // RFC 8689 §4.1: beside REQUIRETLS the field does not count.
        let isHeld = !header.isWaived || !relay.options.honoursTLSRequired || sender?.parameters.requireTLS == true
        // RFC 8460 §3: a session that carries a report is in no report, or there would be one more each day.
        sessions.settle(counts: isHeld && !header.isReport)
        var answers: [(position: Int, reply: SMTPReply)] = []
        for (destination, waiting) in waiting {
            guard header.isWaived, let sender else {
                answers += waiting.refused()
                continue
            }
            let (delivery, refused) = await waiting.open(relay, sender, sessions)
            answers += refused
            guard var delivery else { continue }
            await delivery.write(text)
            deliveries[destination] = delivery
        }
        waiting = [:]
        return answers
    }

    /// Gives the message up.
    public mutating func reset() async { await giveUp() }

    /// Closes what is open.
    public mutating func close() async { await giveUp() }

    // MARK: Servers

    /// Finds a session for a destination, or has it wait for the message's header.
    ///
    /// - Returns: why there is neither.
    private mutating func open(_ destination: MailDestination, _ sender: SMTPSender) async -> SMTPReply? {
        let usual = await relay.service.plan(for: destination)
        let plan = RelayOpening.isTLSRequired(sender) ? usual.requiringTLS : usual
        let (refusal, isByPolicy): (SMTPReply, Bool)
        if let dead = plan.dead {
            for server in plan.servers where server.obstacle != nil {
                sessions.add(TLSSessionOutcome(plan, passedOver: server))
            }
            (refusal, isByPolicy) = (RelayAnswer.reply(dead), true)
        } else {
            var opening = RelayOpening(relay, plan, sender, sessions)
            switch await opening.open(mayReuse: true) {
            case .session(let session):
                deliveries[destination] = RelayDelivery(session, plan, sender, sessions)
                return nil
            case .refusal(let reply, let isPolicy): (refusal, isByPolicy) = (reply, isPolicy)
            }
        }
        // RFC 8689 §4.1: where MAIL says REQUIRETLS, the field in the header does not count.
        guard isByPolicy, relay.options.honoursTLSRequired, !sender.parameters.requireTLS, usual.canBeWaived else {
            return refusal
        }
        waiting[destination] = RelayWaiting(plan: usual.waived, refusal: refusal)
        return nil
    }

    /// The message is over: its sessions may take another one.
    private mutating func release() async {
        for delivery in deliveries.values { await relay.pool.giveBack(delivery.session) }
        forget()
    }

    /// Ends the sessions so that nothing half-sent is taken for a message.
    private mutating func giveUp() async {
        for delivery in deliveries.values { await delivery.giveUp(relay) }
        forget()
    }

    private mutating func forget() {
        (deliveries, waiting, sender, recipientCount) = ([:], [:], nil, 0)
        // Nobody will know what the message would have been.
        sessions.settle(counts: true)
        sessions = RelaySessions(relay.counted)
    }

    private static func destination(of path: SMTPPath) -> MailDestination? {
        guard let address = path.address else { return nil }
        if let literal = address.literalAddress { return .literal(literal, port: 25) }
        return address.domainName.map { .domain($0) }
    }
}
