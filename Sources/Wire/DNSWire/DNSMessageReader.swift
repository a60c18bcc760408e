internal import MailNames

/// Reads numbers and names out of a message, never past its end.
struct DNSMessageReader {
    let bytes: [UInt8]
    private(set) var position = 0
    /// Behind the last octet that may be read in place; pointers may still go anywhere before it.
    private(set) var end: Int
    /// The name read first, which is the question's, and where it stood: most owners are a pointer to it.
    private var firstName: (offset: Int, name: DomainName)?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
    }

    var isAtEnd: Bool { position >= end }

    mutating func byte() throws(DNSMessageError) -> UInt8 {
        guard position < end else { throw DNSMessageError(.truncated, offset: position) }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number16() throws(DNSMessageError) -> UInt16 {
        guard end - position >= 2 else { throw DNSMessageError(.truncated, offset: position) }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    mutating func number32() throws(DNSMessageError) -> UInt32 {
        let high = try number16()
        return UInt32(high) << 16 | UInt32(try number16())
    }

    mutating func octets(_ count: Int) throws(DNSMessageError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= end - position else { throw DNSMessageError(.truncated, offset: position) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// What is left before the end.
    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = end }
        return bytes[position..<end]
    }

    /// Runs `body` with the end moved to `length` octets from here, and expects it to read them all.
    mutating func within<Value>(
        _ length: Int, _ body: (inout DNSMessageReader) throws(DNSMessageError) -> Value
    ) throws(DNSMessageError) -> Value {
        guard length <= end - position else { throw DNSMessageError(.truncated, offset: position) }
        let outerEnd = end
        end = position + length
        defer { end = outerEnd }
        let value: Value
        do throws(DNSMessageError) {
            value = try body(&self)
        } catch {
            // Inside a record, the end of its content is no end of the message.
            throw error.code == .truncated ? DNSMessageError(.badContent, offset: error.offset) : error
        }
        guard position == end else { throw DNSMessageError(.badContent, offset: position) }
        return value
    }
}

extension DNSMessageReader {
    /// A name, with its compression undone; nil where a label holds a dot, which ``DomainName`` has no room for.
    mutating func name() throws(DNSMessageError) -> DomainName? {
        let start = position
        if let firstName, end - start >= 2, bytes[start] == 0xC0,
            bytes[start + 1] == UInt8(truncatingIfNeeded: firstName.offset)
        {
            position = start + 2
            return firstName.name
        }
        var text: [UInt8] = []
        text.reserveCapacity(64)
        var hasDot = false
        try labels { reader, label in
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for byte in reader.bytes[label] {
                hasDot = hasDot || byte == UInt8(ascii: ".")
                text.append(byte)
            }
        }
        guard !hasDot, let name = try? DomainName(text) else { return nil }
        if firstName == nil, start <= 0xFF { firstName = (start, name) }
        return name
    }

    /// A name in wire form without compression, as it stands; the root is a zero.
    mutating func wireName() throws(DNSMessageError) -> [UInt8] {
        var wire: [UInt8] = []
        try labels { reader, label in
            wire.append(UInt8(truncatingIfNeeded: label.count))
            wire.append(contentsOf: reader.bytes[label])
        }
        wire.append(0)
        return wire
    }

    /// Goes through the labels of the name that starts here and moves behind it.
    ///
    /// RFC 1035 §4.1.4: a pointer names a prior occurrence. Each must go back behind the one before, so that
    /// there is no loop; and what it leads to counts against the limits of a name.
    private mutating func labels(_ body: (DNSMessageReader, Range<Int>) -> Void) throws(DNSMessageError) {
        var index = position
        var bound = end
        var lowest = position
        var after: Int?
        var length = 1
        // Each turn reads a label, of which 255 octets hold at most 127, or goes further back.
        while true {
            guard index < bound else { throw DNSMessageError(.truncated, offset: index) }
            let size = Int(bytes[index])
            switch size >> 6 {
            case 0:
                index += 1
                if size == 0 {
                    position = after ?? index
                    return
                }
                guard size <= bound - index else { throw DNSMessageError(.truncated, offset: index) }
                length += size + 1
                guard length <= 255 else { throw DNSMessageError(.nameTooLong, offset: index) }
                body(self, index..<index + size)
                index += size
            case 3:
                guard bound - index >= 2 else { throw DNSMessageError(.truncated, offset: index) }
                let target = (size & 0x3F) << 8 | Int(bytes[index + 1])
                guard target < lowest else { throw DNSMessageError(.badPointer, offset: index) }
                if after == nil { after = index + 2 }
                lowest = target
                index = target
                bound = bytes.count
            default:
                throw DNSMessageError(.badLabel, offset: index)
            }
        }
    }
}
