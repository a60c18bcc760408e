internal import MailBytes

/// The fields of a form or a query: `a=1&b=x+y`.
struct FormFields: Sendable {
    /// Limit: octets of a form.
    static let octetsMax = 64 * 1024
    /// Limit: fields of a form.
    static let countMax = 100

    private var values: [String: [String]] = [:]

    /// Reads what a browser sends; nil where it is no form, or has too much.
    init?(_ octets: some Collection<UInt8>) {
        guard octets.count <= Self.octetsMax else { return nil }
        var count = 0
        for pair in octets.split(separator: UInt8(ascii: "&")) {
            count += 1
            guard count <= Self.countMax else { return nil }
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.flatMap({ Self.decoded($0, hasPlus: true) }),
                let value = Self.decoded(parts.count > 1 ? Array(parts[1]) : [], hasPlus: true)
            else { return nil }
            values[name, default: []].append(value)
        }
    }

    /// No fields.
    init() {}

    /// The value of a field; empty where it is not there.
    subscript(_ name: String) -> String { values[name]?.first ?? "" }

    /// All names and values.
    var texts: [String] { values.flatMap { [$0.key] + $0.value } }

    /// The value of a field without blanks around it; nil where there is none.
    func text(_ name: String) -> String? {
        let octets = Array(self[name].utf8)
        guard let first = octets.firstIndex(where: { $0 > 0x20 }), let last = octets.lastIndex(where: { $0 > 0x20 })
        else { return nil }
        return String(decoding: octets[first...last], as: UTF8.self)
    }

    /// Percent-decoded text; nil where it is broken, or no UTF-8.
    static func decoded(_ octets: some Collection<UInt8>, hasPlus: Bool = false) -> String? {
        var output: [UInt8] = []
        var iterator = octets.makeIterator()
        while let octet = iterator.next() {
            switch octet {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    return nil
                }
                output.append(high << 4 | low)
            case UInt8(ascii: "+") where hasPlus: output.append(0x20)
            default: output.append(octet)
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x37
        case 0x61...0x66: octet - 0x57
        default: nil
        }
    }
}
