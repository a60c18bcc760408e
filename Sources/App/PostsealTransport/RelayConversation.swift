internal import MailNames
public import SMTPProtocol
public import SMTPTransport
internal import TransportPolicy

/// A client of the relay: each recipient is announced to a server of its destination in the moment it is named, so that
/// what that server says is what the client hears.
public struct RelayConversation: SMTPConversation {
    private let relay: RelayHandler
    private var sender: SMTPSender?
    /// By destination, in the order in which they came.
    private var deliveries: [MailDestination: RelayDelivery] = [:]
    private var recipientCount = 0

    init(_ relay: RelayHandler) { self.relay = relay }

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
        if deliveries[destination] == nil {
            // RFC 5321 §4.5.3.1.10: the client sends the message again to the others, at once.
            guard relay.mode == .lmtp || deliveries.isEmpty else {
                return SMTPReply(452, SMTPEnhancedCode(4, 5, 3), "one domain at a time")
            }
            switch await open(destination, sender) {
            case .delivery(let delivery): deliveries[destination] = delivery
            case .refusal(let reply): return reply
            }
        }
        guard let delivery = deliveries[destination] else { return .localError }
        do throws(SMTPClientError) {
            let reply = try await delivery.client.recipient(recipient)
            deliveries[destination]?.toldCount += 1
            guard reply.isPositive else { return SMTPDeliveryOutcome.Result.refused(reply, at: .recipient).answer }
            deliveries[destination]?.recipients.append(
                RelayDelivery.Recipient(position: recipientCount, number: delivery.toldCount))
            recipientCount += 1
            return reply
        } catch {
            // The connection is of no use any more, and neither are the recipients that were named on it: their answers
            // at the end say so.
            return SMTPReply(451, SMTPEnhancedCode(4, 4, 2), "\(error)")
        }
    }

    /// Asks all servers for their go-ahead.
    public mutating func data(_ envelope: SMTPEnvelope) async -> SMTPReply {
        var refusal: SMTPReply?
        for (destination, delivery) in deliveries where !delivery.recipients.isEmpty {
            do throws(SMTPClientError) {
                deliveries[destination]?.early = try await delivery.client.startBody()
            } catch {
                deliveries[destination]?.early = RelayDelivery.lost(delivery.toldCount)
            }
            if let early = deliveries[destination]?.early, let first = delivery.recipients.first {
                let results = early.recipients
                refusal = results.indices.contains(first.number) ? results[first.number].answer : .localError
            }
        }
        let isWanted = deliveries.values.contains { !$0.recipients.isEmpty && $0.early == nil }
        // In LMTP the answers come one by one at the end; where nobody wants the text, there is no need for it.
        return isWanted ? .goAhead : refusal ?? SMTPReply(503, SMTPEnhancedCode(5, 5, 1), "no valid recipients")
    }

    /// Passes the text on as it comes, no faster than the slowest server takes it.
    public mutating func receive(_ body: SMTPBody) async -> [SMTPReply] {
        let destinations = deliveries.filter { !$0.value.recipients.isEmpty }.map(\.key)
        do throws(SMTPBodyError) {
            while let piece = try await body.next() {
                for destination in destinations { await deliveries[destination]?.write(piece) }
            }
        } catch {
            // The message is gone. A server that has got part of it must not take that for the whole.
            await giveUp()
            return [.localError]
        }
        var replies = [SMTPReply](repeating: .localError, count: recipientCount)
        for destination in destinations {
            guard let delivery = deliveries[destination] else { continue }
            for (position, reply) in await delivery.finish() { replies[position] = reply }
        }
        await release()
        return relay.mode == .lmtp ? replies : [Self.single(replies)]
    }

    /// Gives the message up.
    public mutating func reset() async { await giveUp() }

    /// Closes what is open.
    public mutating func close() async { await giveUp() }

    // MARK: Servers

    private enum Opening {
        case delivery(RelayDelivery)
        case refusal(SMTPReply)
    }

    private func open(_ destination: MailDestination, _ sender: SMTPSender) async -> Opening {
        let plan = await relay.service.plan(for: destination)
        if let dead = plan.dead { return .refusal(Self.reply(dead)) }
        guard relay.places.enter(destination) else {
            return .refusal(SMTPReply(451, SMTPEnhancedCode(4, 4, 5), "too many connections to \(destination)"))
        }
        var refusal = SMTPReply(451, SMTPEnhancedCode(4, 4, 1), "no server of \(destination) can be reached")
        for server in plan.servers where server.obstacle == nil {
            for address in server.addresses {
                if Task.isCancelled { break }
                let session = await relay.opener.open(server, of: plan, at: address)
                relay.observed(plan, session)
                guard let client = session.client else {
                    refusal = Self.reply(session)
                    continue
                }
                guard let reply = try? await client.mail(sender) else { continue }
                if reply.isPositive { return .delivery(RelayDelivery(client: client)) }
                await client.quit()
                refusal = SMTPDeliveryOutcome.Result.refused(reply, at: .mail).answer
                // What one server refuses for good, the others would.
                if reply.isPermanent {
                    relay.places.leave(destination)
                    return .refusal(refusal)
                }
            }
        }
        relay.places.leave(destination)
        return .refusal(refusal)
    }

    /// Ends the sessions in good order: the message is delivered, or was never begun.
    private mutating func release() async {
        for (destination, delivery) in deliveries {
            await delivery.client.quit()
            relay.places.leave(destination)
        }
        (deliveries, sender, recipientCount) = ([:], nil, 0)
    }

    /// Ends the sessions so that nothing half-sent is taken for a message.
    private mutating func giveUp() async {
        for (destination, delivery) in deliveries {
            await delivery.client.close()
            relay.places.leave(destination)
        }
        (deliveries, sender, recipientCount) = ([:], nil, 0)
    }

    // MARK: Answers

    private static func destination(of path: SMTPPath) -> MailDestination? {
        guard let address = path.address else { return nil }
        if let literal = address.literalAddress { return .literal(literal, port: 25) }
        return address.domainName.map { .domain($0) }
    }

    private static func reply(_ dead: TransportPlan.Dead) -> SMTPReply {
        switch dead {
        case .later(let why): SMTPReply(451, SMTPEnhancedCode(4, 7, 5), why)
        // RFC 7505 §5.1: 556 for a domain that takes no mail.
        case .never(let why, let code):
            SMTPReply(
                code == "5.1.10" ? 556 : 550, SMTPEnhancedCode(Array(code.utf8)) ?? SMTPEnhancedCode(5, 1, 2), why)
        }
    }

    private static func reply(_ session: OpenedSession) -> SMTPReply {
        // RFC 3463 §3.8: x.7.5 is a cryptographic failure; x.4.1 no answer from the host.
        let host = session.server.host.text
        guard session.judgement != nil else {
            return SMTPReply(451, SMTPEnhancedCode(4, 4, 1), "\(host): \(session.reason)")
        }
        return SMTPReply(451, SMTPEnhancedCode(4, 7, 5), "\(host): \(session.reason)")
    }

    /// Over SMTP there is one answer for one domain's recipients: a server that took the message took it for all of
    /// those that it accepted.
    private static func single(_ replies: [SMTPReply]) -> SMTPReply {
        replies.first { $0.isTransient } ?? replies.first { $0.isPermanent } ?? replies.first ?? .localError
    }
}
