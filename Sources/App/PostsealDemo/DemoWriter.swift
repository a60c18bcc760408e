internal import ARC
internal import AuthenticationResults
internal import DKIM
internal import MailBytes
internal import MailFormat

/// A letter before anybody signs it.
struct DemoLetter: Sendable {
    var from: String
    var to = "Carol <carol@home.example>"
    var subject: String
    var text: String
    /// Whole lines that go above the other fields.
    var extra: [String] = []
}

/// Writes the letters of the demo's day, and signs and seals them as their senders would.
struct DemoWriter: Sendable {
    let keys: DemoKeys
    /// When signatures are made.
    let now: UnixTime

    /// The letter as a message.
    ///
    /// - Parameter time: the time of day, `06:12`; the date is today's.
    func write(_ letter: DemoLetter, at time: String) -> [UInt8] {
        var civil = CivilTime(now)
        let parts = time.split(separator: ":").compactMap { Int($0) }
        (civil.hour, civil.minute, civil.second) = (parts.first ?? 0, parts.last ?? 0, 0)
        let number = time.filter(\.isNumber)
        let lines =
            letter.extra + [
                "From: \(letter.from)", "To: \(letter.to)", "Subject: \(letter.subject)",
                "Date: \(MailDate(local: civil, offsetMinutes: 0).text)",
                "Message-ID: <\(number).\(CivilTime(now).year)@demo.example>", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8", "", letter.text, "",
            ]
        return MailMessage.withNetworkLineEndings(Array(lines.joined(separator: "\n").utf8))
    }

    /// The message with a DKIM signature of each key.
    func sign(_ message: [UInt8], _ places: DemoKeys.Place...) throws -> [UInt8] {
        let signer = DKIMSigner(keys: places.compactMap { keys[$0] })
        return try signer.sign(MailMessage(parsing: message), at: now) + message
    }

    /// A signed message as a mailing list passes it on: another subject, a footer, and a seal that says what the list
    /// saw when the message came in.
    ///
    /// - Parameters:
    ///   - list: whose key seals, and the name of the list.
    ///   - author: the domain that the list saw pass.
    func passOn(_ message: [UInt8], by list: (key: DemoKeys.Place, name: String), author: String) throws -> [UInt8] {
        let domain = list.key.domain
        let changed =
            String(decoding: message, as: UTF8.self)
            .replacing("Subject: ", with: "Subject: [\(list.name)] ")
            + "-- \r\nThis is the list \(list.name). To leave it, write to \(list.name)-leave@\(domain)\r\n"
        let octets = Array("List-Id: <\(list.name).\(domain)>\r\n\(changed)".utf8)
        guard let key = keys[list.key] else { return octets }
        let results = AuthenticationResultsField(
            authservID: domain,
            results: [
                .spf("pass", .mailFrom, domain: author), .dkim("pass", domain: author),
                .dmarc("pass", authorDomain: author),
            ])
        let set = try ARCSealer(key: key, authservID: domain).seal(
            MailMessage(parsing: octets), results: results, chain: ARCOutcome(result: .none), at: now)
        return set + octets
    }

    /// The message with one text in place of another: what somebody does on the way.
    func tamper(_ message: [UInt8], _ old: String, _ new: String) -> [UInt8] {
        Array(String(decoding: message, as: UTF8.self).replacing(old, with: new).utf8)
    }
}
