internal import MailBytes
internal import MailNames

/// A line of the daemon's log, as the demo reads it: what the daemon says of a message.
struct DemoRecord: Sendable {
    /// One result of a check, and of whom it speaks.
    struct Check: Hashable, Sendable {
        var name: String
        var word: String
        /// A domain as people write it; empty where there is none to speak of.
        var domain: String
    }

    private let line: JSONValue

    /// - Parameter octets: one line of the log in JSON; nil where it is none.
    init?(_ octets: ArraySlice<UInt8>) {
        guard let line = try? JSONValue(parsing: Array(octets)) else { return nil }
        self.line = line
    }

    private func text(_ name: String) -> String? { line[name]?.stringValue }

    /// Whether the line is the verdict on a message.
    var isVerdict: Bool { text("message") == "message" && text("disposition") != nil }
    /// Whether the line is about something that an administrator should see.
    var isComplaint: Bool { text("level") == "warning" || text("level") == "error" }
    /// What the line says.
    var message: String { text("message") ?? "" }
    /// The mail server's number of the message; nil for one that came over HTTP.
    var queueID: String? { text("queue_id") }
    var mailFrom: String { text("mail_from") ?? "" }
    /// The domain of From.
    var author: String { Self.shown(text("from")) }
    var reason: String { text("reason") ?? "" }
    var disposition: String { text("disposition") ?? "" }
    var isSigned: Bool { line["signed"] != nil }

    /// The signatures: a word, and whose it is.
    private var signatures: [Check] {
        let entries = line["dkim"]?.arrayValue?.compactMap(\.stringValue) ?? [text("dkim") ?? "none"]
        return entries.map { entry in
            let parts = entry.split(separator: " ", maxSplits: 1)
            return Check(
                name: "DKIM", word: parts.first.map { String($0) } ?? "none",
                domain: parts.count > 1 ? Self.shown(String(parts[1])) : "")
        }
    }

    /// What the checks said; empty for our own mail, which is not checked.
    var checks: [Check] {
        guard let arc = text("arc"), let dmarc = text("dmarc") else { return [] }
        let sender = mailFrom.split(separator: "@").last.map { String($0) } ?? text("helo") ?? ""
        let spf = Check(name: "SPF", word: text("spf") ?? "none", domain: Self.shown(sender))
        // What passes is worth more than what does not.
        let dkim = signatures.sorted { $0.word == "pass" && $1.word != "pass" }
        return [spf] + dkim + [
            Check(name: "ARC", word: arc, domain: ""), Check(name: "DMARC", word: dmarc, domain: author),
        ]
    }

    /// The first word of a check; nil where it was not made.
    func word(_ name: String) -> String? { checks.first { $0.name == name }?.word }

    /// Why, for somebody who has never heard of these checks.
    var plainReason: String {
        guard word("DMARC") == "pass" else { return reason }
        let vouching = checks.filter { check in
            check.word == "pass" && !check.domain.isEmpty
                && (check.domain == author || author.hasSuffix("." + check.domain)
                    || check.domain.hasSuffix("." + author))
        }
        let isListed = vouching.contains { $0.name == "SPF" }
        switch (isListed, vouching.contains { $0.name == "DKIM" }) {
        case (true, true):
            return "\(author) vouches for it twice: its own server sent it, and its signature is intact"
        case (true, false): return "\(author) vouches for it: its own server sent it"
        case (false, true): return "\(author) vouches for it: its signature is intact"
        case (false, false): return reason
        }
    }

    /// A domain in letters that people read.
    private static func shown(_ text: String?) -> String {
        guard let text else { return "" }
        return (try? DomainName(mailDomain: text))?.unicodeText ?? text
    }
}
