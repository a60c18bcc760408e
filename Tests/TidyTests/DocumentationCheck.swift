/// Public declarations say what they promise.
enum DocumentationCheck {
    private static let modifiers: Set<String> = [
        "public", "open", "static", "final", "mutating", "nonmutating", "nonisolated", "indirect", "override",
        "convenience", "required", "lazy", "borrowing", "consuming", "set", "private", "internal", "async", "unsafe",
        "class",
    ]
    private static let kinds: Set<String> = [
        "var", "let", "func", "init", "struct", "enum", "class", "actor", "protocol", "typealias", "subscript", "macro",
    ]
    /// What protocols of the standard library and of the house ask for: documented where they are declared.
    private static let witnesses: Set<String> = [
        "description", "debugDescription", "rawValue", "hash", "encode", "makeIterator", "next", "startIndex",
        "endIndex",
        "index", "answer", "configuration", "errorDescription", "main", "run", "validate", "allCases",
    ]

    static func findings(_ file: SwiftText) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() {
            guard let name = declaration(line), !saysAll(line) else { continue }
            if isDocumented(file, index) || isPlain(file, index, name) { continue }
            findings.append(Finding(path: file.path, line: index + 1, text: "public \(name) is not documented"))
        }
        return findings
    }

    /// The kind and name of a public declaration on a line of code; nil if there is none that needs a text.
    static func declaration(_ line: String) -> String? {
        var words = SwiftText.words(line)[...]
        words = words.drop { $0.hasPrefix("@") }
        guard words.first == "public" || words.first == "open", !words.contains("import") else { return nil }
        // `class` is a modifier in front of `func` and `var`, and a kind otherwise.
        while let word = words.first, modifiers.contains(word), word != "class" || words.dropFirst().first == "func" {
            words = words.dropFirst()
        }
        guard let kind = words.first, kinds.contains(kind) else { return nil }
        // Literals and raw values are what protocols ask for, too.
        guard kind != "init", kind != "subscript" else {
            return line.contains("rawValue") || line.contains("Literal ") ? nil : kind
        }
        // Operators have no name in letters; they are what a protocol asks for.
        guard let name = words.dropFirst().first, !line.contains(" == "), !line.contains("func <") else { return nil }
        return witnesses.contains(name) && kind != "struct" ? nil : "\(kind) \(name)"
    }

    /// Whether a stored property is named as its type is, `status: DNSStatus`: a text could only say that again.
    static func saysAll(_ line: String) -> Bool {
        guard !line.contains("{"), let colon = line.firstIndex(of: ":") else { return false }
        guard let name = SwiftText.words(String(line[..<colon])).last?.lowercased() else { return false }
        let type = line[line.index(after: colon)...].prefix { $0 != "=" }.lowercased()
        let plural = name.hasSuffix("sses") || name.hasSuffix("xes") ? 2 : name.hasSuffix("s") ? 1 : 0
        let singular = String(name.dropLast(plural))
        return !singular.isEmpty && SwiftText.words(type).contains { $0.contains(singular) }
    }

    private static func isDocumented(_ file: SwiftText, _ index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = file.lines[above].drop { $0 == " " }
            guard line.hasPrefix("@") || line.hasPrefix(")") else { return line.hasPrefix("///") }
            above -= 1
        }
        return false
    }

    /// Whether this is an initialiser that only sets the properties of the same names, which are documented.
    private static func isPlain(_ file: SwiftText, _ index: Int, _ name: String) -> Bool {
        guard name == "init", let end = file.endOfBraces(from: index) else { return false }
        let body = file.code[index...end].joined(separator: "\n")
        guard let open = body.firstIndex(of: "{"), let close = body.lastIndex(of: "}") else { return false }
        let statements = body[body.index(after: open)..<close].split { $0 == "\n" || $0 == ";" }
        return statements.allSatisfy { statement in
            let words = statement.split(separator: " ").map(String.init)
            if words.isEmpty { return true }
            guard words.count == 3, words[1] == "=" else { return false }
            return words[0] == "self.\(words[2])" || words[0] == "self._\(words[2])"
        }
    }
}
