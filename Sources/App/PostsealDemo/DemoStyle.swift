/// How the demo's text looks: colours on a terminal, and lines that fit.
struct DemoStyle: Sendable {
    /// What is emphasised, by its code for terminals.
    enum Tone: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    let hasColours: Bool
    static let columns = 100

    /// The text in its tones; as it is where there are no colours.
    func paint(_ text: String, _ tones: Tone...) -> String {
        guard hasColours, !tones.isEmpty, !text.isEmpty else { return text }
        return "\u{1B}[\(tones.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
    }

    /// The text in lines that fit behind an indentation, broken at spaces.
    ///
    /// - Parameter first: columns of the first line that something else takes.
    static func wrapped(_ text: String, indent: Int, first: Int? = nil) -> [String] {
        var lines: [String] = []
        var line = ""
        var room = columns - (first ?? indent)
        for word in clean(text).split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = ""
                room = columns - indent
            }
            line += line.isEmpty ? word : " " + word
        }
        return lines + [line]
    }

    /// The text without what could command a terminal or turn its lines around: much of it comes from outside.
    static func clean(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t", "\r": output.append(" ")
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{2028}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                output.append("?")
            default: output.append(scalar)
            }
        }
        return String(output)
    }

    /// The text with blanks behind it.
    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension DemoOutcome {
    /// A sign that is one column wide.
    var sign: String {
        switch self {
        case .accepted: "✓"
        case .marked: "!"
        case .quarantined: "□"
        case .refused: "✗"
        case .deferred: "…"
        case .signed: "✎"
        }
    }

    var tone: DemoStyle.Tone {
        switch self {
        case .accepted: .green
        case .marked: .yellow
        case .quarantined: .magenta
        case .refused: .red
        case .deferred: .blue
        case .signed: .cyan
        }
    }

    /// What it means for the reader and the sender.
    var meaning: String {
        switch self {
        case .accepted: "in Carol's inbox, with our findings in the header"
        case .marked: "in Carol's inbox, with a mark in the subject that she sees"
        case .quarantined: "kept back until somebody has looked at it"
        case .refused: "never taken: the sender's server was told why"
        case .deferred: "asked to come again later; nothing is lost"
        case .signed: "our own mail, on its way with our signatures"
        }
    }
}
