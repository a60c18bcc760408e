internal import CPQ

/// Where a PostgreSQL database is, and how to get in: libpq's connection string, with its service and password files.
///
/// Nothing that is printed of it has a user or a password.
public struct PostgreSQLAddress: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// As it was given.
    let text: String
    /// What must not be in an error.
    private let secrets: [String]
    public let description: String

    /// Takes `postgresql://…`, or words such as `service=postseal` or `host=db.example dbname=postseal`.
    ///
    /// - Throws: where libpq does not understand it, or takes for something else what may be a part of the password.
    ///   The error does not repeat it.
    public init(_ text: String) throws(DatabaseError) {
        let text = Self.withKnownScheme(text)
        guard !text.utf8.contains(0), let options = PQconninfoParse(text, nil) else {
            throw DatabaseError(.cannotOpen, "the connection string can't be read")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        guard !Self.isAmbiguous(text, values) else {
            throw DatabaseError(
                .cannotOpen,
                """
                the connection string has an @ too many, or one behind a /: in a password write @ as %40 and / as %2F, \
                or keep the password in ~/.pgpass
                """)
        }
        self.text = text
        secrets = ["password", "sslpassword"].compactMap { values[$0] }.filter { !$0.isEmpty }
        if let service = values["service"] {
            description = "service=\(service)"
        } else {
            let port = values["port"].map { ":\($0)" } ?? ""
            description = "postgresql://\(values["host"] ?? values["hostaddr"] ?? "")\(port)/\(values["dbname"] ?? "")"
        }
    }

    /// Whether what libpq takes for the host, the port or the name of the database may be a part of a password, which
    /// ends at the first `@` and must not have a `/`.
    private static func isAmbiguous(_ text: String, _ values: [String: String]) -> Bool {
        if values["dbname"]?.contains("://") == true { return true }
        guard let scheme = text.firstRange(of: "://"), text.hasPrefix("postgres") else { return false }
        let rest = text[scheme.upperBound...].prefix { $0 != "?" }
        let authority = rest.prefix { $0 != "/" }
        if authority.count(where: { $0 == "@" }) > 1 || rest.dropFirst(authority.count).contains("@") { return true }
        // It ends at the first @, wherever a ? is. One in front of a host is an abstract socket's.
        let hosts = (values["host"] ?? "").split(separator: ",")
        if hosts.contains(where: { $0.dropFirst().contains("@") }) { return true }
        return values["port"]?.allSatisfy { $0 == "," || ("0"..."9").contains($0) } == false
    }

    /// What is printed of it.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    /// Whether a text is meant to be one, and no path: paths that look like one are written with `./` in front.
    public static func isMeant(by text: String) -> Bool {
        if isURL(text) { return true }
        // libpq lets spaces stand around all parts.
        let word = text.drop { $0 == " " }.prefix { $0 == "_" || ("a"..."z").contains($0) }
        return !word.isEmpty && text[word.endIndex...].drop { $0 == " " }.hasPrefix("=")
    }

    /// Whether a text is one of the form `postgresql://…`, in whatever letters.
    public static func isURL(_ text: String) -> Bool { scheme(of: text) != nil }

    private static func scheme(of text: String) -> String? {
        ["postgresql://", "postgres://"].first { text.prefix($0.count).lowercased() == $0 }
    }

    /// libpq knows its scheme in small letters alone.
    private static func withKnownScheme(_ text: String) -> String {
        scheme(of: text).map { $0 + text.dropFirst($0.count) } ?? text
    }

    /// A text of libpq or the server on one line, without a password.
    func harmless(_ message: String) -> String {
        var clean = message
        for secret in secrets { clean = clean.replacing(secret, with: "…") }
        let line = clean.split { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false }
            .map { $0.trimmingPrefix { $0 == " " } }.joined(separator: "; ")
        return String(line.prefix(Self.messageMax))
    }

    /// Limit: characters of a message that are repeated.
    private static let messageMax = 300
}

/// How long a database on the network is waited for.
public struct PostgreSQLPatience: Hashable, Sendable {
    /// For a connection, with each address of the server. The string may say otherwise (`connect_timeout`).
    public var connectSeconds: Int
    /// For the answer to a statement: the server gives up by then, and a few seconds later so does the connection.
    public var statementSeconds: Int

    /// Takes these limits, none of them endless.
    public init(connectSeconds: Int = 5, statementSeconds: Int = 30) {
        self.connectSeconds = min(max(connectSeconds, 2), 3600)
        self.statementSeconds = min(max(statementSeconds, 1), 86_400)
    }
}
