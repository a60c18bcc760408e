internal import MailBytes
internal import MailFormat
internal import PostsealEngine
internal import SMTPProtocol
internal import SMTPTransport

/// A message's text as it comes in: the header is collected, the body goes to the judge and is kept.
struct IncomingText<Guard: ProxyGuard> {
    /// The header, once it is complete.
    private(set) var header: MailMessage?
    var spool: MessageSpool
    private let handler: ProxyHandler<Guard>
    private let mail: MailEnvelope
    private let id: String
    private var collector: HeaderCollector
    private var judge: Guard.Judge?
    /// The judge after its verdict.
    private var judged: Guard.Judge?

    init(_ handler: ProxyHandler<Guard>, _ message: ProxyConversation<Guard>.Message, _ envelope: SMTPEnvelope) {
        self.handler = handler
        id = message.id
        var mail = MailEnvelope(
            clientAddress: message.facts.clientAddress, helo: message.facts.hello?.name ?? [],
            mailFrom: envelope.sender.path.bare, recipients: envelope.recipients.map(\.path.bare),
            // A login is a server's before us, which was trusted to say XCLIENT.
            isAuthenticated: message.facts.attributes.known(.login) != nil, receivedAt: handler.now())
        mail.envelopeID = envelope.sender.parameters.envelopeID
        self.mail = mail
        collector = HeaderCollector(octetsMax: handler.route.headerOctetsMax)
        spool = MessageSpool(
            folder: handler.route.spoolFolder,
            share: SpoolShare(of: handler.spoolMemory, octetsMax: handler.route.memoryOctetsMax))
    }

    /// When it came.
    var receivedAt: UnixTime { mail.receivedAt }

    /// Takes in the next piece.
    ///
    /// - Returns: a refusal, where the message can't be taken; the rest of it is of no interest then.
    mutating func add(_ piece: [UInt8]) async -> SMTPProtocol.SMTPReply? {
        guard header == nil else { return await keep(piece[...]) }
        switch collector.add(piece) {
        case .incomplete: return nil
        case .complete(let message, let rest): return await begin(message, rest)
        case .tooLarge:
            return SMTPProtocol.SMTPReply(552, SMTPEnhancedCode(5, 3, 4), "the header is too large")
        }
    }

    /// The text is complete.
    mutating func end() async -> SMTPProtocol.SMTPReply? { header == nil ? await begin(collector.finish(), []) : nil }

    /// What becomes of the message.
    mutating func verdict() async -> GuardVerdict? {
        let verdict = await judge?.finish()
        (judged, judge) = (judge, nil)
        return verdict
    }

    /// The server behind has answered for the message.
    mutating func passedOn(_ outcome: ProxyOutcome) {
        judged?.passedOn(outcome)
        judged = nil
    }

    /// The message comes to nothing.
    mutating func abandon() {
        judge?.abandon()
        judge = nil
    }

    private mutating func begin(_ message: MailMessage, _ rest: [UInt8]) async -> SMTPProtocol.SMTPReply? {
        header = message
        guard message.header.positions(named: "Received").count <= handler.route.hopsMax else {
            return SMTPProtocol.SMTPReply(554, SMTPEnhancedCode(5, 4, 6), "the message goes in circles")
        }
        judge = handler.messageGuard.begin(MailTransaction(envelope: mail, message: message), id: id)
        // Where a line that is no field ended the header, the body begins with it.
        if let refusal = await keep(message.bodyBytes) { return refusal }
        return await keep(rest[...])
    }

    private mutating func keep(_ octets: ArraySlice<UInt8>) async -> SMTPProtocol.SMTPReply? {
        guard !octets.isEmpty else { return nil }
        if judge?.needsBody == true { judge?.update(octets) }
        do throws(MessageSpool.Failure) {
            try await spool.append(octets)
            return nil
        } catch {
            handler.messageGuard.observe(.spoolFailed(error.number))
            return SMTPProtocol.SMTPReply(452, SMTPEnhancedCode(4, 3, 1), "no room for the message, try again later")
        }
    }
}
