internal import MailBytes

/// The forms of what the interface answers.
enum DashboardSchemas {
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    static let all: JSONValue = [
        "Error": object([("error", text)]),
        "Domains": object([
            ("days", count), ("cut", truth), ("total", count), ("messages", count), ("pass", count),
            ("days_compared", count), ("messages_compared", nullableCount), ("messages_before", nullableCount),
            ("reports_apart", count),
            (
                "domains",
                list(
                    object([
                        ("domain", text), ("messages", count), ("pass", count), ("messages_compared", nullableCount),
                        ("messages_before", nullableCount), ("policy", reference("Policy")), ("step", text),
                        ("next_step", text),
                    ]))
            ),
        ]),
        "Policy": [
            "type": ["object", "null"],
            "properties": ["p": nullableText, "sp": nullableText, "pct": nullableCount, "testing": truth],
            "required": ["p", "sp", "pct", "testing"], "additionalProperties": false,
        ],
        "Domain": object([
            ("domain", text), ("days", list(object([("day", text), ("pass", count), ("fail", count)]))),
            (
                "protections",
                list(object([("name", text), ("rating", text), ("summary", text), ("evidence", list(text))]))
            ),
        ]),
        "Senders": object([
            ("domain", text), ("begin", count), ("end", count), ("days_compared", count), ("reports", count),
            ("reporters", count), ("reports_apart", count), ("policy", reference("Policy")), ("messages", count),
            ("pass", count), ("messages_compared", nullableCount), ("messages_before", nullableCount),
            ("pass_before", nullableCount), ("senders", list(reference("DailySender"))),
            ("origins", list(reference("Origin"))),
        ]),
        "Origin": object([
            ("kind", text), ("standing", text), ("name", nullableText), ("service", nullableText), ("messages", count),
            ("pass", count), ("messages_compared", nullableCount), ("messages_before", nullableCount),
            ("pass_before", nullableCount), ("addresses", count), ("sources", list(reference("Source"))),
        ]),
        "Source": object([
            ("source", nullableText), ("via", nullableText), ("host", nullableText), ("claimed_host", nullableText),
            ("host_outcome", nullableText), ("service", nullableText), ("messages", count), ("pass", count),
            ("messages_compared", nullableCount), ("messages_before", nullableCount), ("pass_before", nullableCount),
        ]),
        "Sender": object(sender),
        // One number for each day of the period; none for senders that pages do not show.
        "DailySender": object(sender + [("days", list(count))]),
        "Forecast": object([
            ("domain", text), ("policy", text), ("begin", count), ("end", count), ("reports", count),
            ("reporters", count), ("last_report", nullableCount), ("current", reference("Policy")),
            ("messages", count), ("untouched", count), ("touched", count), ("already_touched", count),
            ("endangered", count), ("under_subdomain_policy", count), ("set_up", list(nullableText)),
            ("questionable_sources", list(text)), ("step", text), ("advice", text),
            ("forgotten_servers", list(reference("Source"))), ("senders", list(reference("Sender"))),
        ]),
        "TLS": object([
            ("days", count), ("reports", count), ("succeeded", count), ("failed", count), ("cut", truth),
            (
                "servers",
                list(object([("host", text), ("shared", truth), ("succeeded", count), ("failed", count)]))
            ),
            ("failures", list(object([("domain", text), ("mx", text), ("kind", text), ("sessions", count)]))),
        ]),
        "Reports": object([("reports", list(reference("StoredReport")))]),
        "StoredReport": object([
            ("id", count), ("kind", text), ("report_id", text), ("organization", text), ("domain", nullableText),
            ("begin", nullableCount), ("end", nullableCount), ("received", count), ("messages", nullableCount),
            ("counted", truth), ("quirks", list(text)), ("original", truth),
        ]),
        "Report": object([
            ("report", reference("StoredReport")), ("apart", reference("Apart")),
            ("content", ["type": ["object", "null"]]),
        ]),
        "Apart": [
            "type": ["object", "null"], "properties": ["reason": text, "counted_report": nullableCount],
            "required": ["reason", "counted_report"], "additionalProperties": false,
        ],
        "Failures": object([("failures", list(reference("Failure")))]),
        "Failure": object([
            ("report", count), ("organization", text), ("domain", nullableText), ("arrival", nullableCount),
            ("received", count), ("source", nullableText), ("feedback_type", text), ("auth_failure", nullableText),
            ("delivery_result", nullableText), ("mail_from", nullableText), ("author", nullableText),
            ("incidents", count), ("counted", truth),
        ]),
        "SentReports": object([("reports", list(reference("SentReportEntry")))]),
        "SentReport": object([
            ("report", reference("SentReportEntry")), ("text", text), ("report_id", text), ("subject", text),
            ("file_name", text), ("messages", count), ("destinations", list(reference("SentReportDestination"))),
            ("attempts", list(reference("SentReportAttempt"))),
        ]),
        "SentReportDestination": object([
            ("destination", count), ("requested", text), ("uri", text), ("state", text), ("reason", text),
            ("due", count), ("failures", count), ("ended", nullableCount),
        ]),
        "SentReportAttempt": object([
            ("destination", count), ("number", count), ("node", text), ("began", count), ("ended", nullableCount),
            ("outcome", text), ("answer", text),
        ]),
        "SentReportEntry": object([
            ("id", text), ("kind", text), ("domain", text), ("recipient", text), ("begin", nullableCount),
            ("end", nullableCount), ("state", text), ("time", count), ("note", text),
        ]),
        "Messages": object([("messages", list(reference("MessageEntry")))]),
        "MessageEntry": object([
            ("id", count), ("time", count), ("way", text), ("outgoing", truth), ("queue_id", nullableText),
            ("message_id", nullableText), ("client", nullableText), ("helo", nullableText),
            ("mail_from", nullableText), ("from", nullableText), ("recipient_domains", list(text)),
            ("disposition", text), ("reason", text),
            ("results", list(object([("check", text), ("result", text)]))), ("microseconds", count),
        ]),
        "Message": object([
            ("message", reference("MessageEntry")), ("verdict", ["type": ["object", "null"]]), ("explanation", text),
            ("steps", text), ("replay", text), ("command", text), ("omissions", list(text)),
        ]),
        "Found": object([
            ("domains", list(text)), ("reports", list(reference("StoredReport"))),
            ("messages", list(reference("MessageEntry"))), ("cut", truth),
            ("senders", list(object([("domain", text), ("via", nullableText), ("messages", count)]))),
            (
                "hosts",
                list(
                    object([
                        ("domain", text), ("source", nullableText), ("host", nullableText),
                        ("claimed_host", nullableText), ("host_outcome", text),
                    ]))
            ),
            ("sent", list(reference("SentReportEntry"))),
        ]),
        "State": object([
            ("faults", list(text)), ("settings", list(reference("Fact"))), ("figures", list(reference("Fact"))),
        ]),
        "Fact": object([("name", text), ("text", text)]),
        "Account": object([
            ("name", text), ("role", text), ("domains", ["type": ["array", "null"], "items": text]),
        ]),
        "Accounts": object([
            (
                "accounts",
                list(
                    object([
                        ("name", text), ("role", text), ("domains", list(text)), ("tokens", count), ("created", count),
                    ]))
            )
        ]),
    ]

    private static let sender: [(String, JSONValue)] = [
        ("via", nullableText), ("kind", text), ("messages", count), ("pass", count), ("fail", count),
        ("fail_by_disposition", ["type": "object", "additionalProperties": count]), ("forwarded", count),
        ("messages_compared", nullableCount), ("messages_before", nullableCount), ("pass_before", nullableCount),
        ("addresses", count),
        (
            "sources",
            list(
                object([
                    ("source", text), ("messages", count), ("host", nullableText), ("claimed_host", nullableText),
                    ("host_outcome", nullableText), ("service", nullableText),
                ]))
        ),
    ]

    private static let text: JSONValue = ["type": "string"]
    private static let nullableText: JSONValue = ["type": ["string", "null"]]
    private static let count: JSONValue = ["type": "integer"]
    private static let nullableCount: JSONValue = ["type": ["integer", "null"]]
    private static let truth: JSONValue = ["type": "boolean"]
    private static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        [
            "type": "object", "properties": .object(members.map { JSONMember($0.0, $0.1) }),
            "required": .array(members.map { .string($0.0) }), "additionalProperties": false,
        ]
    }
}
