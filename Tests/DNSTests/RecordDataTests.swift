import DNS
import MailBytes
import MailNames
import Testing

@Suite struct RecordDataTests {
    static let data: [(type: DNSRecordType, text: String, canonical: String)] = [
        (.a, "192.0.2.1", "192.0.2.1"), (.aaaa, "2001:DB8::1", "2001:db8::1"),
        (.mx, "10 Mail.Example.", "10 mail.example."),
        (.mx, "0 .", "0 ."), (.mx, "0 ", "0 ."), (.mx, "0", "0 ."), (.ptr, "a\\032b.example", "a\\032b.example."),
        (.cname, "EXAMPLE.org", "example.org."),
        (.txt, "\"a\" \"b\"", "\"a\" \"b\""), (.txt, "v=spf1 -all", "\"v=spf1 -all\""), (.txt, "\"\"", "\"\""),
        (.txt, "\"a\\\"b\\\\c\\065\\200\"", "\"a\\\"b\\\\cA\\200\""), (.txt, "\"a\"\"b\"", "\"a\" \"b\""),
        (.tlsa, "3 1 1 AB cd", "3 1 1 abcd"), (.tlsa, "\\# 5 030101ABcd", "3 1 1 abcd"),
        (.tlsa, "\\# 3 030101", "\\# 3 030101"), (.smimea, "3 0 0 00", "3 0 0 00"),
        (DNSRecordType(rawValue: 999), "\\# 2 01 02", "\\# 2 0102"), (.caa, "\\# 0", "\\# 0 "),
    ]

    @Test(arguments: data)
    func `reads presentation format and writes one form of it`(
        _ example: (type: DNSRecordType, text: String, canonical: String)
    ) throws {
        let data = try #require(DNSRecordData(presentation: example.text, type: example.type))
        #expect(data.presentation == example.canonical)
        #expect(DNSRecordData(presentation: data.presentation, type: example.type) == data)
    }

    @Test(arguments: [
        (DNSRecordType.a, "2001:db8::1"), (.aaaa, "192.0.2.1"), (.a, ""), (.mx, "mail.example"), (.mx, "65536 a"),
        (.mx, "10"), (.mx, ""),
        (.mx, "1 a b"), (.mx, "1 a..b"), (.ptr, "a..b"), (.txt, "\"a"), (.txt, "\"a\" b"), (.txt, "\"\\25\""),
        (.txt, "\"\\256\""), (.txt, "a\\"), (.tlsa, "3 1 1"), (.tlsa, "3 1 256 00"), (.tlsa, "3 1 1 0"),
        (.tlsa, "3 1 1 0g"), (.tlsa, "\\# 2 0301"), (.tlsa, "\\# 4 030101"),
        (DNSRecordType(rawValue: 999), "\\# 3 0102"), (DNSRecordType(rawValue: 999), "\\# x 01"), (.caa, "\\#"),
    ])
    func `refuses what is not of the type`(_ example: (DNSRecordType, String)) {
        #expect(DNSRecordData(presentation: example.1, type: example.0) == nil)
    }

    @Test(arguments: [
        ("txt", DNSRecordType.txt), ("TXT", .txt), ("16", .txt), ("TYPE16", .txt),
        ("type65280", .init(rawValue: 65280)),
    ])
    func `reads types by name and number: RFC 3597 §5`(_ example: (String, DNSRecordType)) {
        #expect(DNSRecordType(text: example.0) == example.1)
        #expect(DNSRecordType(text: example.1.description) == example.1)
    }

    @Test(arguments: ["", "FOO", "TYPE", "TYPE65536", "-1", "65536", "1.0", "ｔxt"])
    func `refuses what is no type`(_ text: String) {
        #expect(DNSRecordType(text: text) == nil)
    }

    @Test func `joins the strings of a text record: RFC 7208 §3.3`() {
        #expect(DNSRecordData.text([Array("a".utf8), [], Array("b".utf8)]).joinedText == Array("ab".utf8))
        #expect(DNSRecordData.text([]).joinedText == [])
        #expect(DNSRecordData.address(.v4(0)).joinedText == nil)
    }
}
