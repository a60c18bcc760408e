import Testing

@testable import PostsealDashboard

@Suite struct HTMLTests {
    @Test func `text is never markup`() {
        let text = "<script>alert('x')</script>\"&\u{0}\u{202E}\u{7F}ä\n"
        let page = tag("p", Attribute("title", text), text: text)
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;\u{FFFD}\u{FFFD}\u{FFFD}ä\n"
        #expect(page.markup == "<p title=\"\(escaped)\">\(escaped)</p>")
        let built = tag("p") {
            text
            "\(text) in the midst"
        }
        #expect(!built.markup.contains("<script"))
    }

    @Test func `marks without end are not painted over other rows`() {
        let mark = "\u{301}"
        let few = "Ti\u{302}\u{323}\u{301}ng \u{E01}\u{E35}\u{E48}"
        #expect(HTML.escaped(few) == few)
        let four = "Z" + String(repeating: mark, count: 4)
        for (text, shown) in [
            ("Z" + String(repeating: mark, count: 200) + "a" + mark, four + "a" + mark),
            (String(repeating: "\u{489}", count: 9), String(repeating: "\u{489}", count: 4)),
            // What takes no place does not begin another character.
            (four + "\u{200D}" + four.dropFirst() + mark + "\u{34F}" + mark, four + "\u{200D}"),
        ] {
            #expect(HTML.escaped(text).unicodeScalars.elementsEqual(shown.unicodeScalars), "\(shown)")
        }
    }

    @Test func `elements without content have no end`() {
        #expect(tag("input", Attribute("required")).markup == "<input required>")
        #expect(tag("td").markup == "<td></td>")
    }

    @Test(arguments: [
        ("a b", "/x/a%20b"), ("..", "/x/%2E%2E"), (".", "/x/%2E"), ("a/b", "/x/a%2Fb"), ("\"><i>", "/x/%22%3E%3Ci%3E"),
        ("ä", "/x/%C3%A4"), ("a.b-c_d~", "/x/a.b-c_d~"), ("javascript:x", "/x/javascript%3Ax"),
    ])
    func `links lead nowhere else`(part: String, text: String) { #expect(Link("/x", [part]).text == text) }

    @Test(arguments: [
        ("/reports?x=1", true), ("/", true), ("//evil.example/", false), ("/\\evil.example", false),
        ("https://evil.example/", false), ("", false), ("/a b", false), ("/a\nb", false),
    ])
    func `after logging in one comes back here alone`(path: String, isTaken: Bool) {
        #expect((Link(returning: path) != nil) == isTaken)
    }

    @Test func `forms are read as browsers send them, and not beyond their bounds`() {
        let form = FormFields("a=1&b=x+y%20z&c=%C3%A4&d&a=2&=e".utf8)
        #expect(form?["a"] == "1")
        #expect(form?["b"] == "x y z")
        #expect(form?["c"] == "ä")
        #expect(form?["d"] == "")
        #expect(form?["none"] == "")
        for broken in ["a=%", "a=%4", "a=%zz", "a=%FF"] { #expect(FormFields(broken.utf8) == nil, "\(broken)") }
        #expect(FormFields(String(repeating: "a&", count: 101).utf8) == nil)
        #expect(FormFields(Array(repeating: UInt8(ascii: "a"), count: FormFields.octetsMax + 1)) == nil)
    }

    @Test(arguments: [
        ("report.xml.gz", "report.xml.gz"), ("../../etc/passwd", "passwd"), ("a\"b\r\nc.xml", "a_b__c.xml"),
        ("..", "file.."), ("", "file"), ("C:\\x\\y.zip", "y.zip"), ("ä.xml", "__.xml"),
        ("a.example!b.example!1!2.xml.gz", "a.example!b.example!1!2.xml.gz"),
    ])
    func `names of files are harmless`(name: String, written: String) {
        #expect(ReplyWriter.fileName(name) == written)
    }

    @Test func `constants of the program are plain`() {
        #expect(!Script.text.contains("innerHTML") && !Script.text.contains("eval("))
        #expect(!Stylesheet.text.contains("url(") && !Stylesheet.text.contains("@import"))
        #expect(Set(Assets.all.map(\.link.text)).count == Assets.all.count)
    }
}
