import DNS
import DNSWire
import MailBytes
import MailNames
import Testing

/// Octets of a test message: hexadecimal with spaces, and text in single quotes as a label or string with its length
/// octet in front.
func octets(_ text: String) -> [UInt8] {
    var output: [UInt8] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
        if word.hasPrefix("'") {
            let label = Array(word.dropFirst().dropLast().utf8)
            output.append(UInt8(label.count))
            output += label
        } else {
            let digits = Array(word)
            for index in stride(from: 0, to: digits.count - 1, by: 2) {
                output.append(UInt8(String(digits[index...index + 1]), radix: 16) ?? 0)
            }
        }
    }
    return output
}

/// A response header with these counts.
func header(_ questions: Int, _ answers: Int, _ authority: Int = 0, _ additional: Int = 0, code: Int = 0) -> [UInt8] {
    [0xAB, 0xCD, 0x81, 0xA0 | UInt8(code)]
        + [questions, answers, authority, additional].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
}

func name(_ text: String) -> DomainName {
    guard let name = try? DomainName(presentation: text) else { fatalError("bad name \(text)") }
    return name
}

@Suite struct DNSMessageTests {
    static let question = octets("'example' 'org' 00 0010 0001")

    @Test func `A response is read with its header, question and TXT record`() throws {
        let bytes = header(1, 1) + Self.question + octets("C00C 0010 0001 0000012C 000D 'v=spf1' 'x-all'")
        let message = try DNSMessage(parsing: bytes)
        #expect(message.id == 0xABCD)
        #expect(message.flags == [.response, .recursionDesired, .recursionAvailable, .authenticData])
        #expect(message.code == 0)
        #expect(message.question == DNSQuestion(name("example.org"), .txt))
        #expect(
            message.answer == [
                DNSRecord(
                    name: name("example.org"), type: .txt, ttlSeconds: 300,
                    data: .text([Array("v=spf1".utf8), Array("x-all".utf8)]))
            ])
    }

    struct Content: CustomTestStringConvertible, Sendable {
        var type: UInt16
        var content: String
        var expected: DNSRecordData
        var testDescription: String { "TYPE\(type) \(content)" }
    }

    static let contents = [
        Content(type: 1, content: "C0000201", expected: .address(.v4(0xC000_0201))),
        Content(
            type: 28, content: "20010DB8000000000000000000000001",
            expected: .address(.v6(0x2001_0DB8_0000_0000, 1))),
        Content(type: 15, content: "000A 'mx' C00C", expected: .mx(preference: 10, exchange: name("mx.example.org"))),
        Content(type: 15, content: "0000 00", expected: .mx(preference: 0, exchange: .root)),
        Content(type: 12, content: "'Host' C00C", expected: .ptr(name("host.example.org"))),
        Content(type: 5, content: "C014", expected: .cname(name("org"))),
        Content(
            type: 52, content: "030101 AABBCC",
            expected: .tlsa(usage: 3, selector: 1, matchingType: 1, data: [0xAA, 0xBB, 0xCC])),
        Content(type: 16, content: "", expected: .text([])),
        Content(type: 16, content: "00", expected: .text([[]])),
        Content(type: 2, content: "'ns' C00C", expected: .other(octets("'ns' 'example' 'org' 00"))),
        Content(
            type: 6, content: "'ns' C00C C00C 00000001 00000002 00000003 00000004 00000005",
            expected: .other(
                octets(
                    "'ns' 'example' 'org' 00 'example' 'org' 00 00000001 00000002 00000003 00000004 00000005"))),
        Content(
            type: 33, content: "0001 0002 0019 'sip' C00C",
            expected: .other(octets("0001 0002 0019 'sip' 'example' 'org' 00"))),
        Content(type: 65280, content: "C00C", expected: .other([0xC0, 0x0C])),
    ]

    @Test(arguments: contents)
    func `Content is read by its type, and comes out without compression`(_ test: Content) throws {
        let content = octets(test.content)
        let bytes =
            header(1, 1) + Self.question + [0xC0, 0x0C, UInt8(test.type >> 8), UInt8(test.type & 255)]
            + octets("0001 00000E10") + [0, UInt8(content.count)] + content
        #expect(try DNSMessage(parsing: bytes).answer.map(\.data) == [test.expected])
    }

    struct Hostile: CustomTestStringConvertible, Sendable {
        var what: String
        var bytes: [UInt8]
        var code: DNSMessageError.Code
        var testDescription: String { what }
    }

    static let longLabel = [63] + [UInt8](repeating: 0x61, count: 63)
    static let hostile = [
        Hostile(what: "nothing", bytes: [], code: .truncated),
        Hostile(what: "half a header", bytes: Array(header(1, 0).prefix(7)), code: .truncated),
        Hostile(what: "a question that is not there", bytes: header(1, 0), code: .truncated),
        Hostile(what: "65,535 records that are not there", bytes: header(0, 65_535), code: .truncated),
        Hostile(what: "two questions", bytes: header(2, 0) + question + question, code: .severalQuestions),
        Hostile(what: "a pointer to itself", bytes: header(1, 0) + octets("C00C 0010 0001"), code: .badPointer),
        Hostile(
            what: "a pointer forward", bytes: header(1, 0) + octets("C00E 0010 0001 00"), code: .badPointer),
        Hostile(
            what: "a loop of label and pointer", bytes: header(1, 0) + octets("'a' C00C 0010 0001"), code: .badPointer),
        Hostile(what: "a pointer cut in half", bytes: header(1, 0) + octets("C0"), code: .truncated),
        Hostile(what: "a label of the kind 01", bytes: header(1, 0) + octets("41 00 0010 0001"), code: .badLabel),
        Hostile(what: "a label of the kind 10", bytes: header(1, 0) + octets("81 00 0010 0001"), code: .badLabel),
        Hostile(what: "a label past the end", bytes: header(1, 0) + octets("3F 61"), code: .truncated),
        Hostile(
            what: "a name of 257 octets",
            bytes: header(1, 0) + longLabel + longLabel + longLabel + longLabel + octets("00 0010 0001"),
            code: .nameTooLong),
        Hostile(
            what: "an address of three octets", bytes: header(0, 1) + octets("00 0001 0001 00000000 0003 010203"),
            code: .badContent),
        Hostile(
            what: "a string past its record",
            bytes: header(0, 1) + octets("00 0010 0001 00000000 0002 0561 6262626262"),
            code: .badContent),
        Hostile(
            what: "a name past its record", bytes: header(0, 1) + octets("00 0005 0001 00000000 0002 0561 6262626200"),
            code: .badContent),
        Hostile(
            what: "octets behind the name of a record",
            bytes: header(0, 1) + octets("00 0005 0001 00000000 0002 00 00"),
            code: .badContent),
        Hostile(
            what: "a record longer than the message", bytes: header(0, 1) + octets("00 0001 0001 00000000 FFFF 01"),
            code: .truncated),
        Hostile(what: "octets behind the last record", bytes: header(0, 0) + [0], code: .trailingOctets),
        Hostile(what: "a message of 65,536 octets", bytes: [UInt8](repeating: 0, count: 65_536), code: .tooLong),
    ]

    @Test(arguments: hostile)
    func `Hostile octets are refused with their kind`(_ test: Hostile) {
        let error = #expect(throws: DNSMessageError.self) { try DNSMessage(parsing: test.bytes) }
        #expect(error?.code == test.code)
    }

    @Test func `Every cut of a good message is refused, and no single octet makes it trap`() throws {
        let bytes =
            header(1, 2, 1, 1) + Self.question + octets("C00C 0005 0001 0000003C 0006 'www' C00C")
            + octets("C029 0010 0001 0000003C 0003 'ab'") + octets("C014 0006 0001 0000003C 0018 C00C C00C")
            + octets("00000001 00000002 00000003 00000004 00000005") + octets("00 0029 04D0 00000000 0000")
        let message = try DNSMessage(parsing: bytes)
        #expect(message.answer.count == 2 && message.authority.count == 1)
        for count in 0..<bytes.count {
            #expect(throws: DNSMessageError.self) { try DNSMessage(parsing: Array(bytes.prefix(count))) }
        }
        for index in bytes.indices {
            for value in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = value
                _ = try? DNSMessage(parsing: changed)
            }
        }
    }

    @Test func `A pointer chain of the longest kind ends`() throws {
        // Each name of a long row is a label and a pointer to the name before: 127 labels are the most.
        var bytes = header(0, 130) + octets("'a' 00 FF00 0001 00000000 0000")
        var last = 12
        for _ in 1..<130 {
            let here = bytes.count
            bytes += octets("'a'") + [0xC0 | UInt8(last >> 8), UInt8(last & 255)] + octets("FF00 0001 00000000 0000")
            last = here
        }
        let error = #expect(throws: DNSMessageError.self) { try DNSMessage(parsing: bytes) }
        #expect(error?.code == .nameTooLong)
    }

    @Test func `A TTL with the highest bit set is zero, RFC 2181 §8`() throws {
        let message = try DNSMessage(parsing: header(0, 1) + octets("00 0001 0001 80000001 0004 01020304"))
        #expect(message.answer.first?.ttlSeconds == 0)
    }

    @Test func `Records of another class, and names with a dot in a label, are left out`() throws {
        let message = try DNSMessage(
            parsing: header(0, 3) + octets("00 0001 0003 00000000 0004 01020304")
                + octets("00 000C 0001 00000000 0005 'a.b' 00")
                + octets("00 0001 0001 00000000 0004 01020304"))
        #expect(message.answer.map(\.type) == [.a])
    }

    @Test func `The RCODE has its upper bits from the OPT record, RFC 6891 §6.1.3`() throws {
        let message = try DNSMessage(parsing: header(0, 0, 0, 1) + octets("00 0029 04D0 01000000 0000"))
        #expect(message.code == 16)
        #expect(DNSStatus(code: message.code) == .otherCode(16))
    }
}
