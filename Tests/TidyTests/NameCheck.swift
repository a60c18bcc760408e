/// A module has no type of its own name: `DMARC.Record` would mean a member of the type, not of the module.
struct NameCheck {
    /// Modules that do, and why that is borne.
    static let allowed: [String: String] = [
        "Trace": "has few types, each with a name of its own, so that nobody needs to qualify one",
        "UnboundResolver": "has few types, each with a name of its own, so that nobody needs to qualify one",
    ]

    static func findings(_ file: SwiftText) -> [Finding] {
        guard let module = ImportCheck.place(file.path)?.module, allowed[module] == nil else { return [] }
        return file.code.enumerated().compactMap { index, line in
            let words = SwiftText.words(line)
            guard let kind = words.firstIndex(where: { kinds.contains($0) }), words.dropFirst(kind + 1).first == module,
                !line.hasPrefix(" ")
            else { return nil }
            return Finding(path: file.path, line: index + 1, text: "module \(module) has a type of its own name")
        }
    }

    private static let kinds: Set<String> = ["struct", "enum", "class", "actor", "protocol", "typealias"]
}
