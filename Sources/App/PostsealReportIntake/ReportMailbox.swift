public import DNS
public import MailBytes
internal import MailReports
public import PostsealEngine
public import SMTPProtocol
public import SMTPTransport

/// What a mailbox for reports goes by.
public struct ReportMailboxRules<Source: Resolver>: Sendable {
    /// Whose mail is taken; anybody's where there are none.
    public var addresses: [RecipientPattern]
    /// Finds out who vouches for a mail.
    public var reader: ReportMailReader
    /// Who answers for one mail.
    public var resolver: @Sendable () -> Source

    public init(
        addresses: [RecipientPattern], reader: ReportMailReader, resolver: @escaping @Sendable () -> Source
    ) {
        self.addresses = addresses
        self.reader = reader
        self.resolver = resolver
    }
}

/// A mailbox for reports: what a mail server hands over by LMTP is stored, and answered for then.
public struct ReportMailbox<Source: Resolver>: SMTPMailHandler {
    private let receiver: ReportReceiver
    private let memory: ReportMailMemory
    private let now: @Sendable () -> UnixTime
    private let rules: @Sendable () -> ReportMailboxRules<Source>?

    /// - Parameter rules: what is asked for each recipient and each message; nil before there are any.
    public init(
        receiver: ReportReceiver, memory: ReportMailMemory, now: @escaping @Sendable () -> UnixTime,
        rules: @escaping @Sendable () -> ReportMailboxRules<Source>?
    ) {
        self.receiver = receiver
        self.memory = memory
        self.now = now
        self.rules = rules
    }

    /// Everybody who reaches the socket is let in.
    public var answersGreetings: Bool { false }

    /// Takes up a connection.
    public func begin(_ facts: SMTPConnectionFacts) -> ReportMailboxConversation<Source> {
        ReportMailboxConversation(mailbox: self)
    }

    fileprivate func takes(_ recipient: SMTPRecipient) -> Bool {
        let path = Array(recipient.path.description.utf8)
        let addresses = rules()?.addresses ?? []
        return addresses.isEmpty || addresses.contains { $0.fits(path.drop { $0 == UInt8(ascii: "<") }.dropLast()) }
    }

    /// Takes a message in, and says what became of it.
    fileprivate func take(_ body: SMTPBody) async throws(SMTPBodyError) -> SMTPProtocol.SMTPReply {
        guard let rules = rules() else { return Self.later }
        let share = ReportMailMemory.Share(of: memory)
        defer { share.giveBack() }
        var octetCount = 0
        while let piece = try await body.next() {
            octetCount += piece.count
            guard octetCount <= ReportReceiver.octetsMax else { return Self.tooLarge }
            guard share.add(piece[...]) else { return busy() }
        }
        guard let octets = share.complete() else { return busy() }
        let origin = await rules.reader.origin(of: octets, resolver: rules.resolver(), now: now())
        switch await receiver.receive(octets, from: origin) {
        case .busy, .failed: return Self.later
        case .undecided: return Self.undecided
        case .tooLarge: return Self.tooLarge
        case .done(let taking):
            if taking.reports > 0 {
                return SMTPProtocol.SMTPReply(250, SMTPEnhancedCode(2, 0, 0), "\(taking.reports) reports are stored")
            }
            // RFC 3463 §3.7: x.6.0 is a trouble with what is in the message.
            let why = taking.refusals.first?.description ?? "there is none in it"
            return SMTPProtocol.SMTPReply(554, SMTPEnhancedCode(5, 6, 0), "no report is taken: \(why)")
        }
    }

    /// There was no room for it, or not for long enough.
    private func busy() -> SMTPProtocol.SMTPReply {
        receiver.noteBusy(from: .unverified)
        return Self.later
    }

    private static var later: SMTPProtocol.SMTPReply {
        SMTPProtocol.SMTPReply(451, SMTPEnhancedCode(4, 3, 0), "the report can't be stored now")
    }
    // RFC 3463 §3.5: x.4.3 is a directory that does not answer, such as DNS.
    private static var undecided: SMTPProtocol.SMTPReply {
        SMTPProtocol.SMTPReply(451, SMTPEnhancedCode(4, 4, 3), "DNS does not say now whose the report is")
    }
    private static var tooLarge: SMTPProtocol.SMTPReply {
        SMTPProtocol.SMTPReply(552, SMTPEnhancedCode(5, 3, 4), "the message is too large for a report")
    }
}

/// A client of the mailbox.
public struct ReportMailboxConversation<Source: Resolver>: SMTPConversation {
    fileprivate let mailbox: ReportMailbox<Source>
    private var recipientCount = 0

    fileprivate init(mailbox: ReportMailbox<Source>) { self.mailbox = mailbox }

    /// Takes any sender.
    public mutating func mail(_ sender: SMTPSender, _ facts: SMTPConnectionFacts) async -> SMTPProtocol.SMTPReply {
        recipientCount = 0
        return .ok
    }

    /// Takes those whose reports are taken.
    public mutating func recipient(_ recipient: SMTPRecipient) async -> SMTPProtocol.SMTPReply {
        guard mailbox.takes(recipient) else {
            return SMTPProtocol.SMTPReply(550, SMTPEnhancedCode(5, 1, 1), "no reports are taken for this address")
        }
        recipientCount += 1
        return .ok
    }

    /// Stores the reports of a message, and answers for each recipient.
    public mutating func receive(_ body: SMTPBody) async -> [SMTPProtocol.SMTPReply] {
        let reply: SMTPProtocol.SMTPReply
        do throws(SMTPBodyError) { reply = try await mailbox.take(body) } catch { reply = .localError }
        return Array(repeating: reply, count: recipientCount)
    }
}
