import MailBytes
import MailFormat
import Testing

@Suite struct DecodedTextTests {
    private func decoded(_ text: String) throws -> String {
        let header = MailMessage(parsing: Array("X: \(text)\r\n\r\n".utf8)).header
        return header.decodedText(try #require(header.fields.first))
    }

    /// RFC 2047 §8 and what senders write.
    static let words: [(text: String, decoded: String)] = [
        ("=?ISO-8859-1?Q?a?=", "a"),
        ("=?ISO-8859-1?Q?a?= b", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=  =?UTF-8?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"),
        ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        ("=?iso-8859-1?b?5A==?=", "ä"),
        ("=?utf-8?b?w6Q?=", "ä"),
        ("=?utf-8?b?w6!x?=", "=?utf-8?b?w6!x?="),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
        ("=?utf-8?q?=C3?= =?iso-8859-1?q?=A4?=", "\u{FFFD}¤"),
        ("=?windows-1252?q?=80_=93?=", "€ “"),
        ("=?iso-8859-15?q?=A4=BD?=", "€œ"),
        ("=?iso-8859-1?q?=93?=", "“"),
        ("=?iso-8859-2?q?abc?=", "abc"),
        ("=?iso-8859-2?q?=A1?=", "=?iso-8859-2?q?=A1?="),
        ("=?iso-2022-jp?b?GyRCOzNFRBsoQg==?= x", "=?iso-2022-jp?b?GyRCOzNFRBsoQg==?= x"),
        ("=?utf-8?q?a?= =?x-none?q?b?= =?utf-8?q?c?=", "a =?x-none?q?b?= c"),
        ("=?utf-8?q??=", ""),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=??q?a?=", "=??q?a?="),
        ("=?", "=?"),
        ("x=?utf-8?q?a?=y", "xay"),
        ("=?utf-8?q?a=zz=?=", "a=zz="),
        ("=?utf-8?q?a\r\n b?=", "ab"),
        ("Grüße", "Grüße"),
    ]

    @Test(arguments: words)
    func `decodes encoded words: RFC 2047`(_ example: (text: String, decoded: String)) throws {
        #expect(try decoded(example.text) == example.decoded)
    }

    @Test func `knows character sets by their names`() {
        #expect(Charset(label: "UTF8".utf8) == .utf8)
        #expect(Charset(label: "Latin1".utf8) == .latin1)
        #expect(Charset(label: "".utf8) == .ascii)
        #expect(Charset(label: "KOI8-R".utf8) == .other(Array("koi8-r".utf8)))
        #expect(Charset.ascii.text("é".utf8) == "é")
        #expect(Charset.windows1252.text((0x80...0x9F).map { UInt8($0) })?.unicodeScalars.count == 32)
        #expect(Charset(label: "utf-7".utf8).text("a+AEA-b".utf8) == nil)
    }
}

@Suite struct TransferEncodingTests {
    static let bodies: [(encoding: String, body: String, decoded: String, isWellFormed: Bool)] = [
        ("7bit", "a=3D\r\n", "a=3D\r\n", true),
        (" 8BIT (c)", "é", "é", true),
        ("x-other", "a", "a", false),
        // RFC 2045 §6.7
        ("quoted-printable", "a=3Db=3d\r\n", "a=b=\r\n", true),
        ("Quoted-Printable", "one=\r\ntwo= \t\r\nthree", "onetwothree", true),
        ("quoted-printable", "a \t\r\nb  \n c ", "a\r\nb\n c", true),
        ("quoted-printable", "a=", "a", true),
        ("quoted-printable", "a=\n", "a", true),
        ("quoted-printable", "a=4", "a=4", false),
        ("quoted-printable", "a=XYb", "a=XYb", false),
        ("quoted-printable", "é", "é", false),
        ("quoted-printable", "=C3=A9", "é", true),
        ("quoted-printable", "", "", true),
        // RFC 2045 §6.8
        ("base64", "aGVsbG8=\r\n", "hello", true),
        ("base64", "aGV\r\n sbG8", "hello", false),
        ("base64", "aGVs*bG8=", "hello", false),
        ("base64", "aGVs\r\nbG8=\r\naGk=", "hellohi", false),
        ("base64", "aGVsb", "hel", false),
        ("base64", "====", "", true),
        ("base64", "", "", true),
        ("x-uuencode", "begin 644 f\r\n%:&5L;&\\\r\n`\r\nend\r\n", "hello", true),
        ("uuencode", "begin 644 f\n%:&5L;&\\\n", "hello", false),
        ("x-uue", "no beginning", "no beginning", false),
    ]

    @Test(arguments: bodies)
    func `decodes bodies`(_ example: (encoding: String, body: String, decoded: String, isWellFormed: Bool)) {
        let encoding = TransferEncoding(parsing: Array(example.encoding.utf8)[...])
        let (octets, isWellFormed) = encoding.decode(Array(example.body.utf8)[...])
        #expect(String(lossy: octets) == example.decoded)
        #expect(isWellFormed == example.isWellFormed)
    }

    @Test func `decodes what base64 encodes, at every length`() {
        for length in 0..<70 {
            let octets = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
            let decoded = TransferEncoding.base64.decode(Base64.encode(octets)[...])
            #expect(decoded.octets == octets)
            #expect(decoded.isWellFormed)
        }
    }
}
