internal import DNS
internal import MailBytes
public import MailNames

extension DKIMKeyRecord {
    /// The record's text as it is published, without quotes.
    public var text: String {
        var tags = ["v=DKIM1", "k=\(keyType.text)"]
        if let hashAlgorithms { tags.append("h=" + hashAlgorithms.joined(separator: ":")) }
        if services != ["*"] { tags.append("s=" + services.joined(separator: ":")) }
        if !flags.isEmpty { tags.append("t=" + flags.joined(separator: ":")) }
        if let notes { tags.append("n=" + String(lossy: DKIMQuotedPrintable.encode(Array(notes.utf8)))) }
        tags.append("p=" + Base64.text(publicKey))
        return tags.joined(separator: "; ")
    }

    /// The text cut into character-strings of at most 255 octets (RFC 1035 §3.3), which DNS joins again.
    public var strings: [[UInt8]] {
        let octets = Array(text.utf8)
        return stride(from: 0, to: octets.count, by: 255).map { Array(octets[$0..<min($0 + 255, octets.count)]) }
    }

    /// A line for a zone file in the form that BIND and NSD read.
    ///
    /// - Parameter name: where the record stands, `selector._domainkey.domain`.
    public func zoneLine(name: DomainName) -> String {
        let data = DNSRecordData.text(strings).presentation
        let owner = name.isRoot ? "." : name.text + "."
        return strings.count == 1 ? "\(owner) IN TXT \(data)" : "\(owner) IN TXT ( \(data) )"
    }
}
