/// The reference of all keys as a page, `docs/configuration.md`.
public enum ConfigurationReference {
    /// The page, in Markdown.
    public static let text = render(Declarations.all.map(\.info))

    /// The environment variables that set a key, each with the key's path.
    public static var variables: [(variable: String, path: String)] {
        Declarations.paths(Declarations.all.map(\.info), below: "")
            .filter { $0.info.kind == .value || $0.info.kind == .list || $0.info.hasShortForm }
            .map { (EnvironmentOverrides.variable(for: $0.path), $0.path) }
    }

    private static let introduction = """
        # Configuration

        All keys of `/etc/postseal/postseal.yaml`, made by `make docs` from the declarations that read them.
        `docs/postseal.yaml` is the same as a file to begin with: `postseal config sample` prints it. `postseal config
        check` says whether a file is in order, with the line and what to write instead.

        Each value can be set by the environment instead: `POSTSEAL_` and the path in capitals, as in
        `POSTSEAL_LOG_LEVEL=debug` or `POSTSEAL_MILTER_LISTEN=tcp:127.0.0.1:8891`; lists with commas. The environment
        counts more than the file. Lists of sections (signing rules, exceptions) are for the file alone.

        Of YAML, the file uses sections, lists and single values. Anchors, aliases, tags, text over several lines and
        several documents are refused. `yes` and `no` are what they look like; so is `0660`, but quotes do no harm.

        """

    static func render(_ keys: [KeyInfo]) -> String {
        var lines = [introduction]
        let top = keys.filter { $0.kind != .section }
        lines += ["## At the top", ""] + table(top, below: "") + [""]
        for section in keys where section.kind == .section {
            lines += ["## \(section.name)", "", section.text, ""] + table(section.children, below: section.name) + [""]
        }
        return lines.joined(separator: "\n")
    }

    private static func table(_ keys: [KeyInfo], below parent: String) -> [String] {
        var rows = ["| key | value | default | |", "|---|---|---|---|"]
        for (path, key) in rowsOf(keys, below: parent) {
            let note = key.defaultNote ?? key.defaultText.map { "`\($0)`" } ?? (key.isRequired ? "must be there" : "")
            rows.append("| `\(path)` | \(cell(key.allowed)) | \(note == "`[]`" ? "none" : note) | \(cell(key.text)) |")
        }
        return rows
    }

    /// Keys with those below them.
    private static func rowsOf(_ keys: [KeyInfo], below parent: String) -> [(path: String, info: KeyInfo)] {
        keys.flatMap { key -> [(path: String, info: KeyInfo)] in
            let path = parent.isEmpty ? key.name : "\(parent).\(key.name)"
            return [(path, key)] + rowsOf(key.children, below: path)
        }
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|").joined(separator: "\\|")
    }
}
