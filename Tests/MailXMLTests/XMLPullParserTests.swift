import MailXML
import Testing

/// What a document comes to, one token a line: `+name`, `-`, and `=text` for elements called `t`.
private func tokens(_ octets: [UInt8], limits: XMLLimits = XMLLimits()) throws -> ([String], XMLFlaws) {
    var parser = try XMLPullParser(
        octets, vocabulary: XMLVocabulary(["a", "b", "t", "long_element_name"]), limits: limits)
    var tokens: [String] = []
    while true {
        switch try parser.next() {
        case .finish: return (tokens, parser.flaws)
        case .end: tokens.append("-")
        case .begin(2):
            let text = try parser.text()
            tokens.append("=" + parser.string(text))
        case .begin(let index): tokens.append("+\(index)")
        }
    }
}

private func tokens(_ text: String) throws -> ([String], XMLFlaws) { try tokens(Array(text.utf8)) }

@Suite struct XMLPullParserTests {
    @Test(arguments: [
        ("<a/>", ["+0", "-"]), ("<a></a>", ["+0", "-"]), ("<a ></a >", ["+0", "-"]), ("<c/>", ["+-1", "-"]),
        ("<a>\r\n\t <b/>\n</a>\n", ["+0", "+1", "-", "-"]), ("<t>x</t>", ["=x"]), ("<t> \n x y\t</t>", ["=x y"]),
        ("<t/>", ["="]), ("<t></t>", ["="]), ("<a><t>1</t><t>2</t></a>", ["+0", "=1", "=2", "-"]),
        ("<t>&lt;&gt;&amp;&quot;&apos;</t>", ["=<>&\"'"]), ("<t>&#65;&#x42;&#x1F600;</t>", ["=AB\u{1F600}"]),
        ("<t>a<![CDATA[<b>&amp;]]>c</t>", ["=a<b>&amp;c"]), ("<t>a<!-- b -->c<?d e?>f</t>", ["=acf"]),
        ("<?xml version='1.0'?><!-- c --><a/><!-- d --><?e?>", ["+0", "-"]),
        ("<x:a xmlns:x='urn:x'><x:t>1</x:t></x:a>", ["+0", "=1", "-"]),
        ("<a b='1>2' c=\"'\"><b d = '<'/></a>", []),
        ("<long_element_name><t>1</t></long_element_name>", ["+3", "=1", "-"]),
    ])
    func `a well-formed document is read without flaws`(text: String, expected: [String]) throws {
        guard !expected.isEmpty else {
            #expect(throws: XMLSyntaxError.self) { try tokens(text) }
            return
        }
        let (found, flaws) = try tokens(text)
        #expect(found == expected)
        #expect(flaws.isEmpty)
    }

    @Test(arguments: [
        ("<?xml?><a/>", XMLFlaws.badDeclaration, ["+0", "-"]),
        ("<?xml version=1.0?><a/>", .badDeclaration, ["+0", "-"]),
        ("<?xml version='1.0' standalone='maybe'?><a/>", .badDeclaration, ["+0", "-"]),
        ("<?xml version='1.0' a='b'?><a/>", .badDeclaration, ["+0", "-"]), ("<?1?><a/>", .badDeclaration, ["+0", "-"]),
        ("<?xml version='1.0' encoding='ut0f-8'?><a/>", .wrongEncoding, ["+0", "-"]),
        ("x<a/>", .leadingText, ["+0", "-"]), ("\n<?xml version='1.0'?><a/>", .leadingText, ["+0", "-"]),
        ("1 < 2 <a/>", .leadingText, ["+0", "-"]), ("<a/>x", .trailingText, ["+0", "-"]),
        ("<a/><!-->", .trailingText, ["+0", "-"]), ("<a/><?x ", .trailingText, ["+0", "-"]),
        ("<a/><b/>", .trailingText, ["+0", "-"]), ("<a>x<b/></a>", .strayText, ["+0", "+1", "-", "-"]),
        ("<A></a>", .wrongCase, ["+0", "-"]), ("<T>x</t>", .wrongCase, ["=x"]),
        ("<Long_Element_Name/>", .wrongCase, ["+3", "-"]), ("<t>a & b</t>", .badReference, ["=a & b"]),
        ("<t>&nbsp;&#0;&#xD800;&#1114112;</t>", .badReference, ["=&nbsp;&#0;&#xD800;&#1114112;"]),
        ("<t>&amp</t>", .badReference, ["=&amp"]), ("<a b='&x;'/>", .badReference, ["+0", "-"]),
        ("<t><x@y.example></t>", .markupInText, ["=<x@y.example>"]),
        ("<t>a<b.example</t>", .markupInText, ["=a<b.example"]), ("<t>a <i>b</i></t>", .markupInText, ["=a <i>b</i>"]),
        ("<t>\u{1}</t>", .controlCharacter, ["=\u{FFFD}"]), ("<t>&#x1;</t>", .badReference, ["=&#x1;"]),
    ])
    func `what leaves no doubt is read and named`(text: String, flaw: XMLFlaws, expected: [String]) throws {
        let (found, flaws) = try tokens(text)
        #expect(found == expected)
        #expect(flaws == flaw)
    }

