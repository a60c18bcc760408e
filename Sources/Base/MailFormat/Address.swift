/// One entry of an address list: RFC 5322 §3.4.
public enum Address: Hashable, Sendable {
    case mailbox(Mailbox)
    case group(AddressGroup)

    /// The mailbox, or the mailboxes of the group.
    public var mailboxes: [Mailbox] {
        switch self {
        case .mailbox(let mailbox): [mailbox]
        case .group(let group): group.mailboxes
        }
    }
}

/// A named group of mailboxes, often an empty one: `undisclosed-recipients:;`.
public struct AddressGroup: Hashable, Sendable {
    /// The name, decoded as ``Mailbox/displayName`` is.
    public var name: String
    public var mailboxes: [Mailbox]

    public init(name: String, mailboxes: [Mailbox]) {
        self.name = name
        self.mailboxes = mailboxes
    }
}
