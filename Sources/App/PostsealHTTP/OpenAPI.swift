public import MailBytes

/// The description of the interface for programs: OpenAPI 3.1. `docs/openapi.json` is made of it.
public enum OpenAPI {
    /// The document, as `/openapi.json` gives it.
    public static let document: JSONValue = [
        "openapi": "3.1.0",
        "info": information,
        "paths": [
            "/v1/verify": ["post": verify],
            "/v1/reports": ["post": reports],
            "/metrics": ["get": metrics],
            "/healthz": ["get": health],
            "/openapi.json": ["get": description],
            "/": ["get": index],
        ],
        "components": ["schemas": schemas],
    ]

    /// The document as text.
    public static let text = document.indentedText + "\n"

    private static let information: JSONValue = [
        "title": "Postseal",
        "version": "1",
        "summary": "Whether a message is from whom it says: SPF, DKIM, ARC and DMARC.",
        "description": .string(
            "The interface has no passwords and no encryption: it belongs on the loopback, on a socket in the file "
                + "system, or behind a proxy that asks for both. Every error is an object with the member `error`, a "
                + "sentence that never holds what the client sent."),
    ]

    // MARK: Operations

    private static let verify: JSONValue = [
        "operationId": "verify",
        "summary": "Judge a message",
        "description": .string(
            "The body is the message, as a file or the wire has it: lines may end in LF or CR LF. What is known of "
                + "the SMTP session stands in the query, or in the header fields that clients of rspamd send; where "
                + "both have something, the query counts. In the query, `+` stands for itself. Nothing is done with "
                + "the message; the answer is the object that `postseal verify --json` prints, with `file` null."),
        "parameters": .array(parameters),
        "requestBody": [
            "required": true,
            "description": .string(
                "The message. Any content type is taken but multipart/* and application/json, and no content coding: "
                    + "what wraps a message up is not the message."),
            "content": [
                "message/rfc822": [:],
                "*/*": [:],
            ],
        ],
        "responses": .object(
            [JSONMember("200", answer("The verdict.", "application/json", reference("Report")))]
                + errors([400, 408, 413, 414, 415, 417, 431, 500, 501, 503, 505])),
    ]

    private static let parameters: [JSONValue] = [
        parameter("ip", in: "query", "Address of the client that sent the message. Without it SPF says nothing."),
        parameter("helo", in: "query", "What the client said in HELO or EHLO."),
        parameter("mail-from", in: "query", "The reverse-path (MAIL FROM); empty or `<>` for the null sender."),
        parameter("rcpt", in: "query", "A recipient (RCPT TO); may stand there several times.", isList: true),
        [
            "name": "explain", "in": "query",
            "description": "Whether the answer has the member `trace`: every step with the section of the standard.",
            "schema": ["type": "boolean", "default": false],
        ],
        parameter("IP", in: "header", "As `ip`."),
        parameter("Helo", in: "header", "As `helo`."),
        parameter("From", in: "header", "As `mail-from`."),
        parameter("Rcpt", in: "header", "As `rcpt`; may stand there several times."),
    ]

    private static let reports: JSONValue = [
        "operationId": "reports",
        "summary": "Hand in a report",
        "description": .string(
            "The body is a report, packed or not: what it is, is seen by its octets. TLS reports are counted, until "
                + "one of the domain that they name in contact-info takes their place; DMARC reports are kept apart, "
                + "because nothing proves who posted them. Of content codings, gzip and deflate are undone. "
                + "Only with `reports.posts`."),
        "requestBody": [
            "required": true,
            "content": [
                "application/tlsrpt+gzip": [:],
                "application/tlsrpt+json": [:],
                "*/*": [:],
            ],
        ],
        "responses": .object(
            [JSONMember("201", answer("It is stored.", "application/json", reference("StoredReports")))]
                + errors([400, 404, 408, 413, 414, 415, 417, 422, 431, 501, 503, 505])),
    ]

    private static let metrics: JSONValue = [
        "operationId": "metrics",
        "summary": "Numbers for Prometheus",
        "description": "Never labelled by a domain or an address.",
        "responses": .object(
            [
                JSONMember(
                    "200", answer("The exposition format 0.0.4.", "text/plain; version=0.0.4", ["type": "string"]))
            ] + errors([])),
    ]

    private static let health: JSONValue = [
        "operationId": "health",
        "summary": "Whether everything works",
        "description": "As the daemon knows it; nothing is asked for the sake of the answer.",
        "responses": .object(
            [
                JSONMember("200", answer("It does, for mail.", "application/json", reference("Health"))),
                JSONMember("503", answer("It does not, and why.", "application/json", reference("Health"))),
            ] + errors([])),
    ]

    private static let description: JSONValue = [
        "operationId": "description",
        "summary": "This document",
        "responses": .object(
            [JSONMember("200", answer("OpenAPI 3.1.", "application/json", ["type": "object"]))] + errors([])),
    ]

    private static let index: JSONValue = [
        "operationId": "index",
        "summary": "What there is, for people",
        "responses": .object(
            [JSONMember("200", answer("A few lines of text.", "text/plain", ["type": "string"]))] + errors([])),
    ]

    // MARK: Parts

    private static func parameter(
        _ name: String, in place: String, _ description: String, isList: Bool = false
    ) -> JSONValue {
        [
            "name": .string(name), "in": .string(place), "description": .string(description),
            "schema": isList ? ["type": "array", "items": ["type": "string"]] : ["type": "string"],
        ]
    }

    private static func answer(_ description: String, _ type: String, _ schema: JSONValue) -> JSONValue {
        [
            "description": .string(description),
            "content": .object([JSONMember(type, ["schema": schema])]),
        ]
    }

    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static func errors(_ statuses: [Int]) -> [JSONMember] {
        (statuses + [405]).sorted().map { status in
            JSONMember(
                "\(status)", answer(meanings[status] ?? "An error.", HTTPAnswer.json, reference("Error")))
        }
    }

    /// Every status that stands for an error.
    static let meanings: [Int: String] = [
        400: "The message is empty, an address of the envelope is none, or the request breaks the rules of HTTP.",
        404: "No reports are taken here.",
        405: "This is asked for with another method; `Allow` says with which.",
        408: "The request did not come in whole in time.",
        413: "The message, its header, or the report is too large.",
        414: "The target of the request is too long.",
        415: "The body is not the message or the report itself, or has a content coding that is not undone.",
        417: "The request expects something else than 100-continue.",
        422: "There is no report in the body that can be read.",
        431: "The fields of the request are too large or too many.",
        500: "The message could not be checked.",
        501: "The request has a transfer coding other than chunked.",
        503: "Too much is being checked, or the report can't be stored now; `Retry-After` says when to come back.",
        505: "The request is of another version of HTTP than 1.1 and 1.0.",
    ]
}
