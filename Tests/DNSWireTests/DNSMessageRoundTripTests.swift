import DNS
import DNSWire
import MailNames
import TestSupport
import Testing

extension Numbers {
    mutating func name() -> DomainName {
        let labels = (0..<below(5)).map { _ in
            octets(1 + below(20)).map { $0 == UInt8(ascii: ".") ? 0x61 : $0 }
        }
        return (try? DomainName(Array(labels.joined(separator: [UInt8(ascii: ".")])))) ?? .root
    }

    mutating func record() -> DNSRecord {
        let data: (DNSRecordType, DNSRecordData) =
            switch below(8) {
            case 0: (.a, .address(.v4(UInt32(below(1 << 32)))))
            case 1: (.aaaa, .address(.v6(UInt64(below(1 << 40)), UInt64(below(1 << 40)))))
            case 2: (.txt, .text((0..<below(4)).map { _ in octets(below(256)) }))
            case 3: (.mx, .mx(preference: UInt16(below(65536)), exchange: name()))
            case 4: (.ptr, .ptr(name()))
            case 5: (.cname, .cname(name()))
            case 6: (.tlsa, .tlsa(usage: 3, selector: 1, matchingType: UInt8(below(256)), data: octets(below(70))))
            default: (DNSRecordType(rawValue: 65280), .other(octets(below(100))))
            }
        return DNSRecord(name: name(), type: data.0, ttlSeconds: UInt32(below(1 << 31)), data: data.1)
    }

    mutating func message() -> DNSMessage {
        DNSMessage(
            id: UInt16(below(65536)), flags: [.response, .recursionDesired], opcode: UInt8(below(16)),
            code: UInt16(below(4096)), question: below(4) == 0 ? nil : DNSQuestion(name(), .txt),
            answer: (0..<below(6)).map { _ in record() }, authority: (0..<below(3)).map { _ in record() })
    }
}

@Suite struct DNSMessageRoundTripTests {
    @Test func `What is written is read as the same message`() throws {
        var numbers = Numbers(seed: 7)
        for _ in 0..<2000 {
            let message = numbers.message()
            let wire = try #require(message.wire)
            #expect(try DNSMessage(parsing: wire) == message)
        }
    }

    @Test func `What does not fit is not written`() {
        let long = DNSRecord(
            name: .root, type: .txt, ttlSeconds: 0, data: .text([[UInt8](repeating: 0x61, count: 256)]))
        #expect(DNSMessage(answer: [long]).wire == nil)
        let large = DNSRecord(
            name: .root, type: DNSRecordType(rawValue: 65280), ttlSeconds: 0,
            data: .other([UInt8](repeating: 0, count: 40_000)))
        #expect(DNSMessage(answer: [large]).wire != nil)
        #expect(DNSMessage(answer: [large, large]).wire == nil)
        let wrong = DNSRecord(name: .root, type: .aaaa, ttlSeconds: 0, data: .address(.v4(1)))
        #expect(DNSMessage(answer: [wrong]).wire == nil)
    }
}
