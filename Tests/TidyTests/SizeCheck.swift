/// Files, functions and lines that fit a screen and a head.
enum SizeCheck {
    static let fileLinesMax = 450
    static let functionLinesMax = 80
    static let columnsMax = 120

    static func findings(_ file: SwiftText) -> [Finding] {
        var findings: [Finding] = []
        // A line break at the end makes no further line.
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        if count > fileLinesMax {
            findings.append(Finding(path: file.path, line: 0, text: "has \(count) lines, more than \(fileLinesMax)"))
        }
        for (index, line) in file.lines.enumerated() where line.count > columnsMax {
            findings.append(Finding(path: file.path, line: index + 1, text: "has \(line.count) columns"))
        }
        for (index, line) in file.code.enumerated() where isFunction(line) {
            guard let end = body(file, index), end - index + 1 > functionLinesMax else { continue }
            findings.append(
                Finding(path: file.path, line: index + 1, text: "function of \(end - index + 1) lines"))
        }
        return findings
    }

    static func isFunction(_ line: String) -> Bool {
        let words = SwiftText.words(line)
        guard let index = words.firstIndex(where: { ["func", "init", "subscript"].contains($0) }) else { return false }
        // A call such as `self.init(…)` or `.init(…)` is no declaration.
        return words[index] == "func" || !line.contains(".\(words[index])")
    }

    /// The last line of a function; nil for one without a body, as protocols have them.
    private static func body(_ file: SwiftText, _ start: Int) -> Int? {
        var parentheses = 0
        for index in start..<file.code.count {
            for character in file.code[index] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where parentheses == 0: return file.endOfBraces(from: start)
                case "}" where parentheses == 0: return nil
                default: break
                }
            }
            let next = index + 1 < file.code.count ? SwiftText.words(file.code[index + 1]).first : nil
            if parentheses == 0, ["func", "init", "var", "let", "case", "static", "public"].contains(next) {
                return nil
            }
        }
        return nil
    }
}
