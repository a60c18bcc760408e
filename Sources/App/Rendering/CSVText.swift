/// Lines of comma-separated values (RFC 4180).
///
/// Texts are a stranger's, and programs for tables take some of them for formulas: an apostrophe in front of those
/// says that they are text.
struct CSVText {
    /// What is in a cell.
    enum Cell {
        case text(String?)
        case number(Int64)

        static func number(_ number: Int) -> Cell { .number(Int64(number)) }
    }

    private(set) var octets: [UInt8] = []

    init(_ heads: [String]) { add(heads.map { .text($0) }) }

    /// Adds a line.
    mutating func add(_ cells: [Cell]) {
        for (place, cell) in cells.enumerated() {
            if place > 0 { octets.append(UInt8(ascii: ",")) }
            switch cell {
            case .number(let number): octets += Array(String(number).utf8)
            case .text(let text): add(text ?? "")
            }
        }
        // RFC 4180 §2: lines end with both.
        octets += Array("\r\n".utf8)
    }

    private mutating func add(_ text: String) {
        let (cell, isFormula) = Self.marked(text)
        let special = [UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ";"), 13, 10, 9]
        guard isFormula || cell.contains(where: special.contains) || cell.first == 32 || cell.last == 32 else {
            octets += cell
            return
        }
        octets.append(UInt8(ascii: "\""))
        for octet in cell {
            if octet == UInt8(ascii: "\"") { octets.append(octet) }
            octets.append(octet)
        }
        octets.append(UInt8(ascii: "\""))
    }

    /// A text with an apostrophe before each formula: in front, and behind what some programs begin a cell at whatever
    /// quotes it, which is a semicolon where the comma stands in numbers, a tab, and a new line.
    private static func marked(_ text: String) -> (octets: [UInt8], isFormula: Bool) {
        var (octets, isFormula): ([UInt8], Bool) = ([], false)
        var (cell, isAtStart) = (0, true)
        for scalar in text.unicodeScalars {
            if isAtStart, signs.contains(scalar) || cell == 0 && breaks.contains(scalar) {
                octets.insert(UInt8(ascii: "'"), at: cell)
                (isFormula, isAtStart) = (true, false)
            }
            // What is not seen does not keep such programs from it, and neither does white space.
            let properties = scalar.properties
            isAtStart =
                isAtStart && (scalar == "\"" || properties.isWhitespace || properties.isDefaultIgnorableCodePoint)
            octets += Array(String(scalar).utf8)
            if ends.contains(scalar) { (cell, isAtStart) = (octets.count, true) }
        }
        return (octets, isFormula)
    }

    /// What a formula begins with. The wide forms are taken for the same by some.
    private static let signs = Set("=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars)
    /// What some programs take for the end of a cell.
    private static let ends = Set(";\t\r\n".unicodeScalars)
    /// What some programs pass over before a formula, and others do not.
    private static let breaks = Set("\t\r\n".unicodeScalars)
}
