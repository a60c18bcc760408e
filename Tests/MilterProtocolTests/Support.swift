import MilterProtocol
import TestSupport

extension Numbers {
    /// Octets without NUL: what a string can hold.
    mutating func text(_ bound: Int) -> [UInt8] { (0..<below(bound)).map { _ in UInt8(1 + below(255)) } }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

/// A filter as a daemon has one: what it decides, and where.
struct TestFilter {
    var preferences = MilterPreferences(actions: .all)
    /// Decides about the events before a message.
    var decideStage: (MilterEvent, MilterSession) -> MilterVerdict = { _, _ in .continue }
    var decideHeader: (MilterMessage) -> MilterVerdict = { _ in .continue }
    /// Whether the rest of a body is left out, once so many octets of it are there.
    var skipsAfter = Int.max
    var decideEnd: (MilterMessage, [UInt8]) -> (MilterVerdict, [MilterChange]) = { _, _ in (.accept, []) }
}

/// Drives a ``MilterSession`` as a daemon does.
struct FilterHost {
    var filter: TestFilter
    var session: MilterSession
    var message: MilterMessage?
    var body: [UInt8] = []
    /// Everything that came, bodies in one piece.
    var log: [MilterEvent] = []

    init(_ filter: TestFilter) {
        self.filter = filter
        session = MilterSession(preferences: filter.preferences)
    }

    /// Takes octets, gives those to send.
    mutating func receive(_ octets: some Sequence<UInt8>) throws -> [UInt8] {
        session.append(Array(octets))
        var output: [UInt8] = []
        while let event = try session.next() { output += try take(event) ?? [] }
        return output
    }

    private mutating func take(_ event: MilterEvent) throws -> [UInt8]? {
        if case .body(let piece) = event, case .body(let before)? = log.last {
            log[log.count - 1] = .body(before + piece)
        } else {
            log.append(event)
        }
        switch event {
        case .send(let octets): return octets
        case .connected, .greeted, .sender, .recipient, .data:
            return session.answerStage(filter.decideStage(event, session))
        case .messageStarted(let message):
            self.message = message
            body = []
            return session.answerHeader(filter.decideHeader(message))
        case .body(let piece):
            body += piece
            return session.answerBody(skipping: body.count >= filter.skipsAfter)
        case .messageEnded:
            guard let message else { return nil }
            let (verdict, changes) = filter.decideEnd(message, body)
            return (session.progress() ?? []) + (try session.answer(verdict, changes: changes) ?? [])
        case .aborted, .connectionReset, .quit: return nil
        }
    }
}

/// A mail server and a filter, talking.
struct Dialogue {
    var host: FilterHost
    var client: MilterClientSession
    /// What the mail server sent and got in all.
    var sent: [UInt8] = []
    var received: [UInt8] = []

    init(_ filter: TestFilter, offer: MilterNegotiation = .all) throws {
        host = FilterHost(filter)
        client = MilterClientSession(offer: offer)
        _ = try exchange(client.negotiate())
    }

    /// Sends octets, and reads what comes back.
    mutating func exchange(_ octets: [UInt8]) throws -> [MilterClientEvent] {
        sent += octets
        let back = try host.receive(octets)
        received += back
        client.append(back)
        var events: [MilterClientEvent] = []
        while let event = try client.next() { events.append(event) }
        return events
    }

    /// Shows a message to the filter; nil if it never came to an end.
    mutating func run(_ transaction: MilterTransaction) throws -> MilterOutcome? {
        client.begin(transaction)
        while true {
            let octets = client.octetsToSend()
            if octets.isEmpty { return nil }
            for case .finished(let outcome) in try exchange(octets) { return outcome }
        }
    }
}
