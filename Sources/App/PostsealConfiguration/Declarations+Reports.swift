internal import Databases
internal import MailBytes
internal import PostsealEngine

extension Declarations {
    static let reports: [Key<Draft>] = [
        .value(
            "store", .reportStore, \.configuration.reports.store, default: defaults.configuration.reports.store,
            """
            Where reports are kept: a file, or postgresql://user@host/database where several machines share one. \
            A password belongs in the file that libpq reads (~/.pgpass), or in POSTSEAL_REPORTS_STORE.
            """),
        .list(
            "addresses", .recipient, \.configuration.reports.addresses, example: "[dmarc-reports@example.org]",
            """
            Where reports are sent to (rua, ruf). Mail to these is looked through by milter and proxy; it is answered \
            when its reports are stored, and with "later" where they can't be.
            """),
        .value(
            "mail", .word, \.configuration.reports.mailFate, default: defaults.configuration.reports.mailFate,
            "What becomes of mail in which reports were found: it is delivered all the same, or discarded."),
        .list(
            "folders", .file, \.configuration.reports.folders, example: "[/var/mail/dmarc-reports]",
            """
            Maildirs and other folders that are looked through for reports, every minute: mailboxes that fetchmail or \
            mbsync fill, or a folder that you lay files in. Links and folders within are not followed.
            """),
        .value(
            "files", .word, \.configuration.reports.fileFate, default: defaults.configuration.reports.fileFate,
            """
            What becomes of files there whose reports are stored: those of a Maildir go at once, others a minute later \
            if nobody has written on. What holds no report is never touched.
            """),
        .section(
            "lmtp", reportLMTP,
            "Takes mail with reports by LMTP, for mail servers that can't hand it over otherwise. Off by default."),
        .value(
            "posts", .boolean, \.configuration.reports.takesPosts, default: defaults.configuration.reports.takesPosts,
            """
            Whether POST /v1/reports at http.listen takes reports: TLS reports that are sent to https addresses \
            (RFC 8460). A web server in front of it has the certificate.
            """),
        .list(
            "trusted-receivers", .authservID, \.configuration.reports.trustedReceivers,
            example: "[mx.google.com]",
            """
            Whose Authentication-Results in watched mailboxes and by LMTP are believed, besides our own: the name that \
            your mailbox provider writes into the topmost. Where it says nothing of DMARC, the mail's signatures decide.
            """),
        .value(
            "host-names", .boolean, \.configuration.reports.looksHostNamesUp,
            default: defaults.configuration.reports.looksHostNamesUp,
            """
            Whether the host names of the sources in reports are looked up, the largest first, a few at a time: they \
            tell own servers and known services from others.
            """),
        .value(
            "keep-files", .count(1...36_500), \.configuration.reports.originalDays,
            default: defaults.configuration.reports.originalDays,
            "How many days the files are kept that reports came in."),
        .value(
            "keep-records", .count(1...36_500), \.configuration.reports.recordDays,
            default: defaults.configuration.reports.recordDays,
            "How many days the records of reports are kept, which are searched by source."),
        .value(
            "keep-sums", .count(1...36_500), \.configuration.reports.tallyDays,
            default: defaults.configuration.reports.tallyDays,
            "How many days the sums are kept, which all charts are made of. Nothing is kept longer than these."),
        .value(
            "size", .count(1_048_576...1_000_000_000_000_000), \.configuration.reports.octetsMax,
            default: defaults.configuration.reports.octetsMax,
            "How many octets the store may take. What is kept apart goes first, then the oldest files and samples of "
                + "failures, then the oldest records."),
        .section(
            "send", reportSending,
            "Our own reports about the mail and the servers of others, to those who ask for them. Off by default."),
    ]

    private static let reportLMTP: [Key<Draft>] = [
        .records(
            "listen", listener, \.reportListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: unix:/run/postseal/reports.sock"], explainsFields: false,
            "Where to listen, in the same forms as for milter.listen.")
    ]
}

extension ValueForm<ReportStoreLocation> {
    /// A file or a PostgreSQL database.
    static var reportStore: ValueForm {
        ValueForm(noun: "file, or database such as postgresql://postseal@db.example.org/postseal") {
            text, folder throws(ValueError) in
            let location = ReportStoreLocation(text)
            if case .postgreSQL = location {
                // The text is not shown: it may have a password in it.
                let isURL = PostgreSQLAddress.isURL(text)
                guard text.utf8.allSatisfy({ $0.isVisible || !isURL && $0 == .space }) else {
                    throw ValueError(isURL ? "spaces can't stand in this address" : "it must be on one line")
                }
                return location
            }
            return .file(try FileName.resolved(text, folder: folder))
        } print: { location in
            location.description
        }
    }
}
