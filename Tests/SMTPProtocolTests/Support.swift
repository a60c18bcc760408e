import MailBytes
import SMTPProtocol

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

extension String {
    init(_ octets: [UInt8]) { self = String(decoding: octets, as: UTF8.self) }
}

extension SMTPServerConfiguration {
    /// Everything that a server can offer.
    static var everything: SMTPServerConfiguration {
        SMTPServerConfiguration(
            name: "mx.example.org",
            extensions: [
                .pipelining, .size, .eightBitMIME, .smtpUTF8, .chunking, .enhancedStatusCodes, .dsn, .startTLS,
                .requireTLS,
            ])
    }

    /// The same, changed.
    static func everything(_ change: (inout SMTPServerConfiguration) -> Void) -> SMTPServerConfiguration {
        var configuration = everything
        change(&configuration)
        return configuration
    }
}

/// Drives a ``SMTPServerSession`` as a server does.
struct ServerHost {
    var session: SMTPServerSession
    /// What is answered to an event; nil is yes.
    var answer: (SMTPServerEvent) -> [SMTPReply]? = { _ in nil }
    /// Everything that came, text in one piece.
    var events: [SMTPServerEvent] = []
    var output: [UInt8] = []
    /// Texts of messages that came to their end.
    var messages: [[UInt8]] = []
    private var text: [UInt8] = []

    init(_ configuration: SMTPServerConfiguration = .everything, isTLS: Bool = false) {
        session = SMTPServerSession(configuration: configuration, isTLS: isTLS)
    }

    var replies: [String] { String(output).split(separator: "\r\n").map(String.init) }

    var closed: SMTPServerCloseReason? {
        if case .closed(let reason) = events.last { reason } else { nil }
    }

    mutating func run() {
        while let event = session.next() { take(event) }
        output += session.takeOutput()
    }

    private mutating func take(_ event: SMTPServerEvent) {
        if case .data(let piece) = event, case .data(let before) = events.last {
            events[events.count - 1] = .data(before + piece)
        } else {
            events.append(event)
        }
        switch event {
        case .connected, .hello, .mail, .recipient, .dataStarted, .clientReplaced:
            text = []
            session.answer(answer(event) ?? [.ok])
        case .data(let piece): text += piece
        case .dataEnded:
            messages.append(text)
            session.answer(answer(event) ?? Array(repeating: .ok, count: 10))
        case .messageRefused, .reset, .closed: text = []
        case .startTLS:
            output += session.takeOutput()
            session.tlsEstablished()
        }
    }

    mutating func send(_ octets: some Collection<UInt8>) {
        session.append(Array(octets))
        run()
    }

    mutating func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends lines one after another, each when the last is answered.
    mutating func say(_ lines: String...) {
        run()
        for line in lines { send(line + "\r\n") }
    }

    /// A host to which a client has said EHLO.
    static func greeted(
        _ configuration: SMTPServerConfiguration = .everything, isTLS: Bool = false
    ) -> ServerHost {
        var host = ServerHost(configuration, isTLS: isTLS)
        host.say(configuration.mode == .lmtp ? "LHLO client.example" : "EHLO client.example")
        host.output = []
        host.events = []
        return host
    }

    /// A host that waits for the text of a message.
    static func receiving(_ configuration: SMTPServerConfiguration = .everything) -> ServerHost {
        var host = greeted(configuration)
        host.say("MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>", "DATA")
        host.output = []
        host.events = []
        return host
    }

    /// Without events that name no state: the same for every cut.
    var summary: Summary { Summary(events: events, output: output, messages: messages) }

    struct Summary: Hashable {
        var events: [SMTPServerEvent]
        var output: [UInt8]
        var messages: [[UInt8]]
    }
}

/// Drives a ``SMTPClientSession`` against a script: what the server says, and when.
struct ClientHost {
    var session: SMTPClientSession
    var events: [SMTPClientEvent] = []
    var output: [UInt8] = []
    var body = [UInt8]("Subject: x\r\n\r\nhello\r\n")
    var failure: SMTPClientProtocolError?

    init(_ change: (inout SMTPClientConfiguration) -> Void = { _ in }, isTLS: Bool = false) {
        var configuration = SMTPClientConfiguration(name: "client.example")
        change(&configuration)
        session = SMTPClientSession(configuration: configuration, isTLS: isTLS)
    }

    mutating func receive(_ octets: some Collection<UInt8>) {
        session.append(Array(octets))
        do throws(SMTPClientProtocolError) {
            while let event = try session.next() {
                events.append(event)
                switch event {
                case .bodyWanted:
                    session.body(body[...])
                    session.endBody()
                case .startTLS:
                    output += session.takeOutput()
                    session.tlsEstablished()
                default: break
                }
            }
        } catch {
            failure = error
        }
        output += session.takeOutput()
    }

    mutating func receive(_ text: String) { receive(Array(text.utf8)) }

    /// What was sent since the last time.
    mutating func sent() -> String {
        output += session.takeOutput()
        defer { output = [] }
        return String(output)
    }

    /// A client that may send a message to a server with these keywords.
    static func ready(
        _ keywords: [String] = ["PIPELINING"], isTLS: Bool = false,
        _ change: (inout SMTPClientConfiguration) -> Void = { _ in }
    ) -> ClientHost {
        var host = ClientHost(change, isTLS: isTLS)
        host.receive("220 mx.example.org ESMTP\r\n")
        let lines = ["mx.example.org"] + keywords
        for (index, line) in lines.enumerated() {
            host.receive("250\(index + 1 == lines.count ? " " : "-")\(line)\r\n")
        }
        host.events = []
        host.output = []
        return host
    }

    var outcome: SMTPDeliveryOutcome? {
        events.lazy.compactMap { if case .finished(let outcome) = $0 { outcome } else { nil } }.first
    }
}

extension SMTPEnvelope {
    static func to(_ recipients: String..., from sender: String = "a@example.net") throws -> SMTPEnvelope {
        SMTPEnvelope(
            sender: SMTPSender(.mailbox(try SMTPAddress(sender, allowsUTF8: true))),
            recipients: try recipients.map { SMTPRecipient(.mailbox(try SMTPAddress($0, allowsUTF8: true))) })
    }
}
