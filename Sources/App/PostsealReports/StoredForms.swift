internal import MailBytes
internal import MailNames
internal import MailReports

/// Names as they are kept: cut where they are too long for an index, and for any domain.
enum StoredName {
    private static let octetsMax = 512
    /// For words of a registry.
    private static let wordOctetsMax = 64

    static func word(_ text: String) -> String { form(text, atMost: wordOctetsMax) }

    static func form(_ name: String, atMost octetsMax: Int = octetsMax) -> String {
        guard name.utf8.count > octetsMax || name.utf8.contains(0) else { return name }
        var form = String.UnicodeScalarView()
        var count = 0
        for scalar in name.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= octetsMax else {
                form.append("…")
                break
            }
            form.append(scalar.value == 0 ? "\u{FFFD}" : scalar)
        }
        return String(form)
    }
}

/// Sources as octets: a number in front says what they are.
enum StoredSource {
    /// Longer texts in the place of an address are cut off.
    private static let textOctetsMax = 255

    /// What a report that is not about DMARC gives in the place of an address.
    static func source(text: String?) -> DMARCReportSource {
        guard let text, !text.isEmpty else { return .missing }
        return IPAddress(text).map { .address($0) } ?? .other(text)
    }

    static func octets(_ source: DMARCReportSource) -> [UInt8] {
        switch source {
        case .address(let address): [address.isV4 ? 4 : 6] + address.networkBytes
        case .other(let text): [1] + Array(text.utf8.prefix(textOctetsMax))
        case .missing: [0]
        }
    }

    static func source(_ octets: [UInt8]) -> DMARCReportSource {
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

    init(stored text: String) {
        let value = (try? JSONValue(parsing: Array(text.utf8))) ?? .null
        self.init(
            policy: value["p"]?.stringValue, subdomainPolicy: value["sp"]?.stringValue,
            percentage: value["pct"]?.integerValue.flatMap { Int(exactly: $0) },
            isTesting: value["t"]?.boolValue ?? false)
    }

    var stored: String {
        let value: JSONValue = [
            "p": JSONValue(policy), "sp": JSONValue(subdomainPolicy), "pct": JSONValue(percentage),
            "t": .bool(isTesting),
        ]
        return value.text
    }
}
