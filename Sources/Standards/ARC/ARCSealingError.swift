public import MailCrypto

/// Why a message was not sealed.
public enum ARCSealingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The newest seal says already that the chain is broken: RFC 8617 §5.1, step 2.
    case chainDeclaredBroken
    /// The chain has all the sets that it may have: RFC 8617 §4.2.1.
    case chainFull
    /// The outcome is that of another message: this one has other sets.
    case chainOfAnotherMessage
    /// The list of fields to sign holds a name that an ARC-Message-Signature must not cover (RFC 8617 §4.1.2), or
    /// what is no field name.
    case fieldNotSignable(String)
    /// The key cannot sign.
    case key(KeyError)

    public var description: String {
        switch self {
        case .chainDeclaredBroken: "the newest seal already says that the chain is broken"
        case .chainFull: "the chain has \(ARCLimits.setsMax) sets, which is the most there may be"
        case .chainOfAnotherMessage: "the message has other ARC sets than the ones that were validated"
        case .fieldNotSignable(let name): "an ARC-Message-Signature must not cover \(name)"
        case .key(let error): "\(error)"
        }
    }
}
