internal import DKIM
internal import MailBytes
internal import MailFormat

/// What an ARC-Message-Signature covers.
enum ARCSignedFieldNames {
    /// What DKIM signs by default, with the names that matter once more than they are there, and all DKIM
    /// signatures: RFC 8617 §4.1.2.
    static func automatic(_ header: HeaderSection) -> [String] {
        let signatures = header.positions(named: "DKIM-Signature").count
        return DKIMSignedFields.names(for: header) + [String](repeating: "DKIM-Signature", count: signatures)
    }

    /// Whether a signature may cover fields of this name: RFC 8617 §4.1.2.
    static func isAllowed(_ name: String) -> Bool {
        let octets = Array(name.utf8)
        guard !octets.isEmpty, octets.allSatisfy({ $0.isFieldNameCharacter && $0 != UInt8(ascii: ";") }) else {
            return false
        }
        let forbidden = ARCFieldName.allCases.map(\.rawValue) + ["Authentication-Results"]
        return !forbidden.contains { octets.equalsIgnoringASCIICase(Array($0.utf8)) }
    }
}
