public import MailBytes

/// What is wrong with a configuration, or worth a second look, in one line.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Whether the daemon can start nevertheless.
    public enum Severity: String, Sendable, Hashable {
        case error, warning
    }

    /// Where it stands.
    public enum Place: Sendable, Hashable {
        /// A line and a column of the file, from 1.
        case line(Int, column: Int)
        /// An environment variable.
        case variable(String)
        /// The configuration as a whole.
        case whole
    }

    public var severity: Severity
    /// The configuration file, as it was named; nil where there is none.
    public var file: String?
    public var place: Place
    /// The key with its sections, such as `incoming.spf-fail`.
    public var key: String?
    /// One clause. Never holds any of a private key.
    public var text: String

    public init(_ severity: Severity, file: String?, place: Place, key: String?, text: String) {
        self.severity = severity
        self.file = file
        self.place = place
        self.key = key
        self.text = text
    }

    /// `postseal.yaml:12: incoming.spf-fail: 'rejct' is not one of …`
    public var description: String {
        let start: String? =
            switch place {
            case .line(let line, _): file.map { "\($0):\(line)" } ?? "line \(line)"
            case .variable(let name): name
            case .whole: file
            }
        return [start, key, text].compactMap(\.self).joined(separator: ": ")
    }

    /// For `--json`: `severity`, `file`, `line`, `column` or `variable`, `key`, `text`.
    public var json: JSONValue {
        var members: [JSONMember] = [JSONMember("severity", .string(severity.rawValue))]
        if let file { members.append(JSONMember("file", .string(file))) }
        switch place {
        case .line(let line, let column):
            members.append(JSONMember("line", .integer(Int64(line))))
            members.append(JSONMember("column", .integer(Int64(column))))
        case .variable(let name): members.append(JSONMember("variable", .string(name)))
        case .whole: break
        }
        if let key { members.append(JSONMember("key", .string(key))) }
        members.append(JSONMember("text", .string(text)))
        return .object(members)
    }
}

/// A configuration that cannot be used: every reason, not only the first.
public struct ConfigurationFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The errors in the order of the file, and the warnings besides.
    public var problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    /// The errors alone.
    public var errors: [ConfigurationProblem] { problems.filter { $0.severity == .error } }

    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Why a value is none: one clause.
struct ValueError: Error, Hashable {
    var text: String

    init(_ text: String) { self.text = text }
}

/// How values from the file are shown in errors.
enum Shown {
    /// Limit: a longer value is cut.
    static let charactersMax = 60

    /// The value in quotes, short and printable. What could be a private key is never shown.
    static func quoted(_ text: String) -> String {
        if looksSecret(text) { return "'…'" }
        let isLong = text.unicodeScalars.count > charactersMax
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(charactersMax) {
            output.append(scalar.properties.isGraphical ? scalar : "?")
        }
        return "'\(String(output))\(isLong ? "…" : "")'"
    }

    /// Whether this is a key rather than the name of its file: PEM, or a long run of base64.
    static func looksSecret(_ text: String) -> Bool {
        text.contains("PRIVATE KEY") || text.contains("-----")
            || text.utf8.count >= 44 && text.utf8.allSatisfy { $0.isAlphanumeric || "+/=".utf8.contains($0) }
                && !text.hasPrefix("/")
    }
}

extension Unicode.Scalar.Properties {
    /// Letters, signs, marks and the blank: nothing that moves a cursor or reorders text.
    fileprivate var isGraphical: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
