internal import MailNames
internal import SMTPProtocol
internal import SMTPTransport
internal import TLSRPT
internal import TransportPolicy

/// Finds a session for a message: one that waits, or a new one with a server of the plan.
struct RelayOpening {
    /// What came of it.
    enum Outcome {
        /// The server has taken the sender.
        case session(KeptSession)
        /// Why there is none; and whether a server was there that did not hold to the plan.
        case refusal(SMTPReply, isByPolicy: Bool)
    }

    let relay: RelayHandler
    let plan: TransportPlan
    let sender: SMTPSender
    private let sessions: RelaySessions
    private var refusals: [SMTPReply] = []
    private var isByPolicy = false

    /// - Parameter sessions: those of the message.
    init(_ relay: RelayHandler, _ plan: TransportPlan, _ sender: SMTPSender, _ sessions: RelaySessions) {
        self.relay = relay
        self.plan = plan
        self.sender = sender
        self.sessions = sessions
    }

    /// Whether the message's sender demands TLS with a proved server. RFC 8689 §4.2.1, §5: a bounce does not.
    static func isTLSRequired(_ sender: SMTPSender) -> Bool {
        sender.parameters.requireTLS && sender.path != .null
    }

    /// Finds a session.
    ///
    /// - Parameter mayReuse: whether one that waits will do.
    mutating func open(mayReuse: Bool) async -> Outcome {
        if mayReuse, let outcome = await reuse() { return outcome }
        return await openNew()
    }

    /// The servers that may be tried, with their addresses, in order.
    private var candidates: [(server: ServerPlan, address: IPAddress)] {
        plan.servers.filter { $0.obstacle == nil }.flatMap { server in server.addresses.map { (server, $0) } }
    }

    private mutating func reuse() async -> Outcome? {
        for (server, address) in candidates {
            while let session = relay.pool.take(SessionPool.Key(server, of: plan, at: address)) {
                switch await begin(session) {
                case .begun:
                    relay.reused()
                    return .session(session)
                case .gone: continue
                case .refused(let reply):
                    if reply.isPermanent { return .refusal(reply, isByPolicy: false) }
                    refusals.append(reply)
                }
                break
            }
        }
        return nil
    }

    private mutating func openNew() async -> Outcome {
        let destination = plan.destination
        while !relay.places.enter(destination, of: relay.options.connectionsMax) {
            guard relay.pool.makeRoom(for: destination) else {
                return .refusal(
                    SMTPReply(451, SMTPEnhancedCode(4, 4, 5), "too many connections to \(destination)"),
                    isByPolicy: false)
            }
        }
        for server in plan.servers {
            guard server.obstacle == nil else {
                sessions.add(TLSSessionOutcome(plan, passedOver: server))
                continue
            }
            for address in server.addresses where !Task.isCancelled {
                let opened = await relay.opener.open(server, of: plan, at: address)
                relay.observed(plan, opened)
                sessions.add(TLSSessionOutcome(plan, opened))
                guard let client = opened.client else {
                    refusals.append(RelayAnswer.reply(opened))
                    isByPolicy = isByPolicy || opened.judgement != nil
                    continue
                }
                // RFC 8689 §4.2.1: a server without the word gets QUIT, and the next one is tried.
                guard !Self.isTLSRequired(sender) || client.capabilities.extensions.contains(.requireTLS) else {
                    refusals.append(RelayAnswer.noRequireTLS(server.host))
                    client.leave()
                    continue
                }
                let session = KeptSession(client, SessionPool.Key(server, of: plan, at: address))
                switch await begin(session, keepingPlace: true) {
                case .begun: return .session(session)
                case .gone: continue
                case .refused(let reply):
                    refusals.append(reply)
                    // What one server refuses for good, the others would.
                    if reply.isPermanent {
                        relay.places.leave(destination)
                        return .refusal(reply, isByPolicy: false)
                    }
                }
            }
        }
        relay.places.leave(destination)
        // What may be otherwise later counts more than what will not.
        let refusal =
            refusals.last(where: \.isTransient) ?? refusals.last
            ?? SMTPReply(451, SMTPEnhancedCode(4, 4, 1), "no server of \(destination) can be reached")
        return .refusal(refusal, isByPolicy: isByPolicy)
    }

    private enum Beginning {
        case begun
        case refused(SMTPReply)
        /// The server is not there any more.
        case gone
    }

    /// Says MAIL.
    ///
    /// - Parameter keepingPlace: whether the session's place among those of its destination is for another one if it
    ///   comes to nothing.
    private func begin(_ session: KeptSession, keepingPlace: Bool = false) async -> Beginning {
        session.begin()
        let reply = try? await session.client.mail(sender)
        if let reply, reply.isPositive { return .begun }
        // RFC 5321 §3.8: 421 is said by a server that closes.
        if let reply, reply.code != 421 || !session.isReused {
            if keepingPlace { session.client.leave() } else { await relay.pool.giveBack(session) }
            return .refused(SMTPDeliveryOutcome.Result.refused(reply, at: .mail).answer)
        }
        if keepingPlace { await session.client.close() } else { await relay.pool.drop(session) }
        return .gone
    }
}
