public import MailBytes

/// The description of the dashboard's interface for programs: OpenAPI 3.1, made of the table of routes.
/// `docs/dashboard-openapi.json` is made of it.
public enum DashboardAPI {
    /// The document, as `/api/v1/openapi.json` gives it.
    public static let document: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Postseal dashboard", "version": "1",
            "summary": "What the dashboard shows, for programs.",
            "description": .string(
                "Each request bears a token, or the cookie of a session. Who sees what is decided as for the pages: "
                    + "what is about other domains is not there (404). Times are Unix seconds. Every error is an "
                    + "object with the member `error`, a sentence. Fields of a query that nobody asks for are ignored; "
                    + "a value that can't be is refused (400)."),
        ],
        "security": [["token": []], ["session": []], ["session_in_the_clear": []]],
        "paths": .object(paths),
        "components": [
            "securitySchemes": [
                "token": ["type": "http", "scheme": "bearer"],
                "session": [
                    "type": "apiKey", "in": "cookie", "name": .string(Cookie.sessionName(isSecure: true)),
                    "description": "By HTTPS.",
                ],
                "session_in_the_clear": [
                    "type": "apiKey", "in": "cookie", "name": .string(Cookie.sessionName(isSecure: false)),
                    "description": "By HTTP, on the loopback alone.",
                ],
            ],
            "schemas": DashboardSchemas.all,
        ],
    ]

    /// The document as text.
    public static let text = document.indentedText + "\n"

    private static let paths: [JSONMember] = Route.interface.compactMap { route in
        guard let description = route.description else { return nil }
        let parts = route.path.split(separator: "/")
        let path = "/" + parts.map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }.joined(separator: "/")
        let places = parts.filter { $0.hasPrefix(":") }.map { part -> JSONValue in
            ["name": .string(String(part.dropFirst())), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        let fields = description.query.map { name, text -> JSONValue in
            ["name": .string(name), "in": "query", "description": .string(text), "schema": ["type": "string"]]
        }
        let operation: JSONValue = [
            "operationId": .string(identifier(parts)), "summary": .string(description.summary),
            "parameters": .array(places + fields), "responses": .object(responses(description, route.need)),
        ]
        return JSONMember(path, ["get": operation])
    }

    private static func identifier(_ parts: [Substring]) -> String {
        parts.dropFirst(2).map { $0.hasPrefix(":") ? "one" : $0.replacing("-", with: "_") }.joined(separator: "_")
    }

    private static func responses(_ description: APIDescription, _ need: Access.Need) -> [JSONMember] {
        let good: JSONValue =
            description.answer == "File"
            ? .object([
                JSONMember(
                    description.fileType,
                    description.fileType == "application/json"
                        ? [:] : ["schema": ["type": "string", "format": "binary"]])
            ])
            : ["application/json": ["schema": DashboardSchemas.reference(description.answer)]]
        var responses = [JSONMember("200", ["description": .string(description.summary + "."), "content": good])]
        for (status, text) in [
            ("400", "The query can't be read."), ("401", "There is no token, or none that is known."),
            ("403", "The account may not see this."), ("404", "There is no such thing among the account's domains."),
            ("503", "The store can't be read now, or too much is asked for at once."),
            ("default", "Anything else that is refused: a method, a target or a body, for instance."),
        ] {
            responses.append(
                JSONMember(
                    status,
                    [
                        "description": .string(text),
                        "content": ["application/json": ["schema": DashboardSchemas.reference("Error")]],
                    ]))
        }
        return responses
    }
}
