/// The commented sample, `postseal config sample`: every key with its explanation and its default.
///
/// Lines that begin with `# ` explain. Lines that begin with `#` and go on with anything but one blank are settings
/// that are switched off: without their `#` they are read.
public enum ConfigurationSample {
    /// The sample as a file.
    public static let text = render(Declarations.all.map(\.info))

    private static let columnsMax = 100

    static func render(_ keys: [KeyInfo]) -> String {
        var lines = header
        for key in keys { add(key, indent: 0, to: &lines) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let header: [String] =
        wrapped(
            """
            The configuration of postseal. Every key is here with its default; what begins with '#' is switched off: \
            take the '#' away, keep the indentation, and change the value.
            """, indent: 0) + ["#"]
        + wrapped(
            """
            Then run 'postseal config check'. A running postseal takes the file over when it gets SIGHUP ('systemctl \
            reload postseal'): all of it, or, if anything is wrong, nothing. What needs a restart: \
            \(RestartKey.allCases.map(\.rawValue).joined(separator: ", ")).
            """, indent: 0) + ["#"]
        + wrapped(
            """
            Names of files are relative to the folder of this one. Times are written 500ms, 5s, 10m, 2h. Text that \
            begins with a sign such as * or @ stands in quotes. Each value can be set by the environment instead, \
            which counts more: POSTSEAL_ and the path of the key in capitals, such as POSTSEAL_LOG_LEVEL=debug; \
            lists with commas.
            """, indent: 0)

    private static func add(_ key: KeyInfo, indent: Int, to lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        lines.append("")
        lines += wrapped(explanation(key), indent: indent)
        if key.kind == .section {
            lines.append("\(margin)\(key.name):")
            for child in key.children { add(child, indent: indent + 2, to: &lines) }
            return
        }
        for (path, child) in parts(key.children, below: "") {
            lines += wrapped("- \(path): \(explanation(child))", indent: indent)
        }
        if key.isEssential {
            lines += key.example.map { margin + $0 }
        } else {
            lines += (key.example.isEmpty ? ["\(key.name): \(key.defaultText ?? "")"] : key.example).map {
                margin + "#" + $0
            }
        }
        lines += key.furtherExample.map { margin + "#" + $0 }
    }

    /// The keys within the sections of a list.
    static func parts(_ keys: [KeyInfo], below parent: String) -> [(path: String, info: KeyInfo)] {
        keys.flatMap { key -> [(path: String, info: KeyInfo)] in
            let path = parent.isEmpty ? key.name : "\(parent).\(key.name)"
            return [(path, key)] + parts(key.children, below: path)
        }
    }

    private static func explanation(_ key: KeyInfo) -> String {
        var text = key.text
        if !key.words.isEmpty, key.words != ["yes", "no"] { text += " One of \(key.words.joined(separator: ", "))." }
        if let note = key.defaultNote {
            text += " Default: \(note)."
        } else if !key.example.isEmpty, key.defaultText == "[]", !key.isEssential {
            text += " Default: none."
        }
        return text
    }

    /// Comment lines of a paragraph.
    private static func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent) + "#"
        var lines: [String] = []
        var line = margin
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > columnsMax, line != margin {
                lines.append(line)
                line = margin
            }
            line += " " + word
        }
        return lines + [line]
    }
}
