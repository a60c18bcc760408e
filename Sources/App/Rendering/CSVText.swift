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
        var cell = Array(text.utf8)
        // White space in front does not keep such programs from it.
        let start = text.unicodeScalars.first { !$0.properties.isWhitespace || $0 == "\t" || $0 == "\r" || $0 == "\n" }
        // The wide forms are taken for the same by some.
        let isFormula = start.map { "=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains($0) } ?? false
        if isFormula { cell.insert(UInt8(ascii: "'"), at: 0) }
        let special = [UInt8(ascii: "\""), UInt8(ascii: ","), 13, 10, 9]
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
}
