internal import DNS
internal import MailNames

extension DNSMessage {
    /// The message in wire form, without compression; what ``init(parsing:)`` reads as the same message.
    ///
    /// Nil where it does not fit into ``DNSMessageLimits/octetsMax``, or a record's content can't be written: a
    /// character-string of more than 255 octets, or an address of the other family than its type.
    public var wire: [UInt8]? {
        var output: [UInt8] = []
        func put(_ number: UInt16) {
            output.append(UInt8(truncatingIfNeeded: number >> 8))
            output.append(UInt8(truncatingIfNeeded: number))
        }
        func put(_ name: DomainName, _ type: UInt16, _ recordClass: UInt16) {
            output.append(contentsOf: name.wire)
            put(type)
            put(recordClass)
        }
        guard answer.count <= 0xFFFF, authority.count <= 0xFFFF, opcode <= 15, code <= 0xFFF else { return nil }
        put(id)
        put(flags.intersection(.known).rawValue | UInt16(opcode) << 11 | code & 15)
        put(question == nil ? 0 : 1)
        put(UInt16(answer.count))
        put(UInt16(authority.count))
        put(code > 15 ? 1 : 0)
        if let question { put(question.name, question.type.rawValue, 1) }
        for record in [answer, authority].joined() {
            guard let data = record.data.wire(as: record.type), data.count <= 0xFFFF else { return nil }
            put(record.name, record.type.rawValue, 1)
            put(UInt16(truncatingIfNeeded: record.ttlSeconds >> 16))
            put(UInt16(truncatingIfNeeded: record.ttlSeconds))
            put(UInt16(data.count))
            output.append(contentsOf: data)
        }
        if code > 15 {
            // RFC 6891 §6.1.2: an OPT record; its class is the payload size, its TTL has the upper RCODE bits.
            put(.root, 41, 1232)
            put((code >> 4) << 8)
            put(0)
            put(0)
        }
        return output.count <= DNSMessageLimits.octetsMax ? output : nil
    }
}

extension DomainName {
    /// The name in wire form: length octets, labels, and a zero (RFC 1035 §3.1).
    var wire: [UInt8] {
        var output: [UInt8] = []
        for label in labels {
            output.append(UInt8(truncatingIfNeeded: label.count))
            output.append(contentsOf: label)
        }
        output.append(0)
        return output
    }
}

extension DNSRecordData {
    fileprivate func wire(as type: DNSRecordType) -> [UInt8]? {
        switch self {
        case .address(let address):
            return address.isV4 == (type == .a) ? address.networkBytes : nil
        case .text(let strings):
            var output: [UInt8] = []
            for string in strings {
                guard let length = UInt8(exactly: string.count) else { return nil }
                output.append(length)
                output.append(contentsOf: string)
            }
            return output
        case .mx(let preference, let exchange):
            return [UInt8(truncatingIfNeeded: preference >> 8), UInt8(truncatingIfNeeded: preference)] + exchange.wire
        case .ptr(let name), .cname(let name): return name.wire
        case .tlsa(let usage, let selector, let matchingType, let data):
            return [usage, selector, matchingType] + data
        case .other(let octets): return octets
        }
    }
}
