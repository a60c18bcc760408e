internal import MailBytes
internal import Yams

extension YAMLDocument {
    /// The library's complaint in words that say what to mend. They never hold the file's text.
    static func failure(_ error: YamlError, in text: String) -> Failure {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            return Failure(mark.line, mark.column, sentence(for: problem))
        case .composer(_, let problem, let mark, _):
            let isSecond = problem.contains("another document")
            return Failure(
                mark.line, mark.column,
                isSecond ? "a second document begins here ('---'); a configuration is one" : sentence(for: problem))
        case .reader(let problem, _, _, _): return Failure(1, 1, sentence(for: problem))
        case .duplicatedKeysInMapping(let duplicates, let context):
            return duplicate(duplicates.first ?? "", context.mark, text)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return Failure(1, 1, "the file cannot be read as YAML")
        }
    }

    private static func sentence(for problem: String) -> String {
        switch problem {
        case "mapping values are not allowed in this context":
            "a colon where none can be: the line is indented differently from those around it, or its text must be in "
                + "quotes"
        case "did not find expected key", "did not find expected '-' indicator":
            "the line is indented differently from those around it"
        case "could not find expected ':'": "a colon is missing behind the key"
        case "did not find expected ',' or ']'": "the list in brackets is not closed, or a comma is missing"
        case "did not find expected ',' or '}'": "the section in braces is not closed, or a comma is missing"
        default: "no YAML: \(problem)"
        }
    }

    /// A key that is in its section twice. The library names the first place; the second is the one to mend.
    private static func duplicate(_ key: String, _ first: Mark, _ text: String) -> Failure {
        let spellings = [key, "\"\(key)\"", "'\(key)'"].map { Array($0.utf8) }
        let lines = Array(text.utf8).split(separator: .lineFeed, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated().dropFirst(first.line) {
            let content = line.dropFirst(first.column - 1)
            guard line.prefix(first.column - 1).allSatisfy({ $0 == .space || $0 == UInt8(ascii: "-") }) else {
                continue
            }
            guard spellings.contains(where: { isKey($0, at: content) }) else { continue }
            return Failure(
                index + 1, first.column, key: shown(key), "is set a second time; the first is in line \(first.line)")
        }
        return Failure(first.line, first.column, key: shown(key), "is set twice in the same section")
    }

    private static func shown(_ key: String) -> String { String(Shown.quoted(key).dropFirst().dropLast()) }

    private static func isKey(_ spelling: [UInt8], at content: ArraySlice<UInt8>) -> Bool {
        guard content.starts(with: spelling) else { return false }
        return content.dropFirst(spelling.count).drop { $0 == .space }.first == UInt8(ascii: ":")
    }
}
