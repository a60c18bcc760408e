/// What `check_host` comes to, by the words of RFC 7208 §2.6.
public enum SPFResult: String, Hashable, Sendable, CaseIterable {
    /// There is no domain name to check, or it publishes no record.
    case none
    /// The domain says that it asserts nothing about the client.
    case neutral
    /// The client may send for the domain.
    case pass
    /// The client may not send for the domain.
    case fail
    /// The client probably may not send for the domain.
    case softfail
    /// The DNS did not answer; the same check may end differently later.
    case temperror
    /// The published records cannot be interpreted; only their publisher can change that.
    case permerror
}

/// Whose name was checked, by the words of RFC 7208 §9.1.
public enum SPFIdentity: String, Hashable, Sendable {
    /// The reverse-path of the envelope.
    case mailFrom = "mailfrom"
    /// The name that the client gave in HELO or EHLO: asked for, or because the reverse-path is null.
    case helo
}

/// What a directive says about a client that its mechanism matches (RFC 7208 §4.6.2).
public enum SPFQualifier: UInt8, Hashable, Sendable, CaseIterable {
    /// `+`, and where none is written.
    case pass
    /// `-`
    case fail
    /// `~`
    case softfail
    /// `?`
    case neutral

    /// The result of a record in which a directive with this qualifier matches.
    public var result: SPFResult {
        switch self {
        case .pass: .pass
        case .fail: .fail
        case .softfail: .softfail
        case .neutral: .neutral
        }
    }

    /// The qualifier of a character; nil for any other.
    init?(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "+"): self = .pass
        case UInt8(ascii: "-"): self = .fail
        case UInt8(ascii: "~"): self = .softfail
        case UInt8(ascii: "?"): self = .neutral
        default: return nil
        }
    }

    /// As it is written before a mechanism; nothing for `+`, which is the default.
    var text: String {
        switch self {
        case .pass: ""
        case .fail: "-"
        case .softfail: "~"
        case .neutral: "?"
        }
    }
}