    @Test(arguments: [
        ("", XMLProblem.noElement, 1, 1), ("abc", .noElement, 1, 1), ("<!-- -->", .noElement, 1, 9),
        ("<!DOCTYPE a><a/>", .documentType, 1, 1),
        ("\n <!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", .documentType, 2, 2),
        ("<a>", .unexpectedEnd, 1, 4), ("<a", .unexpectedEnd, 1, 1), ("<a>\n<b>", .unexpectedEnd, 2, 4),
        ("<a></b>", .mismatchedTag, 1, 4), ("<t>a</b>", .mismatchedTag, 1, 5), ("<a", .unexpectedEnd, 1, 1),
        ("<t>x", .unexpectedEnd, 1, 4), ("<t>x<b>y</t>", .mismatchedTag, 1, 5), ("</a>", .mismatchedTag, 1, 1),
        ("<a b></a>", .badTag, 1, 1), ("<a b=c></a>", .badTag, 1, 1), ("<a/ >", .badTag, 1, 1),
        ("<a><!x></a>", .badTag, 1, 4), ("<a><1></a>", .badTag, 1, 4), ("<a><!-- </a>", .unexpectedEnd, 1, 4),
        ("<t><![CDATA[x</t>", .unexpectedEnd, 1, 4), ("<a></a", .unexpectedEnd, 1, 4),
    ])
    func `what is no XML is refused with its place`(text: String, problem: XMLProblem, line: Int, column: Int) {
        do {
            let found = try tokens(text)
            Issue.record("was read: \(found)")
        } catch let error as XMLSyntaxError {
            #expect(error.problem == problem)
            #expect(error.line == line && error.column == column, "\(error)")
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func `each limit is an error of its own`() throws {
        func problem(_ text: String, _ limits: XMLLimits) -> XMLProblem? {
            do {
                _ = try tokens(Array(text.utf8), limits: limits)
                return nil
            } catch {
                return (error as? XMLSyntaxError)?.problem
            }
        }
        let deep = String(repeating: "<a>", count: 5) + String(repeating: "</a>", count: 5)
        #expect(problem(deep, XMLLimits(depth: 5)) == nil)
        #expect(problem(deep, XMLLimits(depth: 4)) == .tooDeep)
        #expect(problem(deep, XMLLimits(elements: 5)) == nil)
        #expect(problem(deep, XMLLimits(elements: 4)) == .tooManyElements)
        #expect(problem("<t>12345</t>", XMLLimits(textBytes: 5)) == nil)
        #expect(problem("<t>123456</t>", XMLLimits(textBytes: 5)) == .textTooLong)
        #expect(problem("<t>1234<![CDATA[56]]></t>", XMLLimits(textBytes: 5)) == .textTooLong)
        #expect(problem("<a b='123456789'/>", XMLLimits(tagBytes: 10)) == .tagTooLong)
        #expect(problem("<t>\u{1}</t>", XMLLimits(convertedBytes: 8)) == nil)
        #expect(problem("<t>\u{1}</t>", XMLLimits(convertedBytes: 7)) == .conversionTooLong)
        let hundredThousand = String(repeating: "<a>", count: 100_000)
        #expect(problem(hundredThousand, XMLLimits()) == .tooDeep)
        #expect(problem("<t>" + String(repeating: "x", count: 2 << 20) + "</t>", XMLLimits()) == .textTooLong)
    }

    @Test func `every beginning of a document is refused or finished, and nothing traps`() throws {
        let text = "<?xml version='1.0' encoding='utf-8'?>\n<a x='1'><!-- c --><t>1 &amp; 2<![CDATA[<]]></t><b/>\n</a> "
        let octets = Array(text.utf8)
        for count in 0..<octets.count - 1 {
            #expect(throws: XMLSyntaxError.self) { try tokens(Array(octets[..<count])) }
        }
        #expect(try tokens(octets).0 == ["+0", "=1 & 2<", "+1", "-", "-"])
        // Any octet in any place.
        for index in octets.indices {
            for octet in [0, 9, 0x20, 0x22, 0x26, 0x27, 0x2F, 0x3C, 0x3E, 0x5D, 0x80, 0xC3, 0xFF] as [UInt8] {
                var changed = octets
                changed[index] = octet
                _ = try? tokens(changed)
            }
        }
    }

    @Test func `attributes and prefixes are found`() throws {
        let text = "<x:a xmlns:x = \"urn:x\" lang='de' e=''/>"
        var parser = try XMLPullParser(Array(text.utf8), vocabulary: XMLVocabulary(["a"]))
        #expect(try parser.next() == .begin(0))
        #expect(parser.attribute("xmlns:x") == "urn:x")
        #expect(parser.attribute("lang") == "de")
        #expect(parser.attribute("e")?.isEmpty == true)
        #expect(parser.attribute("xmlns") == nil)
        #expect(parser.hasPrefix)
        #expect(String(decoding: parser.bytes[parser.prefix], as: UTF8.self) == "x")
        #expect(String(decoding: parser.bytes[parser.name], as: UTF8.self) == "x:a")
    }

    @Test func `another document is found behind one, and has its own flaws`() throws {
        let text = "<a>x</a><!-- <a/> --></b>\n<b><x:A><b/></x:A></b> <!-- <a/>"
        var parser = try XMLPullParser(Array(text.utf8), vocabulary: XMLVocabulary(["a", "b"]))
        while try parser.next() != .finish {}
        #expect(parser.flaws == [.strayText, .trailingText])
        let found = parser.place(of: 0, from: 8)
        let place = try #require(found)
        #expect(text.utf8.dropFirst(place.offset).starts(with: "<x:A>".utf8) && place.depth == 1)
        parser.restart(at: place)
        #expect(parser.flaws.isEmpty && parser.depth == 0)
        #expect(try parser.next() == .begin(0))
        #expect(try parser.next() == .begin(1))
        #expect(parser.flaws == .wrongCase)
        // A comment that does not end hides nothing.
        let next = parser.place(of: 0, from: place.offset + 1)
        let last = try #require(next)
        #expect(text.utf8.dropFirst(last.offset).elementsEqual("<a/>".utf8))
        let none = [last.offset + 1, 1 << 40].compactMap { parser.place(of: 0, from: $0) }
        #expect(none.isEmpty)
    }

    @Test(arguments: [
        "<!-- <a/> -->", "<?p <a/>?>", "<![CDATA[<a/>]]>", "<![CDATA[<a/>]]]]>", "<b c=\"<a/>\">", "<b c = '\"<a/>'/>",
        "</b c='<a/>'>", "<!DOCTYPE b [<!ENTITY c '> <a/>'>]>", "<!DOCTYPE b SYSTEM \"<a/>\">", "<!---- ><a/>-->",
    ])
    func `what is quoted behind a document is none`(quoted: String) throws {
        let octets = Array(("<b/>" + quoted + "<a/>").utf8)
        var parser = try XMLPullParser(octets, vocabulary: XMLVocabulary(["a", "b"]))
        let found = parser.place(of: 0, from: 4)
        let place = try #require(found)
        #expect(place.offset == octets.count - 4)
        // Every beginning of it is passed over too, or quotes nothing.
        for count in 4..<octets.count {
            var parser = try XMLPullParser(Array(octets[..<count]), vocabulary: XMLVocabulary(["a", "b"]))
            while let place = parser.place(of: 0, from: parser.position) {
                parser.restart(at: place)
                guard (try? parser.next()) != nil else { break }
            }
        }
    }

    @Test(arguments: [
        ("<!-- <a/>", 5), ("<!--><a/>", 5), ("<?p <a/>", 4), ("<![CDATA[<a/>", 9), ("<b c='<a/>", 6),
        ("<b c=d'<a/>'>", 7), ("<b don't><a/> isn't", 9), ("<!x><a/>", 4), ("<! '<a/>'", 4), ("< '<a/>'", 3),
    ])
    func `what does not end quotes nothing, and what is no quotation neither`(text: String, offset: Int) throws {
        var parser = try XMLPullParser(Array(text.utf8), vocabulary: XMLVocabulary(["a", "b"]))
        let found = parser.place(of: 0, from: 0)
        let place = try #require(found)
        #expect(place.offset == offset)
    }

    @Test(arguments: [
        ("<b><a/></b><a/>", [1, 0]), ("<b><c><a/></c><a/></b></b></b><a/>", [2, 1, 0]), ("<b c='>'/><a/>", [0]),
        ("<b><a/><c><a/>", [1, 2]), ("<b<a/>", [0]), ("<b c='/'><a/>", [1]), ("</b><a/>", [0]),
    ])
    func `what is around another document is known`(text: String, depths: [Int]) throws {
        var parser = try XMLPullParser(Array(text.utf8), vocabulary: XMLVocabulary(["a"]))
        var found: [Int] = []
        while let place = parser.place(of: 0, from: parser.position) {
            found.append(place.depth)
            parser.restart(at: place)
            #expect(try parser.next() == .begin(0))
            #expect(try parser.next() == .end)
        }
        #expect(found == depths)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["<!--", "<?", "<![CDATA[", "<b c='"])
    func `that something does not end is found out once`(start: String) throws {
        let text = String(repeating: "<a/>" + start, count: 2000)
        let rest = [UInt8](repeating: UInt8(ascii: "-"), count: 1 << 18)
        var parser = try XMLPullParser(Array(text.utf8) + rest, vocabulary: XMLVocabulary(["a"]))
        var count = 0
        while let place = parser.place(of: 0, from: parser.position) {
            count += 1
            parser.restart(at: place)
            #expect(try parser.next() == .begin(0))
            #expect(try parser.next() == .end)
            var further = parser
            #expect(try further.next() == .finish)
            #expect(further.flaws == .trailingText)
        }
        // Of two quotes one ends the other.
        #expect(count == (start.hasSuffix("'") ? 1000 : 2000))
    }

    @Test func `an element is passed over with all that is in it`() throws {
        var parser = try XMLPullParser(
            Array("<a><c>x<d/><c/></c><b/></a>".utf8), vocabulary: XMLVocabulary(["a", "b"]))
        #expect(try parser.next() == .begin(0))
        #expect(try parser.next() == .begin(XMLVocabulary.unknown))
        try parser.skip()
        #expect(try parser.next() == .begin(1))
        #expect(parser.flaws.isEmpty)
    }

    @Test func `names are found in whatever letters, and longer or shorter ones are not`() {
        let names = ["p", "row", "selector", "source_ip", "policy_published", "policy_evaluated", "extra_contact_info"]
        let vocabulary = XMLVocabulary(names)
        for (index, name) in names.enumerated() {
            for padding in ["", "0123456789"] {
                let bytes = Array((name + padding).utf8)
                #expect(vocabulary.index(of: bytes, in: 0..<name.utf8.count) == (index, true))
                let upper = Array((name + padding).uppercased().utf8)
                #expect(vocabulary.index(of: upper, in: 0..<name.utf8.count) == (index, false))
                #expect(vocabulary.index(of: bytes, in: 0..<(name.utf8.count - 1)).index == XMLVocabulary.unknown)
            }
            let longer = Array((name + "x").utf8)
            #expect(vocabulary.index(of: longer, in: 0..<longer.count).index == XMLVocabulary.unknown)
        }
        #expect(vocabulary.index(of: [], in: 0..<0).index == XMLVocabulary.unknown)
    }
}

@Suite struct XMLEncodingTests {
    private static func text(_ octets: [UInt8]) throws -> (String, XMLFlaws) {
        let (found, flaws) = try tokens(octets)
        return (found.joined(separator: " "), flaws)
    }

    private static func utf16(_ text: String, isLittle: Bool, hasMark: Bool) -> [UInt8] {
        let units = (hasMark ? [0xFEFF] : []) + Array(text.utf16)
        return units.flatMap { isLittle ? [UInt8($0 & 0xFF), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    private static func declared(_ encoding: String) -> String { "<?xml version='1.0' encoding='\(encoding)'?><t>" }

    @Test func `UTF-8 with and without a byte order mark`() throws {
        #expect(try Self.text(Array("<t>ü</t>".utf8)) == ("=ü", []))
        #expect(try Self.text([0xEF, 0xBB, 0xBF] + Array("<t>ü</t>".utf8)) == ("=ü", []))
        #expect(
            try Self.text(Array("<t>".utf8) + [0x66, 0xFC, 0x72] + Array("</t>".utf8)) == ("=f\u{FFFD}r", .invalidText))
    }

    @Test(arguments: [true, false])
    func `UTF-16 in both orders`(isLittle: Bool) throws {
        for hasMark in [true, false] {
            let octets = Self.utf16("<t>ü\u{1F600}</t>", isLittle: isLittle, hasMark: hasMark)
            #expect(try Self.text(octets) == ("=ü\u{1F600}", []))
            #expect(try Self.text(octets + [0x20]).1.contains(.invalidText))
        }
    }

    @Test(
        arguments: [
            ("ISO-8859-1", [0x66, 0xFC, 0x72] as [UInt8], "=für", XMLFlaws()),
            ("windows-1252", [0x80], "=€", XMLFlaws()),
            ("Windows-1252", [0x93, 0x94], "=\u{201C}\u{201D}", XMLFlaws()),
            ("iso-8859-15", [0xA4], "=€", XMLFlaws()), ("iso-8859-1", [0xC3, 0xBC], "=ü", .wrongEncoding),
            ("us-ascii", [0xC3, 0xBC], "=ü", .wrongEncoding), ("utf-16", [0x61], "=a", .wrongEncoding),
            ("koi8-r", [0x61], "=a", XMLFlaws()), ("utf-16", [0xC3, 0xBC], "=ü", .wrongEncoding),
        ] as [(String, [UInt8], String, XMLFlaws)])
    func `declared sets are converted`(name: String, octets: [UInt8], expected: String, flaws: XMLFlaws) throws {
        let document = Array(Self.declared(name).utf8) + octets + Array("</t>".utf8)
        #expect(try Self.text(document) == (expected, flaws))
    }

    /// In Shift_JIS and GB 18030 a character ends with an octet that may be ASCII, but none that is markup.
    @Test(
        arguments: [
            ("koi8-r", [0xC1], "=\u{FFFD}"), ("iso-8859-2", [0xA3, 0x64], "=\u{FFFD}d"),
            ("shift_jis", [0x83, 0x41, 0x95, 0x5C], "=\u{FFFD}A\u{FFFD}\\"),
            ("gb18030", [0x81, 0x30, 0x81, 0x30], "=\u{FFFD}0\u{FFFD}0"),
        ] as [(String, [UInt8], String)])
    func `of sets that are not converted the ASCII part is read`(name: String, octets: [UInt8], expected: String) throws
    {
        let document = Array(Self.declared(name).utf8) + octets + Array("</t>".utf8)
        #expect(try Self.text(document) == (expected, [.invalidText, .wrongEncoding]))
    }

    @Test(
        arguments: [
            ("<t>", "windows-1252", [0x80], "=€", []), ("<t>", "utf-8", [0xC3, 0xBC], "=ü", []),
            ("<t>", "koi8-r", [0xC1], "=\u{FFFD}", .invalidText),
            ("<?xml version='1.0'?><t>", "latin1", [0xFC], "=ü", []),
            (declared("iso-8859-15"), "us-ascii", [0xA4], "=€", []),
        ] as [(String, String, [UInt8], String, XMLFlaws)])
    func `a set that is said outside counts where the document says none`(
        start: String, charset: String, octets: [UInt8], expected: String, flaws: XMLFlaws
    ) throws {
        var parser = try XMLPullParser(
            Array(start.utf8) + octets + Array("</t>".utf8), charset: charset, vocabulary: XMLVocabulary(["t"]))
        #expect(try parser.next() == .begin(0))
        let text = try parser.text()
        #expect("=" + parser.string(text) == expected)
        #expect(parser.flaws == flaws)
    }

    @Test func `other sets are refused`() {
        let cases: [[UInt8]] = [
            [0xFF, 0xFE, 0, 0, 0x3C, 0, 0, 0], [0, 0, 0xFE, 0xFF],
            Array(Self.declared("iso-2022-cn").utf8) + [0x1B, 0x4E, 0xC1] + Array("</t>".utf8),
            Array(Self.declared("koi8-r").utf8) + [0x1B, 0xC1] + Array("</t>".utf8),
            Array(Self.declared("hz-gb-2312").utf8) + [0xC1] + Array("</t>".utf8),
        ]
        for octets in cases {
            do {
                _ = try tokens(octets)
                Issue.record("was read")
            } catch {
                #expect((error as? XMLSyntaxError)?.problem == .unsupportedEncoding)
            }
        }
    }
}
