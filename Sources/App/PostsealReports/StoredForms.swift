internal import MailBytes
internal import MailNames
public import MailReports

/// Names as they are kept: cut where they are too long for an index, and for any domain.
public enum StoredName {
    private static let octetsMax = 512
    /// For words of a registry.
    private static let wordOctetsMax = 64

    static func word(_ text: String) -> String { form(text, atMost: wordOctetsMax) }

    /// A name of any length as it is kept.
    public static func form(_ name: String) -> String { form(name, atMost: octetsMax) }

    private static func form(_ name: String, atMost octetsMax: Int) -> String {
        guard name.utf8.count > octetsMax || name.utf8.contains(0) else { return name }
        var form = String.UnicodeScalarView()
        var count = 0
        for scalar in name.unicodeScalars {
            let kept = scalar.value == 0 ? "\u{FFFD}" : scalar
            // Of what is kept, which can be longer: what is kept once is kept as the same again.
            count += UTF8.width(kept)
            guard count <= octetsMax else {
                form.append("…")
                break
            }
            form.append(kept)
        }
        return String(form)
    }
}

/// Sources as octets: a number in front says what they are.
public enum StoredSource {
    /// Longer texts in the place of an address are cut off.
    private static let textOctetsMax = 255

    /// What a report that is not about DMARC gives in the place of an address.
    static func source(text: String?) -> DMARCReportSource {
        guard let text, !text.isEmpty else { return .missing }
        return IPAddress(text).map { .address($0) } ?? .other(text)
    }

    /// A source as it is kept.
    public static func octets(_ source: DMARCReportSource) -> [UInt8] {
        switch source {
        case .address(.v4(let value)):
            [4] + withUnsafeBytes(of: value.bigEndian) { Array($0) }
        case .address(let address): [6] + address.networkBytes
        case .other(let text): [1] + cut(text)
        case .missing: [0]
        }
    }

    /// Not within a character: what is read back is kept as the same octets again.
    private static func cut(_ text: String) -> [UInt8] {
        var octets: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard octets.count + UTF8.width(scalar) <= textOctetsMax else { break }
            octets.append(contentsOf: String(scalar).utf8)
        }
        return octets
    }

    /// The source that these octets stand for; whatever is none of ours is missing.
    public static func source(_ octets: [UInt8]) -> DMARCReportSource {
        switch octets.first {
        case 4, 6: IPAddress(network: octets.dropFirst()).map { .address($0) } ?? .missing
        case 1: .other(String(decoding: octets.dropFirst(), as: UTF8.self))
        default: .missing
        }
    }
}

/// Policies as JSON.
extension StoredPolicy {
    init(_ policy: DMARCReportedPolicy) {
        self.init(
            policy: policy.policy?.word, subdomainPolicy: policy.subdomainPolicy?.word,
            percentage: policy.percentage, isTesting: policy.isTesting ?? false)
    }

    /// Reads what ``stored`` wrote; of anything else nothing is known.
    public init(stored text: String) {
        let value = (try? JSONValue(parsing: Array(text.utf8))) ?? .null
        self.init(
            policy: value["p"]?.stringValue, subdomainPolicy: value["sp"]?.stringValue,
            percentage: value["pct"]?.integerValue.flatMap { Int(exactly: $0) },
            isTesting: value["t"]?.boolValue ?? false)
    }

    /// As it is kept.
    public var stored: String {
        let value: JSONValue = [
            "p": JSONValue(policy), "sp": JSONValue(subdomainPolicy), "pct": JSONValue(percentage),
            "t": .bool(isTesting),
        ]
        return value.text
    }
}
