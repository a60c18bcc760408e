/// Who greets, and how.
public struct SMTPHello: Hashable, Sendable {
    /// The command.
    public enum Verb: String, Hashable, Sendable {
        case helo = "HELO"
        case ehlo = "EHLO"
        case lhlo = "LHLO"
    }

    public var verb: Verb
    /// The name that the client gives itself, as it came: visible ASCII.
    public var name: [UInt8]

    public init(_ verb: Verb, _ name: [UInt8]) {
        self.verb = verb
        self.name = name
    }

    /// The name as text.
    public var text: String { String(decoding: name, as: UTF8.self) }
}

/// MAIL: who sends.
public struct SMTPSender: Hashable, Sendable {
    /// Never `<postmaster>`.
    public var path: SMTPPath
    public var parameters: SMTPMailParameters

    public init(_ path: SMTPPath, _ parameters: SMTPMailParameters = SMTPMailParameters()) {
        self.path = path
        self.parameters = parameters
    }
}

/// RCPT: who receives.
public struct SMTPRecipient: Hashable, Sendable {
    /// Never `<>`.
    public var path: SMTPPath
    public var parameters: SMTPRecipientParameters

    public init(_ path: SMTPPath, _ parameters: SMTPRecipientParameters = SMTPRecipientParameters()) {
        self.path = path
        self.parameters = parameters
    }
}

/// A message's envelope.
public struct SMTPEnvelope: Hashable, Sendable {
    public var sender: SMTPSender
    public var recipients: [SMTPRecipient]

    public init(sender: SMTPSender, recipients: [SMTPRecipient]) {
        self.sender = sender
        self.recipients = recipients
    }
}
