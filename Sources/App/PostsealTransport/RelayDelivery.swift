internal import MailNames
internal import SMTPProtocol
internal import SMTPTransport
internal import TransportPolicy

/// One message on its way to one destination: a session with one of its servers.
struct RelayDelivery: Sendable {
    /// A recipient that its server accepted.
    struct Recipient {
        /// Its place among all of the message that were accepted.
        var position: Int
        /// Its number among those that the server was told of, refused ones included: that of its outcome.
        var number: Int
    }

    private(set) var session: KeptSession
    /// What the session holds to.
    let plan: TransportPlan
    private let sender: SMTPSender
    private let sessions: RelaySessions
    /// Those that the server accepted.
    private(set) var recipients: [Recipient] = []
    /// Those that the server was told of.
    private var told: [SMTPRecipient] = []
    /// What became of the message before its text; nil while all is well.
    private(set) var early: SMTPDeliveryOutcome?
    /// Whether the text has begun.
    private(set) var hasBegun = false
    /// Whether the server wants more text.
    private(set) var isOpen = true

    init(_ session: KeptSession, _ plan: TransportPlan, _ sender: SMTPSender, _ sessions: RelaySessions) {
        self.session = session
        self.plan = plan
        self.sender = sender
        self.sessions = sessions
    }

    /// Whether the server is to get the text.
    var isWanted: Bool { !recipients.isEmpty && early == nil }

    /// Names a recipient.
    ///
    /// - Parameter position: its place if it is accepted.
    mutating func tell(_ recipient: SMTPRecipient, position: Int, _ relay: RelayHandler) async -> SMTPReply {
        var reply = try? await session.client.recipient(recipient)
        if session.isReused, reply == nil || reply?.code == 421, await beginAnew(relay) {
            reply = try? await session.client.recipient(recipient)
        }
        // Where the connection is gone, so are the recipients that were named on it: the answers at the end say so.
        guard let reply else { return SMTPDeliveryOutcome.Result.lost(isUnknowable: false).answer }
        told.append(recipient)
        guard reply.isPositive else { return SMTPDeliveryOutcome.Result.refused(reply, at: .recipient).answer }
        recipients.append(Recipient(position: position, number: told.count - 1))
        return reply
    }

    /// Asks for the go-ahead.
    ///
    /// - Returns: why there is none, for the first recipient; nil where there is.
    mutating func start(_ relay: RelayHandler) async -> SMTPReply? {
        early = await startBody()
        // Nothing of the text was said: it is no loss where the server had gone since the last message.
        if session.isReused, let lost = early, isGone(lost), await beginAnew(relay) { early = await startBody() }
        hasBegun = early == nil
        guard let early, let first = recipients.first else { return nil }
        let results = early.recipients
        return results.indices.contains(first.number) ? results[first.number].answer : .localError
    }

    private func startBody() async -> SMTPDeliveryOutcome? {
        do throws(SMTPClientError) {
            return try await session.client.startBody()
        } catch {
            let lost = SMTPDeliveryOutcome.Result.lost(isUnknowable: false)
            return SMTPDeliveryOutcome(recipients: told.map { _ in lost })
        }
    }

    private func isGone(_ outcome: SMTPDeliveryOutcome) -> Bool {
        outcome.recipients.contains { result in
            if case .lost = result { true } else { result.reply?.code == 421 }
        }
    }

    /// A session that had waited turns out to be gone: begins with a new one, up to where this one was.
    private mutating func beginAnew(_ relay: RelayHandler) async -> Bool {
        await relay.pool.drop(session)
        var opening = RelayOpening(relay, plan, sender, sessions)
        guard case .session(let new) = await opening.open(mayReuse: false) else {
            // The place is given back once: what is left is a session that is over.
            _ = relay.places.enter(plan.destination, of: .max)
            return false
        }
        session = new
        // Whom this one refuses, of those that were accepted, hears so at the end.
        for recipient in told { _ = try? await session.client.recipient(recipient) }
        return true
    }

    /// Sends a piece of the text.
    mutating func write(_ octets: [UInt8]) async {
        guard isWanted, isOpen else { return }
        isOpen = await session.client.write(octets)
    }

    /// Ends the text: the answer for each recipient that was accepted, by its position.
    func finish() async -> [(position: Int, reply: SMTPReply)] {
        if recipients.isEmpty { return [] }
        let outcome: SMTPDeliveryOutcome
        if let early {
            outcome = early
        } else if let finished = try? await session.client.finish() {
            outcome = finished
        } else {
            outcome = SMTPDeliveryOutcome(recipients: [])
        }
        return recipients.map { recipient in
            let results = outcome.recipients
            let lost = SMTPDeliveryOutcome.Result.lost(isUnknowable: false)
            let result = results.indices.contains(recipient.number) ? results[recipient.number] : lost
            return (recipient.position, result.answer)
        }
    }

    /// Gives the message up. A session is kept only where nothing of the text was said.
    func giveUp(_ relay: RelayHandler) async {
        if hasBegun { await relay.pool.drop(session) } else { await relay.pool.giveBack(session) }
    }
}
