internal import MailBytes

extension Declarations {
    static let tlsReports: [Key<Draft>] = [
        .optional(
            "contact", .contact, \.configuration.transport.reports.contact, note: "nothing is counted",
            example: "tls-reports@example.org",
            """
            The address to ask at, which each report names. Its domain is the one that reports are from. With it, \
            sessions are counted and reports made. reports.send sends them; without it they wait in the folder \
            'outbox' for another program.
            """),
        .value(
            "organization", .shortText, \.configuration.transport.reports.organization, note: "name, at the top",
            example: "Example Ltd", "Who sends the reports, as they say it."),
        .records(
            "listen", listener, \.tlsReportListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: unix:/run/postseal/tlsrpt.sock"], explainsFields: false,
            """
            Where Postfix 3.10 and later tells of its sessions: a Unix socket, named in main.cf by \
            smtp_tlsrpt_socket_name. The forms are those of milter.listen. What the relay sees is counted anyway.
            """),
        .value(
            "node", .letters, \.configuration.transport.reports.node,
            note: "those of name, where reports.store is in PostgreSQL", example: "mx1",
            "Letters and digits that tell this machine's reports from those of others with the same contact."),
        .value(
            "folder", .file, \.configuration.transport.reports.folder,
            default: defaults.configuration.transport.reports.folder,
            "Where counts and reports are kept. Postseal must be able to write there, and be alone."),
        .value(
            "keep", .time(.seconds(86_400) ... .seconds(365 * 86_400)), \.configuration.transport.reports.kept,
            default: defaults.configuration.transport.reports.kept,
            """
            After so long, reports that nobody has sent are taken away, and so are the counts of domains that can't be \
            looked up.
            """),
        .value(
            "size", .count(1_000_000...1_000_000_000_000), \.configuration.transport.reports.octetsMax,
            default: defaults.configuration.transport.reports.octetsMax,
            "How many octets reports and counts of past days may take. The oldest go first."),
    ]
}

extension ValueForm<TLSReportSettings.Contact> {
    /// A plain address.
    static var contact: ValueForm {
        ValueForm(noun: "mail address such as tls-reports@example.org") { text, _ throws(ValueError) in
            guard let at = text.lastIndex(of: "@"),
                let domain = try? DomainText.read(String(text[text.index(after: at)...])),
                Self.isPlain(text[..<at])
            else { throw ValueError("\(Shown.quoted(text)) is no mail address such as tls-reports@example.org") }
            return TLSReportSettings.Contact(localPart: String(text[..<at]), domain: domain)
        } print: { contact in
            contact.description
        }
    }

    /// A dot-atom (RFC 5322 §3.2.3).
    private static func isPlain(_ localPart: Substring) -> Bool {
        localPart.utf8.count <= 64
            && localPart.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.allSatisfy(\.isAtext)
            }
    }
}

extension ValueForm<String> {
    /// A few words.
    static var shortText: ValueForm {
        ValueForm(noun: "few words, of at most 200 octets") { text, _ throws(ValueError) in
            guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ !$0.isControl }) else {
                throw ValueError("\(Shown.quoted(text)) is no text of 1 to 200 octets")
            }
            return text
        } print: { text in
            text
        }
    }

    /// Letters and digits of ASCII.
    static var letters: ValueForm {
        ValueForm(noun: "word of letters and digits such as mx1") { text, _ throws(ValueError) in
            guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy(\.isAlphanumeric) else {
                throw ValueError("\(Shown.quoted(text)) is no word of 1 to 32 letters and digits, such as mx1")
            }
            return text
        } print: { text in
            text
        }
    }
}
