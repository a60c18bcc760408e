import DNS
import DNSWire
import MailNames
import Testing

@Suite struct DNSAnswerFromMessageTests {
    static func record(_ owner: String, _ type: DNSRecordType, _ data: String, ttl: UInt32 = 300) -> DNSRecord {
        guard let data = DNSRecordData(presentation: data, type: type) else { fatalError("bad data \(data)") }
        return DNSRecord(name: name(owner), type: type, ttlSeconds: ttl, data: data)
    }

    /// An SOA record with this TTL and this last field.
    static func soa(ttl: UInt32, minimum: UInt32) -> DNSRecord {
        let content =
            octets("00 00 00000001 00000002 00000003 00000004")
            + (0..<4).map { UInt8(minimum >> (24 - 8 * $0) & 255) }
        return DNSRecord(name: name("example.org"), type: .soa, ttlSeconds: ttl, data: .other(content))
    }

    static let question = DNSQuestion(name("www.example.org"), .a)

    @Test func `The chain of CNAMEs is followed, whatever order it comes in, and strangers are left out`() {
        let message = DNSMessage(answer: [
            Self.record("evil.example", .a, "192.0.2.66"), Self.record("c.example.net", .a, "192.0.2.1", ttl: 20),
            Self.record("b.example.net", .cname, "c.example.net.", ttl: 30),
            Self.record("www.example.org", .cname, "b.example.net.", ttl: 10),
            Self.record("c.example.net", .a, "192.0.2.2", ttl: 20),
        ])
        let answer = DNSAnswer(Self.question, message: message, security: .secure)
        #expect(answer.status == .noError)
        #expect(answer.security == .secure)
        #expect(answer.addresses == [.v4(0xC000_0201), .v4(0xC000_0202)])
        #expect(answer.records.map(\.type) == [.cname, .cname, .a, .a])
        #expect(answer.canonicalName == name("c.example.net"))
        #expect(answer.ttlSeconds == 10)
    }

    @Test func `A loop of CNAMEs ends without an answer`() {
        let message = DNSMessage(answer: [
            Self.record("www.example.org", .cname, "b.example.org."),
            Self.record("b.example.org", .cname, "www.example.org."),
        ])
        let answer = DNSAnswer(Self.question, message: message, security: .insecure)
        #expect(answer.isVoid)
        #expect(answer.records.count == DNSMessageLimits.aliasesMax + 1)
    }

    @Test func `A question for the CNAME itself gets it`() {
        let message = DNSMessage(answer: [Self.record("www.example.org", .cname, "b.example.net.")])
        let answer = DNSAnswer(DNSQuestion(Self.question.name, .cname), message: message, security: .insecure)
        #expect(answer.data == [.cname(name("b.example.net"))])
    }

    struct Negative: CustomTestStringConvertible, Sendable {
        var code: UInt16
        var answer: [DNSRecord] = []
        var authority: [DNSRecord] = []
        var status: DNSStatus
        var ttl: UInt32
        var testDescription: String { "\(status), \(answer.count) records, SOA \(!authority.isEmpty)" }
    }

    static let negatives = [
        Negative(code: 0, authority: [soa(ttl: 100, minimum: 50)], status: .noError, ttl: 50),
        Negative(code: 3, authority: [soa(ttl: 40, minimum: 50)], status: .nxDomain, ttl: 40),
        Negative(code: 3, status: .nxDomain, ttl: 0),
        Negative(
            code: 3, answer: [record("www.example.org", .cname, "gone.example.org.", ttl: 7)],
            authority: [soa(ttl: 40, minimum: 50)], status: .nxDomain, ttl: 7),
    ]

    @Test(arguments: negatives)
    func `What is not there is kept as long as the SOA says, RFC 2308 §5`(_ test: Negative) {
        let message = DNSMessage(code: test.code, answer: test.answer, authority: test.authority)
        let answer = DNSAnswer(Self.question, message: message, security: .secure)
        #expect(answer.status == test.status)
        #expect(answer.isVoid)
        #expect(answer.security == .secure)
        #expect(answer.ttlSeconds == test.ttl)
    }

    static let failures: [(UInt16, DNSStatus)] = [
        (2, .serverFailure), (5, .otherCode(5)), (16, .otherCode(16)), (4000, .otherCode(255)),
    ]

    @Test(arguments: failures)
    func `After a failure there are no records, and nothing is proved`(_ code: UInt16, _ status: DNSStatus) {
        let message = DNSMessage(code: code, answer: [Self.record("www.example.org", .a, "192.0.2.1")])
        let answer = DNSAnswer(Self.question, message: message, security: .secure)
        #expect(answer == DNSAnswer(question: Self.question, status: status))
    }
}
