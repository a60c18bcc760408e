import MailBytes
import MailFormat
import Testing

@Suite struct ContentTypeTests {
    private func text(_ type: ContentType?) -> String {
        guard let type else { return "none" }
        return type.mediaType + type.parameters.map { "; \($0.name)=\($0.value)" }.joined()
    }

    /// RFC 2045 §5.1, RFC 2231, and what senders write.
    static let types: [(value: String, read: String, defects: Set<ParameterDefect>)] = [
        ("text/plain", "text/plain", []),
        (" Text / PLAIN ; Charset = US-ASCII (c)", "text/plain; charset=US-ASCII", []),
        ("text/plain; charset=\"a\\\"b\"", "text/plain; charset=a\"b", []),
        ("text/plain; a=1; a=2", "text/plain; a=1", [.duplicate]),
        ("text/plain; a; b=1", "text/plain; b=1", [.malformed]),
        ("text/plain; =x; b=1", "text/plain; b=1", [.malformed]),
        ("text/plain; a=; b=1", "text/plain; b=1", [.malformed]),
        ("text/plain; a=b c d; e=1", "text/plain; a=b c d; e=1", [.unquoted]),
        ("text/plain; a=b\r\n c=d", "text/plain; a=b; c=d", [.missingSemicolon]),
        ("text/plain a=b", "text/plain; a=b", [.missingSemicolon]),
        ("text/plain; a=\"b", "text/plain; a=b", [.unbalancedQuote]),
        ("text/plain; a=\"b;c=d", "text/plain; a=b;c=d", [.unbalancedQuote]),
        ("text/plain; n*=utf-8'de'%C3%A4%20b", "text/plain; n=ä b", []),
        ("text/plain; n*0=a; n*1=b; n*2=c", "text/plain; n=abc", []),
        ("text/plain; n*1=b; n*0=a", "text/plain; n=ab", []),
        ("text/plain; n*0*=iso-8859-1''%E4; n*1=\"%20\"; n*2*=%20x", "text/plain; n=ä%20 x", []),
        ("text/plain; n*0=a; n*2=c", "text/plain; n=a", [.brokenContinuation]),
        ("text/plain; n*0=a; n*0=b; n*1=c", "text/plain; n=ac", [.brokenContinuation]),
        ("text/plain; n=plain; n*=utf-8''extended", "text/plain; n=extended", []),
        ("text/plain; n*=bad%zz", "text/plain; n=bad%zz", []),
        ("text/plain; n=\"=?utf-8?q?=C3=A4?=\"", "text/plain; n=ä", [.encodedWord]),
        ("text/plain; (c) a (d) = (e) b (f)", "text/plain; a=b", []),
        ("text/plain; a=(b", "text/plain; a=(b", [.unquoted]),
        ("text", "text", []),
        ("", "none", []),
        (";a=b", "none", []),
        ("/plain", "none", []),
    ]

    @Test(arguments: types)
    func `reads types and parameters`(_ example: (value: String, read: String, defects: Set<ParameterDefect>)) {
        let type = ContentType(parsing: Array(example.value.utf8)[...])
        #expect(text(type) == example.read)
        #expect(type?.defects ?? [] == example.defects)
    }

    @Test func `gives language, octets and boundary`() throws {
        let type = try #require(
            ContentType(parsing: Array("multipart/x; boundary=\"a b \"; n*=x-none'de'%FF".utf8)[...]))
        #expect(type.boundary == Array("a b".utf8))
        #expect(type.parameter("n")?.language == "de")
        #expect(type.parameter("n")?.octets == [0xFF])
        #expect(type.parameter("n")?.value == "\u{FFFD}")
        #expect(ContentType(type: "text", subtype: "plain").boundary == nil)
    }

    @Test func `has each name once, also where names are not UTF-8`() throws {
        let value = Array("a/b; ".utf8) + [0xAD] + Array("=1; ".utf8) + [0xD7] + Array("=2".utf8)
        let type = try #require(ContentType(parsing: value[...]))
        #expect(type.parameters.map(\.value) == ["1"])
        #expect(type.defects == [.duplicate])
    }

    @Test func `stops at its limit of parameters and says so`() throws {
        let value = "a/b" + (0..<20).map { "; p\($0)=1" }.joined()
        let type = try #require(ContentType(parsing: Array(value.utf8)[...], limits: ParameterLimits(parameters: 5)))
        #expect(type.parameters.count == 5)
        #expect(type.defects == [.tooMany])
    }

    @Test func `reads dispositions: RFC 2183`() throws {
        let value = "Attachment; filename=\"a\\\\b.txt\"; size=12"
        let disposition = try #require(ContentDisposition(parsing: Array(value.utf8)[...]))
        #expect(disposition.kind == "attachment")
        #expect(disposition.fileName == "a\\b.txt")
        #expect(disposition.parameter("size")?.value == "12")
        #expect(ContentDisposition(parsing: [][...]) == nil)
    }
}
