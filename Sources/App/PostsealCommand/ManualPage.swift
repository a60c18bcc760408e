internal import MailBytes

/// The manual page, made from the argument parser's description of all commands.
struct ManualPage {
    private let root: JSONValue

    /// - Parameter help: what the argument parser dumps: JSON with the tree of commands.
    init(help: String) throws {
        let dumped = try JSONValue(parsing: Array(help.utf8))
        root = dumped["command"] ?? .null
    }

    /// The page in roff's man macros.
    var roff: String {
        var lines = [
            ".\\\" Made by 'postseal manual' from the declarations of the commands.",
            ".TH POSTSEAL 1 \"\" \"postseal \(Version.text)\" \"User Commands\"",
            ".SH NAME", "postseal \\- \(Self.escaped(abstract(root)))",
            ".SH SYNOPSIS", "\\fBpostseal\\fR \\fIcommand\\fR [\\fIoptions\\fR]",
            ".SH DESCRIPTION", Self.escaped(root["discussion"]?.stringValue ?? ""),
            ".SH COMMANDS",
        ]
        for command in subcommands(root) { lines += section(command, path: "postseal") }
        lines += [
            ".SH EXIT STATUS", ".TP", "\\fB0\\fR", "a good verdict", ".TP", "\\fB1\\fR", "a bad verdict",
            ".TP", "\\fB2\\fR", "it could not be told, or the command was used wrongly",
            ".SH EXAMPLES",
            ".nf", "postseal verify --ip 192.0.2.10 --helo mx.example.org --mail-from a@example.org message.eml",
            "postseal verify --explain --record answers.json message.eml",
            "postseal verify --dns answers.json message.eml", ".fi",
        ]
        return lines.joined(separator: "\n")
    }

    private func section(_ command: JSONValue, path: String) -> [String] {
        let name = "\(path) \(command["commandName"]?.stringValue ?? "")"
        let children = subcommands(command)
        guard children.isEmpty else { return children.flatMap { section($0, path: name) } }
        var lines = [".SS \(Self.escaped(name))", Self.escaped(abstract(command))]
        if let discussion = command["discussion"]?.stringValue { lines += [".PP", Self.escaped(discussion)] }
        for argument in command["arguments"]?.arrayValue ?? [] where argument["shouldDisplay"]?.boolValue ?? true {
            lines += entry(argument)
        }
        return lines
    }

    private func entry(_ argument: JSONValue) -> [String] {
        let value = argument["valueName"]?.stringValue ?? "value"
        let names = (argument["names"]?.arrayValue ?? []).compactMap { name -> String? in
            guard let text = name["name"]?.stringValue else { return nil }
            return (name["kind"]?.stringValue == "long" ? "--" : "-") + text
        }
        let heading: String
        switch argument["kind"]?.stringValue {
        case "positional": heading = "\\fI\(Self.escaped(value))\\fR"
        case "option":
            heading =
                names.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ") + " \\fI\(Self.escaped(value))\\fR"
        default: heading = names.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ")
        }
        var text = abstract(argument)
        if let standard = argument["defaultValue"]?.stringValue, !standard.isEmpty { text += " Default: \(standard)." }
        return [".TP", heading, Self.escaped(text)]
    }

    private func abstract(_ value: JSONValue) -> String { value["abstract"]?.stringValue ?? "" }

    private func subcommands(_ command: JSONValue) -> [JSONValue] {
        (command["subcommands"]?.arrayValue ?? []).filter { $0["commandName"]?.stringValue != "help" }
    }

    /// Text that roff prints as it is.
    private static func escaped(_ text: String) -> String {
        var output = ""
        for character in text {
            switch character {
            case "\\": output += "\\e"
            case "-": output += "\\-"
            default: output.append(character)
            }
        }
        return output.hasPrefix(".") || output.hasPrefix("'") ? "\\&" + output : output
    }
}
