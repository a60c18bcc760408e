import SMTPProtocol

/// What a client sends: whatever it is, the server's side neither traps nor lets two messages become of one, and where
/// the octets are cut does not matter.
///
/// The first octet says how the server is configured.
let fuzzSMTPServer: PlainBody = { bytes in
    guard let choices = bytes.first else { return }
    let stream = bytes.dropFirst()
    let whole = FuzzedSMTPServer(choices).run([stream])
    let cut = FuzzedSMTPServer(choices).run(stream.indices.map { stream[$0...$0] })
    for message in whole.messages + cut.messages {
        // A message is lines that end in CR LF, but for the last of one that came in chunks.
        var before: UInt8 = 0
        for octet in message {
            precondition((octet == 0x0A) == (before == 0x0D), "a line end that stands alone")
            precondition(octet != 0, "a NUL")
            before = octet
        }
        precondition(before != 0x0D, "a carriage return at the end")
        precondition(message.count <= 500, "a message that is too large")
    }
    // Who speaks before its turn is found out only where it comes in one piece.
    if !whole.spokeEarly { precondition(whole == cut, "another cut of the octets gave other messages") }
    var reader = SMTPReplyReader()
    reader.append(whole.output)
    do throws(SMTPReplyError) {
        while let reply = try reader.next() {
            let again = try SMTPReply(wire: reply.wire())
            precondition(again == reply, "the round trip changed a reply")
        }
    } catch {
        fatalError("the server sent what nobody reads: \(error)")
    }
    precondition(reader.pendingOctets == 0, "the server sent half a reply")
}

/// What a server sends: the client's side neither traps nor hangs, sends each message to its end or not at all, and
/// says of each recipient what became of it.
let fuzzSMTPClient: PlainBody = { bytes in
    guard let choices = bytes.first else { return }
    let stream = Array(bytes.dropFirst())
    var client = FuzzedSMTPClient(choices)
    for octet in stream { client.receive([octet]) }
    client.end()
    // The text has no line ends that stand alone, in whatever it is sent.
    var before: UInt8 = 0
    for octet in client.sent {
        precondition((octet == 0x0A) == (before == 0x0D), "a line end that stands alone")
        before = octet
    }
    var whole = FuzzedSMTPClient(choices)
    whole.receive(stream)
    whole.end()
    precondition(whole.outcomes.allSatisfy { $0.recipients.count == 2 }, "a recipient without an outcome")
    precondition(client.outcomes.allSatisfy { $0.recipients.count == 2 }, "a recipient without an outcome")
}

/// A header of the PROXY protocol, and what XCLIENT and other commands have: what is read is printed so that it is read
/// again.
let fuzzSMTPProxyHeader: PlainBody = { bytes in
    if let (header, count) = try? ProxyHeader.read(bytes) {
        precondition(count <= bytes.count)
        for wire in [header.line, header.binary] {
            let again = try? ProxyHeader.read(wire)
            precondition(again?.header == header && again?.octets == wire.count, "the round trip changed a header")
        }
    }
    let all = SMTPExtensions(rawValue: .max)
    if let command = try? SMTPCommand(line: bytes[...], offered: all) {
        let again = try? SMTPCommand(line: command.wire.dropLast(2), offered: all)
        precondition(again == command, "the round trip changed a command")
    }
}

private struct FuzzedSMTPServer: Equatable {
    var messages: [[UInt8]] = []
    var output: [UInt8] = []
    var spokeEarly = false
    private var text: [UInt8] = []
    private var session: SMTPServerSession
    private let choices: UInt8

    static func == (one: FuzzedSMTPServer, other: FuzzedSMTPServer) -> Bool {
        one.messages == other.messages && one.output == other.output
    }

    init(_ choices: UInt8) {
        self.choices = choices
        var configuration = SMTPServerConfiguration(name: "mx.example.org", extensions: SMTPExtensions(rawValue: .max))
        configuration.mode = choices & 1 == 0 ? .smtp : .lmtp
        configuration.lineEnds = choices & 2 == 0 ? .refuse : .repair
        configuration.refusesEarlyInput = choices & 4 == 0
        // Small enough to be reached.
        configuration.limits.messageOctets = 500
        configuration.limits.commandOctets = 200
        configuration.limits.recipients = 3
        configuration.limits.recipientCommands = 6
        session = SMTPServerSession(configuration: configuration, isTLS: choices & 8 != 0)
    }

    func run(_ pieces: [ArraySlice<UInt8>]) -> FuzzedSMTPServer {
        var server = self
        server.pull()
        for piece in pieces {
            server.session.append(piece)
            server.pull()
        }
        return server
    }

    private mutating func pull() {
        while let event = session.next() {
            switch event {
            case .connected, .hello, .mail, .clientReplaced: session.answer(.ok)
            case .recipient(let recipient):
                session.answer(choices & 16 != 0 && recipient.path == .postmaster ? SMTPReply(550, "no") : .ok)
            case .dataStarted:
                text = []
                session.answer(choices & 32 == 0 ? .goAhead : SMTPReply(451, "no"))
            case .data(let piece): text += piece
            case .dataEnded:
                messages.append(text)
                session.answer([.ok, SMTPReply(452, "full")])
            case .messageRefused, .reset: text = []
            case .startTLS: session.tlsEstablished()
            case .closed(let reason): spokeEarly = reason == .earlyInput || reason == .inputBeforeTLS
            }
        }
        output += session.takeOutput()
        precondition(session.pendingOctets <= 500 + 200 || session.isAnswerDue, "octets that nobody takes")
    }
}

private struct FuzzedSMTPClient {
    var outcomes: [SMTPDeliveryOutcome] = []
    var sent: [UInt8] = []
    private var session: SMTPClientSession
    private var begun = 0

    init(_ choices: UInt8) {
        var configuration = SMTPClientConfiguration(name: "client.example")
        configuration.mode = choices & 1 == 0 ? .smtp : .lmtp
        configuration.usesChunking = choices & 2 == 0
        session = SMTPClientSession(configuration: configuration, isTLS: choices & 4 != 0)
    }

    mutating func receive(_ octets: [UInt8]) {
        session.append(octets)
        while let event = try? session.next() {
            switch event {
            case .ready where session.isTLS || !session.startTLS(): begin()
            case .startTLSRefused: begin()
            case .startTLS: session.tlsEstablished()
            case .bodyWanted:
                session.body([0x2E, 0x0D, 0x0A, 0x61, 0x0A, 0x0D][...])
                session.body([0x2E, 0x0D][...])
                session.endBody()
            case .finished(let outcome):
                outcomes.append(outcome)
                begin()
            case .ready, .refused, .sender, .recipient, .replied, .closing: break
            }
        }
        sent += session.takeOutput()
    }

    mutating func end() {
        if let outcome = session.connectionLost() { outcomes.append(outcome) }
        precondition(session.takeOutput().isEmpty, "a lost connection goes on")
    }

    private mutating func begin() {
        begun += 1
        guard begun < 5 else { return }
        let address = SMTPAddress(localPart: [0x61], domain: Array("example.org".utf8))
        let recipient = SMTPRecipient(.mailbox(address))
        session.begin(SMTPEnvelope(sender: SMTPSender(.null), recipients: [recipient, recipient]))
    }
}
