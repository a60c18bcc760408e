internal import MailNames
internal import SMTPProtocol
internal import SMTPTransport
internal import TransportPolicy

/// One message on its way to one destination: a session with one of its servers.
struct RelayDelivery: Sendable {
    let client: SMTPClient
    /// A recipient that its server accepted.
    struct Recipient {
        /// Its place among all of the message that were accepted.
        var position: Int
        /// Its number among those that the server was told of, refused ones included: that of its outcome.
        var number: Int
    }

    /// Those that the server accepted.
    var recipients: [Recipient] = []
    /// How many the server was told of.
    var toldCount = 0
    /// What became of the message before its text; nil while all is well.
    var early: SMTPDeliveryOutcome?
    /// Whether the server wants more text.
    var isOpen = true

    /// Sends a piece of the text.
    mutating func write(_ octets: [UInt8]) async {
        guard early == nil, isOpen else { return }
        isOpen = await client.write(octets)
    }

    /// Ends the text: the answer for each recipient that was accepted, by its position.
    func finish() async -> [(position: Int, reply: SMTPReply)] {
        let outcome: SMTPDeliveryOutcome
        if let early {
            outcome = early
        } else if let finished = try? await client.finish() {
            outcome = finished
        } else {
            outcome = Self.lost(toldCount)
        }
        return recipients.map { recipient in
            let results = outcome.recipients
            return (
                recipient.position,
                results.indices.contains(recipient.number) ? results[recipient.number].answer : .localError
            )
        }
    }

    /// What became of recipients whose connection is gone.
    static func lost(_ count: Int) -> SMTPDeliveryOutcome {
        SMTPDeliveryOutcome(recipients: Array(repeating: .lost(isUnknowable: false), count: count))
    }
}
