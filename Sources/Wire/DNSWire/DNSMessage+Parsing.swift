internal import DNS
internal import MailNames

extension DNSMessage {
    private static let classIN: UInt16 = 1
    private static let typeOPT: UInt16 = 41

    /// Reads a message.
    ///
    /// - Throws: where the octets are not one message and nothing else. A record of a known type with content
    ///   that is not of its form makes the whole message bad: nobody honest sends it.
    public init(parsing bytes: [UInt8]) throws(DNSMessageError) {
        guard bytes.count <= DNSMessageLimits.octetsMax else {
            throw DNSMessageError(.tooLong, offset: DNSMessageLimits.octetsMax)
        }
        var reader = DNSMessageReader(bytes)
        self.init(id: try reader.number16())
        let bits = try reader.number16()
        flags = DNSMessageFlags(rawValue: bits).intersection(.known)
        opcode = UInt8(truncatingIfNeeded: bits >> 11 & 15)
        code = bits & 15
        let questions = try reader.number16()
        let counts = (try reader.number16(), try reader.number16(), try reader.number16())
        guard questions <= 1 else { throw DNSMessageError(.severalQuestions, offset: 4) }
        if questions == 1 {
            let name = try reader.name()
            let type = DNSRecordType(rawValue: try reader.number16())
            let isIN = try reader.number16() == Self.classIN
            if let name, isIN { question = DNSQuestion(name, type) }
        }
        // Each record takes eleven octets or more, so the message's length bounds the loops, whatever the counts.
        for _ in 0..<counts.0 { if let record = try Self.record(&reader) { answer.append(record) } }
        for _ in 0..<counts.1 { if let record = try Self.record(&reader) { authority.append(record) } }
        for _ in 0..<counts.2 { try readAdditional(&reader) }
        guard reader.isAtEnd else { throw DNSMessageError(.trailingOctets, offset: reader.position) }
    }

    private static func record(_ reader: inout DNSMessageReader) throws(DNSMessageError) -> DNSRecord? {
        let name = try reader.name()
        let type = DNSRecordType(rawValue: try reader.number16())
        let isIN = try reader.number16() == classIN
        let ttl = try reader.number32()
        let length = Int(try reader.number16())
        guard isIN, type.rawValue != typeOPT else {
            _ = try reader.octets(length)
            return nil
        }
        let data = try reader.within(length) { reader throws(DNSMessageError) in try reader.content(of: type) }
        guard let name, let data else { return nil }
        // RFC 2181 §8: a TTL with the highest bit set is zero.
        return DNSRecord(name: name, type: type, ttlSeconds: ttl > 0x7FFF_FFFF ? 0 : ttl, data: data)
    }

    /// RFC 6891 §6.1.3: the upper eight bits of the RCODE stand in the TTL of the OPT record.
    private mutating func readAdditional(_ reader: inout DNSMessageReader) throws(DNSMessageError) {
        _ = try reader.name()
        let type = try reader.number16()
        _ = try reader.number16()
        let ttl = try reader.number32()
        _ = try reader.octets(Int(try reader.number16()))
        if type == Self.typeOPT { code = code & 15 | (UInt16(truncatingIfNeeded: ttl >> 24) << 4) }
    }
}

extension DNSMessageReader {
    /// The content of a record that fills the reader to its end; nil where it holds a name that
    /// ``DomainName`` has no room for.
    fileprivate mutating func content(of type: DNSRecordType) throws(DNSMessageError) -> DNSRecordData? {
        switch type {
        case .a, .aaaa:
            let start = position
            let octets = rest()
            guard octets.count == (type == .a ? 4 : 16), let address = IPAddress(network: octets) else {
                throw DNSMessageError(.badContent, offset: start)
            }
            return .address(address)
        case .txt:
            var strings: [[UInt8]] = []
            while !isAtEnd { strings.append(Array(try octets(Int(try byte())))) }
            return .text(strings)
        case .mx:
            let preference = try number16()
            return try name().map { .mx(preference: preference, exchange: $0) }
        case .ptr: return try name().map { .ptr($0) }
        case .cname: return try name().map { .cname($0) }
        case .tlsa, .smimea:
            let (usage, selector, matchingType) = (try byte(), try byte(), try byte())
            return .tlsa(usage: usage, selector: selector, matchingType: matchingType, data: Array(rest()))
        default:
            return .other(try uncompressedContent(of: type))
        }
    }

    /// The content in wire form, its names uncompressed.
    ///
    /// RFC 3597 §4: only the types of RFC 1035 are sent compressed, but old servers compress a few more.
    private mutating func uncompressedContent(of type: DNSRecordType) throws(DNSMessageError) -> [UInt8] {
        guard let layout = DNSContentLayout.withNames[type.rawValue] else { return Array(rest()) }
        var wire: [UInt8] = []
        wire.append(contentsOf: try octets(layout.octetsBefore))
        for _ in 0..<layout.names { wire.append(contentsOf: try wireName()) }
        wire.append(contentsOf: try octets(layout.octetsAfter))
        return wire
    }
}

/// Where the names are in the content of types that Postseal does not look into.
struct DNSContentLayout {
    var octetsBefore = 0
    var names = 1
    var octetsAfter = 0

    static let withNames: [UInt16: DNSContentLayout] = [
        2: DNSContentLayout(),  // NS
        3: DNSContentLayout(),  // MD
        4: DNSContentLayout(),  // MF
        6: DNSContentLayout(names: 2, octetsAfter: 20),  // SOA
        7: DNSContentLayout(),  // MB
        8: DNSContentLayout(),  // MG
        9: DNSContentLayout(),  // MR
        14: DNSContentLayout(names: 2),  // MINFO
        17: DNSContentLayout(names: 2),  // RP
        18: DNSContentLayout(octetsBefore: 2),  // AFSDB
        21: DNSContentLayout(octetsBefore: 2),  // RT
        26: DNSContentLayout(octetsBefore: 2, names: 2),  // PX
        33: DNSContentLayout(octetsBefore: 6),  // SRV
        36: DNSContentLayout(octetsBefore: 2),  // KX
        39: DNSContentLayout(),  // DNAME
    ]
}
