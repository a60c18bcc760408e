public import DANE
public import MailBytes

extension DANEOutcome {
    /// `matched`, `usage`, `depth`, `usable` (how many records), `reason`; then `record` and `failure`, a result type
    /// of RFC 8460 §4.3.
    public var json: JSONValue {
        [
            "matched": .bool(isMatched), "usage": JSONValue(record.map { Int($0.usage.rawValue) }),
            "depth": JSONValue(depth), "usable": .integer(Int64(usableCount)), "reason": .string(reason),
            "record": JSONValue(record?.text), "failure": JSONValue(failure?.reportType),
        ]
    }
}

extension TLSARecord {
    /// `usage`, `selector`, `matching_type`, `data`, and `value`, all of it as one text.
    public var json: JSONValue {
        .object([
            JSONMember("usage", .integer(Int64(usage.rawValue))),
            JSONMember("selector", .integer(Int64(selector.rawValue))),
            JSONMember("matching_type", .integer(Int64(matchingType.rawValue))),
            JSONMember("data", .string(text.split(separator: " ").last.map(String.init) ?? "")),
            JSONMember("value", .string(text)),
        ])
    }
}
