/// The signature algorithms in force: RFC 8301 §3.1, RFC 8463 §3.
public enum DKIMAlgorithm: String, Hashable, Sendable, CaseIterable {
    case rsaSHA256 = "rsa-sha256"
    case ed25519SHA256 = "ed25519-sha256"

    /// The algorithm that a tag `a=` names; nil for others and for `rsa-sha1`.
    public init?(tagValue: ArraySlice<UInt8>) {
        if tagValue.isWord("rsa-sha256") {
            self = .rsaSHA256
        } else if tagValue.isWord("ed25519-sha256") {
            self = .ed25519SHA256
        } else {
            return nil
        }
    }

    /// The word of `k=` in a key record.
    public var keyType: DKIMKeyType {
        switch self {
        case .rsaSHA256: .rsa
        case .ed25519SHA256: .ed25519
        }
    }

    /// The word of `h=` in a key record.
    var hashName: String { "sha256" }

    /// RFC 8301 §3.1: the algorithm that once was allowed and now fails for good.
    static func isHistoric(_ tagValue: ArraySlice<UInt8>) -> Bool {
        tagValue.isWord("rsa-sha1")
    }
}

/// What kind of key a record publishes, `k=`.
public enum DKIMKeyType: Hashable, Sendable {
    case rsa, ed25519
    /// A kind that is not known here, which makes the record useless but not wrong (RFC 6376 §3.6.1).
    case other(String)

    /// Reads the value of `k=`, in any case; what is not known is kept as it is.
    public init(text: String) {
        self =
            switch text.lowercased() {
            case "rsa": .rsa
            case "ed25519": .ed25519
            default: .other(text)
            }
    }

    /// The value of `k=`.
    public var text: String {
        switch self {
        case .rsa: "rsa"
        case .ed25519: "ed25519"
        case .other(let text): text
        }
    }
}
