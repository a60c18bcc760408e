/// The three fields of a set: RFC 8617 §4.1.
enum ARCFieldName: String, Hashable, Sendable, CaseIterable {
    case results = "ARC-Authentication-Results"
    case messageSignature = "ARC-Message-Signature"
    case seal = "ARC-Seal"
}
