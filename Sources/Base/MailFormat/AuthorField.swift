internal import MailBytes
public import MailNames

/// The authors of a message: what the From fields say, all of them.
public struct Authors: Hashable, Sendable {
    /// Every mailbox of every From field, in order.
    public var mailboxes: [Mailbox]
    /// The distinct domains of the mailboxes, in order.
    public var domains: [DomainName]
    /// Why another program or a person may read another author; sorted, empty for ordinary mail.
    public var ambiguities: [AuthorAmbiguity]
    /// How many From fields there are.
    public var fieldCount: Int

    public init(
        mailboxes: [Mailbox] = [], domains: [DomainName] = [], ambiguities: [AuthorAmbiguity] = [], fieldCount: Int = 0
    ) {
        self.mailboxes = mailboxes
        self.domains = domains
        self.ambiguities = ambiguities
        self.fieldCount = fieldCount
    }

    /// Whether any program may read another author: see ``AuthorAmbiguity/misleads``.
    public var isAmbiguous: Bool { ambiguities.contains { $0.misleads == .programs } }
}

/// Reads the authors out of the From fields of a message.
public enum AuthorField {
    /// The authors of a message, with every reason to doubt that all programs read the same ones.
    public static func read(_ message: MailMessage) -> Authors { read(message.header) }

    /// As ``read(_:)-(MailMessage)``, from the fields alone: a From that hides outside the listed fields is not
    /// noticed.
    public static func read(_ header: HeaderSection) -> Authors {
        Authors(fieldCount: header.fields(named: "From").count)
    }
}
