internal import MailBytes

/// A header field as a mail server holds it.
public struct MilterField: Hashable, Sendable {
    /// As it stands before the colon.
    public var name: [UInt8]
    /// What stands behind the colon, the white space there included, CRLF between its lines and nothing at the end.
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// A field of texts; one space goes before the value.
    public init(_ name: String, _ value: String) { self.init(name: Array(name.utf8), value: Array(" \(value)".utf8)) }

    /// The field with its line end.
    public var octets: [UInt8] { name + [UInt8(ascii: ":")] + value + [.carriageReturn, .lineFeed] }

    /// Takes a message apart: the fields of its header, and its body. Lines may end in CRLF or LF; fields get CRLF.
    ///
    /// The header ends at the empty line, which belongs to neither, or before the first line that is no field.
    public static func read(message: [UInt8]) -> (fields: [MilterField], body: ArraySlice<UInt8>) {
        var fields: [MilterField] = []
        var rest = message[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: .lineFeed).map { $0 + 1 } ?? rest.endIndex
            let line = rest[..<end].trimmingLineEnd
            if line.isEmpty { return (fields, rest[end...]) }
            if let first = line.first, first.isWSP, let last = fields.indices.last {
                fields[last].value += [.carriageReturn, .lineFeed] + line
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), !line[..<colon].allSatisfy(\.isWSP) {
                // As Postfix and Sendmail: white space before the colon goes.
                let name = line[..<colon].reversed().drop(while: \.isWSP).reversed()
                fields.append(MilterField(name: Array(name), value: Array(line[(colon + 1)...])))
            } else {
                return (fields, rest)
            }
            rest = rest[end...]
        }
        return (fields, rest)
    }
}

extension ArraySlice<UInt8> {
    /// The line without its LF or CRLF.
    fileprivate var trimmingLineEnd: ArraySlice<UInt8> {
        guard last == .lineFeed else { return self }
        let line = dropLast()
        return line.last == .carriageReturn ? line.dropLast() : line
    }
}
