internal import MailBytes
public import MailFormat

/// A header field to be put on a message.
public struct NewHeaderField: Hashable, Sendable {
    /// Without the colon.
    public var name: String
    /// Without the space behind the colon; folded lines begin behind CR LF.
    public var value: [UInt8]

    public init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// The field as a line of its own (or several), with CR LF.
    public var line: [UInt8] { Array("\(name): ".utf8) + value + [.carriageReturn, .lineFeed] }
}

/// What a decision changes in the header of a message. The body is never changed.
public struct MessageChanges: Hashable, Sendable {
    /// Positions in the header's `fields` of the fields that must go, rising.
    public var removed: [Int] = []
    /// New values for fields, by their positions.
    public var replaced: [Int: NewHeaderField] = [:]
    /// Fields to be put on top; the first one will be the topmost.
    public var added: [NewHeaderField] = []

    /// No changes.
    public init() {}

    /// Whether the message stays as it is.
    public var isEmpty: Bool { removed.isEmpty && replaced.isEmpty && added.isEmpty }

    /// The header as it will be, with the empty line behind it.
    public func applied(to header: HeaderSection) -> [UInt8] {
        var output: [UInt8] = []
        for field in added { output += field.line }
        let gone = Set(removed)
        for (position, field) in header.fields.enumerated() where !gone.contains(position) {
            if let new = replaced[position] {
                output += new.line
            } else {
                output += header.bytes[field.whole]
            }
        }
        return output + [.carriageReturn, .lineFeed]
    }

    /// Adds whole fields, as signers write them: one behind the other, each ending in CR LF.
    mutating func addOnTop(lines: [UInt8]) {
        let header = MailMessage(parsing: lines + [.carriageReturn, .lineFeed]).header
        let fields = header.fields.map { field in
            NewHeaderField(String(lossy: header.name(of: field)), Array(header.value(of: field).trimmingWhitespace))
        }
        added = fields + added
    }
}

/// A change of a field that is there, in the terms of mail servers.
public struct FieldEdit: Hashable, Sendable {
    /// The name as it stands in the message.
    public var name: [UInt8]
    /// Which of the fields of this name is meant: from 1, from the top, in the message as it came.
    public var occurrence: Int
    /// The new value, without the space behind the colon; nil: the field goes.
    public var value: [UInt8]?

    public init(name: [UInt8], occurrence: Int, value: [UInt8]?) {
        self.name = name
        self.occurrence = occurrence
        self.value = value
    }
}

extension MessageChanges {
    /// The fields that go or get a new value, from the top of the header.
    ///
    /// Mail servers count the fields of a name, and the case of letters does not count. Some count anew after each
    /// removal: whoever carries this out begins at the end.
    ///
    /// - Parameter header: the one that the positions are about.
    public func edits(of header: HeaderSection) -> [FieldEdit] {
        guard !removed.isEmpty || !replaced.isEmpty else { return [] }
        let gone = Set(removed)
        var counts: [[UInt8]: Int] = [:]
        for position in gone.union(replaced.keys) where header.fields.indices.contains(position) {
            counts[Array(header.name(of: header.fields[position])).asciiLowercased] = 0
        }
        var edits: [FieldEdit] = []
        for (position, field) in header.fields.enumerated() {
            let name = Array(header.name(of: field))
            let key = name.asciiLowercased
            guard let count = counts[key] else { continue }
            counts[key] = count + 1
            if gone.contains(position) {
                edits.append(FieldEdit(name: name, occurrence: count + 1, value: nil))
            } else if let new = replaced[position] {
                edits.append(FieldEdit(name: name, occurrence: count + 1, value: new.value))
            }
        }
        return edits
    }
}
