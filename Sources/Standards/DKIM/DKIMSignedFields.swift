internal import MailBytes
package import MailFormat

/// Which fields are signed when nobody says.
package enum DKIMSignedFields {
    /// Signed as often as they are there and once more, so that none can be added (RFC 6376 §8.15).
    static let oversigned = [
        "From", "To", "Cc", "Subject", "Date", "Reply-To", "Sender", "Message-ID", "Content-Type", "MIME-Version",
        "List-Unsubscribe", "List-Unsubscribe-Post",
    ]

    /// Of these the ones that are left alone where there are none: a server may add what is missing (RFC 6409 §8.2
    /// and §8.3), and Sendmail does so behind its filters, after the signature was made.
    static let added = ["Date", "Message-ID"]

    /// Signed as often as they are there (RFC 6376 §5.4.1; RFC 8058 §4 for the List- fields).
    static let signed = [
        "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "Content-Description", "Content-Language",
        "In-Reply-To", "References", "Resent-Date", "Resent-From", "Resent-To", "Resent-Cc", "Resent-Sender",
        "Resent-Message-ID", "List-Id", "List-Help", "List-Subscribe", "List-Post", "List-Owner", "List-Archive",
        "Feedback-ID", "BIMI-Selector", "Autocrypt",
        // RFC 8460 §5.3.
        "TLS-Report-Domain", "TLS-Report-Submitter",
    ]

    /// The names for a message's `h=`.
    package static func names(for header: HeaderSection) -> [String] {
        var names: [String] = []
        for name in oversigned {
            let count = header.positions(named: name).count
            if count > 0 || !added.contains(name) { names += [String](repeating: name, count: count + 1) }
        }
        for name in signed {
            names += [String](repeating: name, count: header.positions(named: name).count)
        }
        return names
    }
}
