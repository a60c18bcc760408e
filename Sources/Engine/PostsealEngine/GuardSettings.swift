public import MailNames

/// What a guard does with the mail that passes it: everything an administrator can choose.
public struct GuardSettings: Sendable {
    /// The name of this receiver in Authentication-Results (RFC 8601 §2.5).
    public var authservID: String
    /// Further identifiers in use on this side of the boundary; fields from outside that bear them are removed.
    public var internalAuthservIDs: [String] = []
    /// What is checked of incoming mail, and how much of it.
    public var inspection = InspectionOptions()
    /// What is done about what was found.
    public var policy = DecisionPolicy()
    /// Whether a `Received-SPF` field is written besides (RFC 7208 §9.1).
    public var addsReceivedSPF = false
    /// How mail is kept from the inbox.
    public var quarantine: QuarantineMethod = .hold
    /// UTF-8 to put in front of the subject of mail that is marked, or quarantined in a way that delivers it; nil for
    /// none. Not in a dry run.
    public var subjectPrefix: [UInt8]?
    /// What to do with a message when more are being checked than may be.
    public var onOverload: FailMode = .tempfail
    /// What to do when the guard itself fails.
    public var onInternalError: FailMode = .tempfail

    /// Whether mail of clients that logged in is ours: signed, and not checked.
    public var ownsAuthenticated = true
    /// Clients whose mail is ours.
    public var ownNetworks: [IPPrefix] = []
    /// Whether results that bear our name stay on mail from ``ownNetworks``: only where everybody there who can send
    /// is trusted with them, such as another filter that hands checked mail back (RFC 8601 §5).
    public var trustsResultsOfOwnNetworks = false
    /// The first rule that fits the author domain is used.
    public var signing: [SigningRule] = []
    /// What to do with our own mail that a rule wants signed, when no key can be used.
    public var onUnsigned: UnsignedAction = .send
    /// The first rule that fits the recipients is used.
    public var sealing: [SealingRule] = []

    public init(authservID: String) { self.authservID = authservID }

    /// As configured, and with whatever the policy cannot do without.
    public var inspectionOptions: InspectionOptions {
        var options = inspection
        if policy.needsHostName { options.checksHostName = true }
        return options
    }
}

/// What to do with our own mail that should be signed and cannot be.
public enum UnsignedAction: String, Hashable, Sendable, CaseIterable {
    /// Send it without a signature.
    case send
    /// Keep it with the client until it can be signed; refuse it where that will never be.
    case tempfail
}

/// Which way a message goes.
public enum MailDirection: String, Hashable, Sendable, CaseIterable {
    /// From strangers: it is checked.
    case incoming
    /// From our own users or networks: it is signed.
    case outgoing
}
