internal import MailBytes
internal import MailFormat
internal import MailNames
internal import SMTPProtocol
internal import SMTPTransport

/// The Received field of this hop: RFC 5321 §4.4.
struct ReceivedTrace {
    let facts: SMTPConnectionFacts
    let envelope: SMTPEnvelope
    let id: String
    let name: String
    let time: UnixTime

    /// The field's value, folded.
    var value: [UInt8] {
        var lines = ["from \(Self.name(facts.hello?.name))\(client)", "by \(name) (Postseal) with \(proto) id \(id)"]
        // More than one would tell each of them of the others (RFC 5321 §7.2).
        if envelope.recipients.count == 1, let path = envelope.recipients.first?.path, !path.isInternationalised {
            let text = String(lossy: path.wire)
            if text.utf8.count < Self.lineOctetsMax, text.utf8.allSatisfy(\.isVisible) { lines.append("for \(text)") }
        }
        return Array((lines.joined(separator: "\r\n\t") + ";\r\n\t" + MailDate(time).text).utf8)
    }

    /// Limit: within what a line may have (RFC 5322 §2.1.1).
    private static let lineOctetsMax = 900

    private var client: String {
        guard let address = facts.clientAddress else { return "" }
        return address.isV4 ? " ([\(address.text)])" : " ([IPv6:\(address.text)])"
    }

    /// RFC 3848, RFC 6531 §4.3: how it came. RFC 8314 §4.3: and by which cipher suite.
    private var proto: String {
        let isExtended = facts.hello?.verb != .helo
        var word = envelope.sender.parameters.smtpUTF8 ? "UTF8SMTP" : isExtended ? "ESMTP" : "SMTP"
        guard let tls = facts.tls else { return word }
        if isExtended { word += "S" }
        return tls.cipher.map { "\(word) tls \($0)" } ?? word
    }

    /// What the client called itself, if that is a name or an address literal.
    private static func name(_ octets: [UInt8]?) -> String {
        guard let octets, !octets.isEmpty, octets.count <= 255,
            octets.allSatisfy({ $0.isAlphanumeric || "-._:[]".utf8.contains($0) })
        else { return "unknown" }
        return String(lossy: octets)
    }
}
