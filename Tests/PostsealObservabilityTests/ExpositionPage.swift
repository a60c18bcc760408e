/// A page of the Prometheus exposition format 0.0.4, read as strictly as the format is written down.
struct ExpositionPage {
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    private struct Family {
        var type: String
        var hasSamples = false
    }

    private(set) var samples: [(name: String, labels: [String: String], value: String)] = []
    private var families: [String: Family] = [:]
    private var lastFamily = ""

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Problem(description: "the last line has no end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            try read(String(line))
        }
        for (name, family) in families {
            guard family.hasSamples else { throw Problem(description: "\(name) has no samples") }
            guard family.type != "counter" || name.hasSuffix("_total") else {
                throw Problem(description: "counter \(name) does not end in _total")
            }
        }
        var seen: Set<String> = []
        for sample in samples {
            let key =
                sample.name + sample.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ",")
            guard seen.insert(key).inserted else { throw Problem(description: "\(key) is there twice") }
        }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> String? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func read(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        if line.hasPrefix("# HELP ") {
            guard words.count == 4, families[words[2]] == nil else { throw Problem(description: "bad HELP: \(line)") }
            lastFamily = words[2]
        } else if line.hasPrefix("# TYPE ") {
            guard words.count == 4, words[2] == lastFamily, ["counter", "gauge", "histogram"].contains(words[3]) else {
                throw Problem(description: "bad TYPE: \(line)")
            }
            families[words[2]] = Family(type: words[3])
        } else {
            try readSample(line)
        }
    }

    private mutating func readSample(_ line: String) throws {
        var rest = Substring(line)
        let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest = rest.dropFirst()
                let label = String(rest.prefix { $0.isASCII && ($0.isLetter || $0 == "_") })
                rest = rest.dropFirst(label.count)
                guard rest.hasPrefix("=\""), !label.isEmpty else { throw Problem(description: "bad label: \(line)") }
                rest = rest.dropFirst(2)
                labels[label] = try Self.value(&rest, line)
            } while rest.first == ","
            guard rest.first == "}" else { throw Problem(description: "labels without an end: \(line)") }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", Double(rest.dropFirst()) != nil else {
            throw Problem(description: "no value: \(line)")
        }
        let isOfFamily =
            families[lastFamily]?.type == "histogram"
            ? ["_bucket", "_sum", "_count"].contains { name == lastFamily + $0 } : name == lastFamily
        guard isOfFamily else { throw Problem(description: "sample outside its family: \(line)") }
        families[lastFamily]?.hasSamples = true
        samples.append((name, labels, String(rest.dropFirst())))
    }

    private static func value(_ rest: inout Substring, _ line: String) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            default: throw Problem(description: "bad escape: \(line)")
            }
        }
        throw Problem(description: "value without an end: \(line)")
    }
}
