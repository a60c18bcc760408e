internal import HTTPTypes
internal import MailBytes
internal import MailNames
internal import PostsealEngine

/// Reads the envelope of a message from the query of a request, and from its fields where the query is silent.
struct EnvelopeReader {
    let settings: HTTPServiceSettings

    private static let unknown = HTTPRefusal(
        400, "the query has a parameter that is none of ip, helo, mail-from, rcpt and explain")

    /// The fields that rspamd's clients send.
    private static let clientAddressField = HTTPField.Name("IP")
    private static let heloField = HTTPField.Name("Helo")
    private static let mailFromField = HTTPField.Name("From")
    private static let recipientField = HTTPField.Name("Rcpt")

    func read(
        query: Substring.UTF8View?, fields: HTTPFields, at now: UnixTime
    ) throws(HTTPRefusal) -> (
        envelope: MailEnvelope, explaining: Bool
    ) {
        var given = try parameters(query)
        if given.clientAddress == nil { given.clientAddress = value(Self.clientAddressField, fields) }
        if given.helo == nil { given.helo = value(Self.heloField, fields) }
        if given.mailFrom == nil { given.mailFrom = value(Self.mailFromField, fields) }
        if given.recipients.isEmpty { given.recipients = values(Self.recipientField, fields) }
        guard given.recipients.count <= settings.recipientsMax else {
            throw HTTPRefusal(400, "there are more than \(settings.recipientsMax) recipients")
        }
        var envelope = MailEnvelope(receivedAt: now)
        // An empty address is none: clients send the field whether they know the address or not.
        if let octets = given.clientAddress, !octets.isEmpty {
            guard let address = Self.address(octets) else { throw HTTPRefusal(400, "'ip' is no IP address") }
            envelope.clientAddress = address
        }
        envelope.helo = try checked(given.helo ?? [], "helo")
        if let octets = given.mailFrom { envelope.mailFrom = Self.path(try checked(octets, "mail-from")) }
        for octets in given.recipients { envelope.recipients.append(Self.path(try checked(octets, "rcpt"))) }
        return (envelope, given.explaining ?? false)
    }

    /// What the client said of the envelope.
    private struct Given {
        var clientAddress: [UInt8]?
        var helo: [UInt8]?
        var mailFrom: [UInt8]?
        var recipients: [[UInt8]] = []
        var explaining: Bool?
    }

    private func parameters(_ query: Substring.UTF8View?) throws(HTTPRefusal) -> Given {
        var given = Given()
        guard let query else { return given }
        for part in query.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair.first.map({ String(decoding: $0, as: UTF8.self) }) else { continue }
            let octets = try Self.decoded(pair.count > 1 ? pair[1] : ""[...].utf8)
            switch name {
            case "ip": try Self.set(&given.clientAddress, octets)
            case "helo": try Self.set(&given.helo, octets)
            case "mail-from": try Self.set(&given.mailFrom, octets)
            case "rcpt": given.recipients.append(octets)
            case "explain": try Self.set(&given.explaining, try Self.truth(octets))
            default: throw Self.unknown
            }
        }
        return given
    }

    private static func set<Value>(_ place: inout Value?, _ value: Value) throws(HTTPRefusal) {
        guard place == nil else { throw HTTPRefusal(400, "a parameter of the query stands there twice") }
        place = value
    }

    private static func truth(_ octets: [UInt8]) throws(HTTPRefusal) -> Bool {
        switch String(decoding: octets, as: UTF8.self) {
        case "true", "yes", "1", "": true
        case "false", "no", "0": false
        default: throw HTTPRefusal(400, "'explain' is neither true nor false")
        }
    }

    /// RFC 3986 §2.1. `+` stands for itself, as in many mail addresses, and not for a space as in forms.
    static func decoded(_ text: Substring.UTF8View) throws(HTTPRefusal) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var rest = text[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                output.append(octet)
                continue
            }
            guard let high = rest.popFirst()?.hexDigitValue, let low = rest.popFirst()?.hexDigitValue else {
                throw HTTPRefusal(400, "the query has a % without two hexadecimal digits")
            }
            output.append(high << 4 | low)
        }
        return output
    }

    private func value(_ name: HTTPField.Name?, _ fields: HTTPFields) -> [UInt8]? {
        name.flatMap { fields[values: $0].first }.map { Array($0.utf8) }
    }

    private func values(_ name: HTTPField.Name?, _ fields: HTTPFields) -> [[UInt8]] {
        name.map { fields[values: $0].map { Array($0.utf8) } } ?? []
    }

    /// No SMTP session has such octets in a name or path; a verdict about them would be about nothing.
    private func checked(_ octets: [UInt8], _ name: String) throws(HTTPRefusal) -> [UInt8] {
        guard octets.count <= settings.addressOctetsMax else {
            throw HTTPRefusal(400, "'\(name)' has more than \(settings.addressOctetsMax) octets")
        }
        guard !octets.contains(where: \.isControl) else {
            throw HTTPRefusal(400, "'\(name)' has a control character")
        }
        return octets
    }

    /// An address as it is, or in the brackets of an address literal.
    static func address(_ octets: [UInt8]) -> IPAddress? {
        var octets = octets[...]
        if octets.first == UInt8(ascii: "["), octets.last == UInt8(ascii: "]") {
            octets = octets.dropFirst().dropLast()
        }
        if octets.prefix(5).equalsIgnoringASCIICase(Array("ipv6:".utf8)[...]) { octets = octets.dropFirst(5) }
        return IPAddress(bytes: octets)
    }

    /// A path without its angle brackets.
    static func path(_ octets: [UInt8]) -> [UInt8] {
        octets.first == UInt8(ascii: "<") && octets.last == UInt8(ascii: ">")
            ? Array(octets.dropFirst().dropLast()) : octets
    }
}
