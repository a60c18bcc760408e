internal import MailBytes
internal import MailNames

/// What was seen of the session that brought one message.
struct Envelope: Sendable {
    var clientAddress: IPAddress?
    var helo: [UInt8]
    var mailFrom: [UInt8]?
    var recipients: [[UInt8]]
}

/// The envelopes of several message files: one for all, or a file that has one for each.
///
/// The file is a JSON object whose members are named for the message files, without folders:
/// `{"spoofed.eml": {"ip": "203.0.113.7", "helo": "mx.example", "mail_from": "a@example.org",
/// "rcpt": ["b@example.net"]}}`.
struct Envelopes: Sendable {
    private let common: Envelope
    private let byName: [String: Envelope]

    init(_ options: EnvelopeOptions) throws {
        common = Envelope(
            clientAddress: options.address, helo: options.heloBytes, mailFrom: options.mailFromBytes,
            recipients: options.recipientBytes)
        byName = try options.envelopesFile.map(Self.read) ?? [:]
    }

    /// The envelope of a file: its own, or else the common one.
    func envelope(of path: String) -> Envelope {
        byName[String(path.split(separator: "/").last ?? "")] ?? common
    }

    private static func read(_ path: String) throws -> [String: Envelope] {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: try FileInput.read(path))
        } catch let error as JSONSyntaxError {
            throw CommandFailure("\(path) is no file of envelopes: \(error.description)")
        }
        guard case .object(let members) = value else {
            throw CommandFailure(
                "\(path) is no file of envelopes: expected an object with a member for each message file")
        }
        var envelopes: [String: Envelope] = [:]
        for member in members { envelopes[member.name] = try envelope(member, path: path) }
        return envelopes
    }

    private static func envelope(_ member: JSONMember, path: String) throws -> Envelope {
        func fail(_ problem: String) -> CommandFailure {
            CommandFailure("\(path) is no file of envelopes: \(problem) in the envelope of \(member.name)")
        }
        guard case .object(let fields) = member.value else { throw fail("expected an object") }
        var envelope = Envelope(clientAddress: nil, helo: [], mailFrom: nil, recipients: [])
        for field in fields {
            switch (field.name, field.value) {
            case ("ip", .string(let text)):
                guard let address = EnvelopeOptions.address(text) else { throw fail("'ip' is no IP address") }
                envelope.clientAddress = address
            case ("helo", .string(let text)): envelope.helo = Array(text.utf8)
            case ("mail_from", .string(let text)): envelope.mailFrom = EnvelopeOptions.path(text)
            case ("rcpt", .array(let values)):
                let texts = values.compactMap(\.stringValue)
                guard texts.count == values.count else { throw fail("'rcpt' is no list of addresses") }
                envelope.recipients = texts.map(EnvelopeOptions.path)
            default: throw fail("'\(field.name)' is not one of ip, helo, mail_from, rcpt, or has the wrong type")
            }
        }
        return envelope
    }
}
