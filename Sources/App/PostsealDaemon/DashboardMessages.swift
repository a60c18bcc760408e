internal import ARC
internal import AuthenticationResults
internal import DKIM
internal import DMARC
internal import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import PostsealConfiguration
internal import PostsealDashboard
internal import PostsealEngine
internal import PostsealObservability
internal import Rendering
internal import SPF
internal import Trace
internal import UnboundResolver

/// What the dashboard shows of the journal.
struct DashboardMessages: MessageSource {
    let journal: VerdictJournal
    let workshop: @Sendable () -> Workshop

    func messages(count: Int, where isWanted: @Sendable (MessageEntry) -> Bool) -> [MessageEntry] {
        var found: [MessageEntry] = []
        for record in journal.records.reversed() {
            let entry = record.entry
            if isWanted(entry) { found.append(entry) }
            if found.count >= count { break }
        }
        return found
    }

    func message(_ id: UInt64, naming isNamed: @Sendable (String?) -> Bool) async -> MessageDetail? {
        guard let record = journal.record(id) else { return nil }
        let workshop = workshop()
        let report = record.findings.map { findings in
            MessageReport(
                name: record.queueID ?? "message \(record.id)", findings: findings, decision: record.decision,
                authenticationResults: record.verdict?.authenticationResults
                    ?? findings.authenticationResults(authservID: workshop.configuration.guardSettings.authservID))
        }
        let replay = await MessageReplay(record, workshop).run()
        var answers = RecordedAnswers()
        for answer in replay.answers { answers.add(answer) }
        let message = record.transaction.message
        return MessageDetail(
            entry: record.entry, explanation: report?.page(explaining: false, hasColours: false) ?? record.plainText,
            report: report?.json(explaining: false) ?? .null, steps: replay.steps, replay: replay.text,
            recordedDNS: replay.answers.isEmpty ? nil : Array((answers.file.indentedText + "\n").utf8),
            header: message.bytes.isEmpty ? nil : Array(message.bytes[..<message.body.lowerBound]),
            command: record.command(naming: isNamed), omissions: record.omissions(replay))
    }
}

extension VerdictJournal.Record {
    /// As it stands in the list.
    var entry: MessageEntry {
        let envelope = transaction.envelope
        let header = transaction.message.header
        func text(_ octets: [UInt8]) -> String { String(decoding: octets.prefix(2000), as: UTF8.self) }
        return MessageEntry(
            id: id, time: time, way: way, isOutgoing: direction == .outgoing, queueID: queueID,
            messageID: header.first(named: "Message-ID").map { text(header.unfolded($0)) },
            client: envelope.clientAddress?.text, helo: envelope.helo.isEmpty ? nil : text(envelope.helo),
            mailFrom: envelope.mailFrom.map(text), from: from?.text, recipientDomains: recipientDomains,
            disposition: disposition, reason: decision.reason, results: results, milliseconds: duration.milliseconds)
    }

    private var disposition: String {
        if direction == .outgoing, decision.disposition == .accept, verdict?.signatures.isEmpty == false {
            return "signed"
        }
        return MessageDisposition(decision).rawValue
    }

    /// The author's domain; of our own mail it is read here, because it was not checked.
    private var from: DomainName? {
        if let findings { return findings.authorDomain ?? findings.authors.domains.first }
        return AuthorField.read(transaction.message).domains.first
    }

    /// Limit: domains that are listed.
    private static let domainsMax = 20

    private var recipientDomains: [String] {
        var domains: [String] = []
        for recipient in transaction.envelope.recipients {
            guard let domain = Self.domain(of: recipient), !domains.contains(domain) else { continue }
            domains.append(domain)
            if domains.count >= Self.domainsMax { break }
        }
        return domains
    }

    private static func domain(of recipient: [UInt8]) -> String? {
        guard let at = recipient.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return (try? DomainName(mailDomain: String(decoding: recipient[(at + 1)...], as: UTF8.self)))?.text
    }

    private var results: [MessageEntry.Result] {
        guard let findings else {
            return verdict?.signatures.prefix(3).map { MessageEntry.Result("dkim", "signed by \($0.domain.text)") }
                ?? []
        }
        var results: [MessageEntry.Result] = []
        if let spf = findings.spf { results.append(.init("spf", spf.result.rawValue)) }
        results.append(
            .init(
                "dkim",
                findings.dkim.outcomes.contains { $0.result == .pass }
                    ? "pass"
                    : findings.dkim.outcomes.first?.result.rawValue ?? "none"))
        if findings.arc.instances > 0 { results.append(.init("arc", findings.arc.result.rawValue)) }
        results.append(.init("dmarc", findings.dmarcResultWord))
        return results
    }

    /// What is said of a message that was not checked.
    var plainText: String {
        var lines = ["\(decision.outcome): \(decision.reason)"]
        if let reply = decision.reply { lines.append("reply    \(reply)") }
        for signature in verdict?.signatures ?? [] {
            lines.append(
                "signed   by \(signature.domain.text), selector \(signature.selector.text), "
                    + signature.algorithm.rawValue
            )
        }
        lines += verdict?.notes.map { "note     \($0.explanation)" } ?? []
        return lines.joined(separator: "\n")
    }

    // MARK: At the administrator's own desk

    /// The command that judges it again. What a stranger chose stands behind `=`: it can begin with `-`.
    ///
    /// - Parameter isNamed: whether recipients at a domain are named; nil for an address without one.
    func command(naming isNamed: (String?) -> Bool = { _ in true }) -> String {
        let envelope = transaction.envelope
        func text(_ octets: [UInt8]) -> String { Self.quoted(String(decoding: octets, as: UTF8.self)) }
        var words = ["postseal verify --explain --dns message-\(id)-dns.json --at \(time.rfc3339)"]
        if let client = envelope.clientAddress { words.append("--ip \(client.text)") }
        if !envelope.helo.isEmpty { words.append("--helo=\(text(envelope.helo))") }
        if let mailFrom = envelope.mailFrom {
            words.append("--mail-from=\(text(mailFrom.isEmpty ? Array("<>".utf8) : mailFrom))")
        }
        words += envelope.recipients.filter { isNamed(Self.domain(of: $0)) }.prefix(10).map { "--rcpt=\(text($0))" }
        return (words + ["message.eml"]).joined(separator: " \\\n  ")
    }

    /// For a shell: whatever a stranger wrote is one word, and nothing more.
    static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        if plain, !text.isEmpty, !text.hasPrefix("-") { return text }
        let harmless = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
        return "'" + harmless.replacing("'", with: "'\\''") + "'"
    }

    func omissions(_ replay: MessageReplay.Outcome) -> [String] {
        var omissions = [
            "The body is not kept: for a signature's body hash take message.eml from the mail server or the mailbox."
        ]
        if transaction.message.bytes.isEmpty {
            omissions.append("The header is longer than \(VerdictJournal.headerOctetsMax >> 10) KB and is not kept.")
        }
        if replay.askedNow > 0 {
            omissions.append(
                "Of the answers, \(replay.askedNow) came from parsed records that the daemon held, and had to be asked "
                    + "for again just now, so that the file is whole.")
        }
        return omissions
    }
}
