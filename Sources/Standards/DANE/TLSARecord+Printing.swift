internal import DNS
public import MailNames

extension TLSARecord: CustomStringConvertible {
    /// The presentation form, `3 1 1 0123…`, which ``init(parsing:)`` reads as the same.
    public var text: String { content.presentation }

    public var description: String { text }

    /// The parameters alone, `3 1 1`, for people who see the data elsewhere.
    public var parameters: String { "\(usage.rawValue) \(selector.rawValue) \(matchingType.rawValue)" }

    /// The line of a zone file.
    public func zoneLine(name: DomainName) -> String { "\(name.text). IN TLSA \(text)" }

    /// The name at which the records of a server stand: `_25._tcp.` and its name (RFC 6698 §3); nil where that is
    /// too long to be a name, so that there can be no records.
    public static func name(host: DomainName, port: UInt16 = 25) -> DomainName? {
        try? host.prepending("_\(port)._tcp")
    }
}
