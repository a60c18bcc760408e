/// `docs/rfc.md` and the citations in the sources say the same.
struct CitationCheck {
    /// A row of the table.
    struct Row: Hashable {
        var number: Int
        var state: String
        var line: Int
    }

    static let states: Set<String> = ["done", "partly", "no", "later"]

    let rows: [Row]
    let path: String

    /// Reads the rows whose first cell is a number.
    init(path: String, table text: String) {
        self.path = path
        rows = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            }
            guard cells.count >= 6, let number = Int(String(cells[1])) else { return nil }
            return Row(number: number, state: String(cells[3]), line: index + 1)
        }
    }

    /// The RFCs that a line of source names: `RFC 7208 §4.6.4`, `RFCs 6376`, `.rfc(7208, "4.6.4")`.
    static func cited(_ line: String) -> [Int] {
        var numbers: [Int] = []
        for mark in ["RFC ", "RFCs ", ".rfc("] {
            var rest = line[...]
            while let range = rest.firstRange(of: mark) {
                rest = rest[range.upperBound...]
                if let number = Int(rest.prefix { $0.isNumber }) { numbers.append(number) }
            }
        }
        return numbers
    }

    func findings(_ files: [SwiftText]) -> [Finding] {
        var findings: [Finding] = []
        var numbers: Set<Int> = []
        let listed = Set(rows.map(\.number))
        for file in files {
            for (index, line) in file.lines.enumerated() {
                for number in Self.cited(line) {
                    numbers.insert(number)
                    guard !listed.contains(number) else { continue }
                    findings.append(Finding(path: file.path, line: index + 1, text: "RFC \(number) is not in \(path)"))
                }
            }
        }
        for row in rows {
            func add(_ text: String) { findings.append(Finding(path: path, line: row.line, text: text)) }
            if !Self.states.contains(row.state) { add("RFC \(row.number) has the state '\(row.state)'") }
            if rows.contains(where: { $0.number == row.number && $0.line < row.line }) {
                add("RFC \(row.number) is there twice")
            }
            if ["done", "partly"].contains(row.state), !numbers.contains(row.number) {
                add("RFC \(row.number) is \(row.state), and no source cites it")
            }
        }
        return findings
    }
}
