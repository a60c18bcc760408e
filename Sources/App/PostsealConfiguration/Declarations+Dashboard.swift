extension Declarations {
    static let dashboard: [Key<Draft>] = [
        .records(
            "listen", listener, \.dashboardListeners, short: shortListener, allowed: listenerAllowed,
            example: ["listen: tcp:127.0.0.1:8030"], explainsFields: false,
            """
            Where the pages are served, in the same forms as for milter.listen. Elsewhere than on this machine it \
            needs a certificate, or a proxy in front that has one. The first account is made by 'postseal account add'.
            """),
        .value(
            "certificate", .file, \.configuration.dashboard.certificatePath, note: "in the clear",
            example: "/etc/postseal/tls/chain.pem",
            "A file in PEM with this server's certificate and those of its issuers. It is read again when it changes."
        ),
        .value(
            "key", .file, \.configuration.dashboard.keyPath, note: "in the file of the certificate",
            example: "/etc/postseal/tls/key.pem",
            "The certificate's private key in PEM, a file that nobody else can read."),
        .list(
            "trusted-proxies", .network, \.configuration.dashboard.trustedProxies, example: "[10.0.0.5]",
            """
            Proxies in front, which may say by X-Forwarded-For and X-Forwarded-Proto for whom they speak, and must set \
            both, and hand on the Host that the browser asked for. Without a certificate nobody else is served then, \
            but this machine.
            """),
        .optional(
            "accounts", .accountPlace, \.dashboardAccounts,
            note: "database with reports.store in PostgreSQL, else \(DashboardSettings.accountsStandardPath)",
            example: DashboardSettings.accountsStandardPath,
            """
            The file of the accounts, beside which stands another one with sessions; Postseal must be able to write to \
            its folder. Or 'database': accounts and sessions are in that of reports.store, in PostgreSQL, for several \
            nodes.
            """),
        .value(
            "messages", .count(0...100_000), \.configuration.dashboard.messagesMax,
            default: defaults.configuration.dashboard.messagesMax,
            """
            How many messages are kept in memory with their verdict, header and DNS answers, to be explained: 64 MB at \
            most. 0 keeps none.
            """),
        .value(
            "idle", .time(.seconds(60) ... .seconds(604_800)), \.configuration.dashboard.idleTime,
            default: defaults.configuration.dashboard.idleTime,
            "A session that is not used ends after this time."),
        .value(
            "session", .time(.seconds(300) ... .seconds(2_592_000)), \.configuration.dashboard.lifeTime,
            default: defaults.configuration.dashboard.lifeTime, "A session ends after this time, however it is used."),
    ]
}

extension ValueForm<DashboardSettings.AccountPlace> {
    /// A file, or the database of the reports.
    static var accountPlace: ValueForm {
        ValueForm(noun: "file, or the word 'database'") { text, folder throws(ValueError) in
            text == "database" ? .database : .file(try FileName.resolved(text, folder: folder))
        } print: { place in
            place.description
        }
    }
}

extension DashboardSettings.AccountPlace: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path): path
        case .database: "database"
        }
    }
}
