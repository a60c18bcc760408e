internal import MailBytes
internal import Yams

/// The text of a configuration file as nodes, or the reason why it has none.
enum YAMLDocument {
    /// Limit: nodes within each other; ``YAMLSubset`` lets no more through than the stack holds.
    static let depthMax = 24

    /// Why a text is no configuration at all.
    struct Failure: Error, Hashable {
        var place: ConfigurationProblem.Place
        var key: String?
        var text: String

        init(_ line: Int, _ column: Int, key: String? = nil, _ text: String) {
            place = .line(line, column: column)
            self.key = key
            self.text = text
        }
    }

    /// Reads a file's octets; an empty file is an empty section.
    static func read(_ octets: [UInt8]) throws(Failure) -> ConfigurationNode {
        var octets = octets
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { octets.removeFirst(3) }
        guard octets.count <= YAMLSubset.octetsMax else {
            throw Failure(1, 1, "the file is longer than \(YAMLSubset.octetsMax) octets")
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            let line = lineOfBadUTF8(octets)
            throw Failure(line, 1, "this line is not UTF-8")
        }
        do throws(YAMLSubset.Violation) {
            try YAMLSubset.check(octets)
        } catch {
            throw Failure(error.line, error.column, error.text)
        }
        guard let root = try compose(text) else { return ConfigurationNode(.section([]), at: .whole) }
        return try convert(root, depth: 0)
    }

    private static func compose(_ text: String) throws(Failure) -> Node? {
        do {
            // No rules of YAML's own for what a word is: `yes` and `0660` come as they are written.
            return try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch let error as YamlError {
            throw failure(error, in: text)
        } catch {
            throw Failure(1, 1, "the file cannot be read as YAML")
        }
    }

    private static func convert(_ node: Node, depth: Int) throws(Failure) -> ConfigurationNode {
        let (line, column) = (node.mark?.line ?? 1, node.mark?.column ?? 1)
        let place = ConfigurationProblem.Place.line(line, column: column)
        guard depth < depthMax else { throw Failure(line, column, "sections nested deeper than anything here") }
        switch node {
        case .scalar(let scalar):
            return ConfigurationNode(.scalar(scalar.string, isPlain: scalar.style == .plain), at: place)
        case .sequence(let sequence):
            var values: [ConfigurationNode] = []
            for value in sequence { values.append(try convert(value, depth: depth + 1)) }
            return ConfigurationNode(.list(values), at: place)
        case .mapping(let mapping):
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in mapping {
                let (line, column) = (key.mark?.line ?? line, key.mark?.column ?? column)
                guard case .scalar(let scalar) = key else { throw Failure(line, column, "a key must be a word") }
                entries.append(
                    ConfigurationNode.Entry(
                        key: scalar.string, place: .line(line, column: column),
                        value: try convert(value, depth: depth + 1)))
            }
            return ConfigurationNode(.section(entries), at: place)
        case .alias: throw Failure(line, column, "YAML's aliases are not used here")
        }
    }

    private static func lineOfBadUTF8(_ octets: [UInt8]) -> Int {
        let lines = octets.split(separator: .lineFeed, omittingEmptySubsequences: false)
        return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
    }
}
