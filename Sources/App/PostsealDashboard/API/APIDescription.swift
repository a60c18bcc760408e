internal import HTTPTypes
internal import MailBytes

/// What an operation of the interface is for, and what it answers.
struct APIDescription: Sendable {
    var summary: String
    /// Fields of the query, with what they are.
    var query: [(name: String, text: String)] = []
    /// The name of the schema of its answer; `File` for a file to keep.
    var answer: String
    /// The type of a file.
    var fileType: String

    init(
        _ summary: String, query: [(name: String, text: String)] = [], answer: String,
        fileType: String = "application/octet-stream"
    ) {
        self.summary = summary
        self.query = query
        self.answer = answer
        self.fileType = fileType
    }

    static let days = (
        name: "days", text: "How many days up to now, today included: 28 by default, \(ReportDays.countMax) at most."
    )
    static let count = (name: "count", text: "How many at most: 100 by default, \(Visit.countMax) at most.")
    static let page = (name: "page", text: "Which page of them; 1 is the first.")
    static let before = (name: "before", text: "Those behind this report in the list: where the page before ended.")
}

extension Route {
    /// The interface for programs: what the pages show, by the same rules about who sees what.
    static let interface: [Route] = [
        Route(.get, "/api/v1/openapi.json", .nobody) { _, _ in .json(DashboardAPI.document) },
        Route(
            .get, "/api/v1/domains", .account,
            APIDescription(
                "Domains with their mail, and what all of them come to",
                query: [APIDescription.days, APIDescription.page], answer: "Domains")
        ) { try await $0.domainsJSON($1) },
        Route(
            .get, "/api/v1/domains/:domain", .account,
            APIDescription(
                "How a domain is protected, and its mail by day", query: [APIDescription.days], answer: "Domain")
        ) { try await $0.domainJSON($1) },
        Route(
            .get, "/api/v1/domains/:domain/senders", .account,
            APIDescription("Who sends as a domain", query: [APIDescription.days], answer: "Senders")
        ) { try await $0.sendersJSON($1) },
        Route(
            .get, "/api/v1/domains/:domain/what-if", .account,
            APIDescription(
                "What a policy would have done",
                query: [
                    ("policy", "`none`, `quarantine` or `reject`; without it the next stricter one."),
                    APIDescription.days,
                ],
                answer: "Forecast")
        ) { try await $0.forecastJSON($1) },
        Route(
            .get, "/api/v1/tls", .account,
            APIDescription(
                "TLS sessions and failures", query: [("domain", "Of this domain alone."), APIDescription.days],
                answer: "TLS")
        ) { try await $0.tlsJSON($1) },
        Route(
            .get, "/api/v1/reports", .account,
            APIDescription(
                "Reports, the newest first",
                query: [
                    ("domain", "About this domain alone."), ("kind", "`dmarc-aggregate`, `dmarc-failure` or `tlsrpt`."),
                    ("id", "With this identifier alone."), ("apart", "`yes`: those alone that are kept apart."),
                    APIDescription.before, APIDescription.count,
                ], answer: "Reports")
        ) { try await $0.reportsJSON($1) },
        Route(
            .get, "/api/v1/reports/:id", .account,
            APIDescription("A report with all that it says", answer: "Report")
        ) { try await $0.reportJSON($1) },
        Route(
            .get, "/api/v1/reports/:id/original", .account,
            APIDescription("The file that a report came in, where all of it may be seen", answer: "File")
        ) { try await $0.originalFile($1) },
        Route(
            .get, "/api/v1/failures", .account,
            APIDescription(
                "Failure reports, the newest first; one about several domains has a row for each",
                query: [APIDescription.before, APIDescription.count], answer: "Failures")
        ) { try await $0.failuresJSON($1) },
        Route(
            .get, "/api/v1/sent", .everything,
            APIDescription(
                "Reports that were sent, an entry for each destination; count and page are of reports",
                query: [("domain", "About this domain alone."), APIDescription.count, APIDescription.page],
                answer: "SentReports")
        ) { try await $0.sentJSON($1) },
        Route(
            .get, "/api/v1/sent/:id", .everything,
            APIDescription(
                "A report that was sent, with its text, its destinations and the attempts to send it",
                answer: "SentReport")
        ) { try await $0.sentReportJSON($1) },
        Route(
            .get, "/api/v1/sent/:id/document", .everything,
            APIDescription(
                "The document of a report as it was sent: packed XML or JSON, or the mail of a failure report before "
                    + "it is signed",
                answer: "File")
        ) { try await $0.sentDocumentFile($1) },
        Route(
            .get, "/api/v1/messages", .account,
            APIDescription(
                "Messages that were judged, the newest first",
                query: [
                    ("q", "With all these words."),
                    ("before", "Those that were judged before this one: where the page before ended."),
                    APIDescription.count,
                ], answer: "Messages")
        ) { try await $0.messagesJSON($1) },
        Route(
            .get, "/api/v1/messages/:id", .account,
            APIDescription("A message with its explanation", answer: "Message")
        ) { try await $0.messageJSON($1) },
        Route(
            .get, "/api/v1/messages/:id/dns", .account,
            APIDescription(
                "The DNS answers that a message was judged by", answer: "File", fileType: "application/json")
        ) { try await $0.recordedDNSFile($1) },
        Route(
            .get, "/api/v1/messages/:id/header", .account,
            APIDescription("The header of a message as it came", answer: "File")
        ) { try await $0.headerFile($1) },
        Route(
            .get, "/api/v1/search", .account,
            APIDescription(
                "Messages, senders and their hosts, reports that came in and that were sent, and domains",
                query: [("q", "What is looked for.")], answer: "Found")
        ) { try await $0.searchJSON($1) },
        Route(.get, "/api/v1/state", .everything, APIDescription("How the daemon is", answer: "State")) {
            try await $0.stateJSON($1)
        },
        Route(.get, "/api/v1/account", .account, APIDescription("Whose token this is", answer: "Account")) {
            try await $0.accountJSON($1)
        },
        Route(
            .get, "/api/v1/accounts", .management, APIDescription("All accounts, by password alone", answer: "Accounts")
        ) { try await $0.accountsJSON($1) },
    ]
}
