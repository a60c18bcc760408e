internal import MailBytes
internal import MailNames
public import MailReports
public import PostsealReports
internal import TLSRPT

extension MailReport {
    /// A line for each record of an aggregate report, for each result of a TLS report, or for a failure report.
    public var csv: [UInt8] {
        switch self {
        case .aggregate(let report): report.csv
        case .failure(let report): report.csv
        case .tls(let report): report.csv
        }
    }
}

extension DMARCAggregateReport {
    fileprivate var csv: [UInt8] {
        var text = CSVText([
            "organization", "report_id", "domain", "begin", "end", "source_ip", "count", "disposition", "dkim", "spf",
            "reasons", "header_from", "envelope_from", "envelope_to", "auth_dkim", "auth_spf",
        ])
        func word(_ isAligned: Bool?) -> String? { isAligned.map { $0 ? "pass" : "fail" } }
        for record in records {
            text.add([
                .text(organizationName), .text(reportID), .text(policy.domain), .text(begin?.rfc3339),
                .text(end?.rfc3339), .text(record.source.text), .number(record.count),
                .text(record.disposition?.word), .text(word(record.dkimAligned)), .text(word(record.spfAligned)),
                .text(record.reasons.map(\.type.word).joined(separator: " ")), .text(record.headerFrom),
                .text(record.envelopeFrom), .text(record.envelopeTo),
                .text(record.dkim.map { "\($0.domain ?? "?")=\($0.result.word)" }.joined(separator: " ")),
                .text(record.spf.map { "\($0.domain ?? "?")=\($0.result.word)" }.joined(separator: " ")),
            ])
        }
        return text.octets
    }
}

extension TLSReport {
    fileprivate var csv: [UInt8] {
        var text = CSVText([
            "organization", "report_id", "domain", "begin", "end", "policy_type", "successful_sessions",
            "failed_sessions", "result_type", "mx", "sending_ip", "receiving_ip", "result_sessions", "reason",
        ])
        for policy in policies {
            let head: [CSVText.Cell] = [
                .text(organizationName), .text(reportID), .text(policy.domain?.text), .text(begin.rfc3339),
                .text(end.rfc3339), .text(policy.type.word),
            ]
            text.add(
                head + [.number(policy.successfulSessions), .number(policy.failedSessions)]
                    + Array(repeating: .text(nil), count: 6))
            for failure in policy.failures {
                text.add(
                    head + [
                        .text(nil), .text(nil), .text(failure.resultType.word), .text(failure.receivingMXHostname),
                        .text(failure.sendingMTAIP), .text(failure.receivingIP), .number(failure.failedSessions),
                        .text(failure.failureReasonCode),
                    ])
            }
        }
        return text.octets
    }
}

extension FeedbackReport {
    fileprivate var csv: [UInt8] {
        var text = CSVText([
            "reporting_mta", "reported_domain", "arrival", "feedback_type", "auth_failure", "delivery_result",
            "source_ip", "mail_from", "incidents",
        ])
        text.add([
            .text(reportingHost), .text(reportedDomains.joined(separator: " ")), .text(arrivalDate?.rfc3339),
            .text(feedbackType), .text(authFailure), .text(deliveryResult), .text(value("Source-IP")),
            .text(value("Original-Mail-From")), .number(incidents),
        ])
        return text.octets
    }
}

extension StoredReport {
    /// A line for each report.
    public static func csv(_ reports: [StoredReport]) -> [UInt8] {
        var text = CSVText([
            "id", "kind", "organization", "report_id", "domain", "begin", "end", "received", "messages", "counted",
            "quirks",
        ])
        for report in reports {
            text.add([
                .number(report.id), .text(report.kind), .text(report.organization), .text(report.reportID),
                .text(report.domain), .text(report.begin?.rfc3339), .text(report.end?.rfc3339),
                .text(report.received.rfc3339), .number(report.messages), .text(report.isCounted ? "yes" : "no"),
                .text(report.quirks.joined(separator: " ")),
            ])
        }
        return text.octets
    }
}

extension ReportTally {
    /// A line for each sum, in the order of days and sources.
    public static func csv(_ tallies: [ReportTally], of domain: String) -> [UInt8] {
        var text = CSVText([
            "domain", "day", "source", "via", "dkim", "spf", "disposition", "exception", "subdomain", "messages",
        ])
        func word(_ isAligned: Bool) -> CSVText.Cell { .text(isAligned ? "pass" : "fail") }
        let sorted = tallies.map { (tally: $0, source: $0.key.source.text ?? "") }
            .sorted { ($0.tally.start.seconds, $0.source) < ($1.tally.start.seconds, $1.source) }
        for (tally, source) in sorted {
            let key = tally.key
            text.add([
                .text(domain), .text(tally.start.day), .text(source), .text(key.via), word(key.isDKIMAligned),
                word(key.isSPFAligned), .text("\(key.disposition)"), .text("\(key.exception)"),
                .text(key.isSubdomain ? "yes" : "no"), .number(tally.messages),
            ])
        }
        return text.octets
    }
}
