internal import SMTPProtocol
internal import TransportPolicy

/// Recipients whose servers don't hold to their policy, of a message that may yet say that this does not matter
/// (`TLS-Required: No`, RFC 8689 §4.2.2). They are accepted until its header is known.
struct RelayWaiting: Sendable {
    struct Recipient {
        /// Its place among all of the message that were accepted.
        var position: Int
        var recipient: SMTPRecipient
    }

    /// The plan without its demands.
    let plan: TransportPlan
    /// What they are told where the header says nothing.
    let refusal: SMTPReply
    var recipients: [Recipient] = []

    /// Opens a session without demands, and names the recipients.
    ///
    /// - Returns: the delivery, if it has begun; and the answers for those that nothing comes of.
    func open(
        _ relay: RelayHandler, _ sender: SMTPSender, _ sessions: RelaySessions
    ) async -> (delivery: RelayDelivery?, refused: [(position: Int, reply: SMTPReply)]) {
        var opening = RelayOpening(relay, plan, sender, sessions)
        switch await opening.open(mayReuse: true) {
        case .refusal(let reply, _): return (nil, refused(reply))
        case .session(let session):
            var delivery = RelayDelivery(session, plan, sender, sessions)
            var refused: [(position: Int, reply: SMTPReply)] = []
            for waiting in recipients {
                let reply = await delivery.tell(waiting.recipient, position: waiting.position, relay)
                if !reply.isPositive { refused.append((waiting.position, reply)) }
            }
            if !delivery.recipients.isEmpty { _ = await delivery.start(relay) }
            return (delivery, refused)
        }
    }

    /// The answer for all of them.
    func refused(_ reply: SMTPReply? = nil) -> [(position: Int, reply: SMTPReply)] {
        recipients.map { ($0.position, reply ?? refusal) }
    }
}
