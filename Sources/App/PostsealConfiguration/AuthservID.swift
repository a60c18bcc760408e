internal import MailBytes

/// The name of this receiver in Authentication-Results.
public enum AuthservID {
    /// Limit: as long as a domain name.
    public static let lengthMax = 253

    /// Letters, digits and the signs of names: what every reader takes for one identifier (RFC 8601 §2.3).
    public static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= lengthMax
            && text.utf8.allSatisfy {
                $0.isAlphanumeric || $0.isNonASCII || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "_")
            }
    }
}
