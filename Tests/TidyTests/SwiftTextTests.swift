import Testing

@Suite("Code apart from comments and strings")
struct SwiftTextTests {
    static let examples: [(text: String, code: String)] = [
        ("a // b", "a     "), ("a /* b */ c", "a         c"), ("a /* /* b */ c */ d", "a                 d"),
        ("a /* b\nc */ d", "a     \n     d"), ("\"a\" b", "\" \" b"), ("\"a \\\" b\" c", "\"      \" c"),
        ("\"a // b\" c", "\"      \" c"), ("\"\\(f(\"x\"))\" c", "\"  f(\" \"))\" c"),
        ("\"\"\"\na \"b\" c\n\"\"\" d", "\"\"\"\n       \n\"\"\" d"), ("#\"a \\( \" \"# b", "#\"       \"# b"),
        ("#\"\\#(x)\"# b", "#\"   x)\"# b"), ("#if a", "#if a"), ("\"a\nb", "\" \nb"), ("", ""),
    ]

    @Test("The lexer blanks what is no code, and keeps every column", arguments: examples)
    func blanks(_ example: (text: String, code: String)) {
        #expect(SwiftText(path: "a", example.text).code.joined(separator: "\n") == example.code)
    }

    @Test("Braces are followed to their end")
    func braces() {
        let text = SwiftText(path: "a", "f() {\n    g { \"}\" }\n}\nh()\n")
        #expect(text.endOfBraces(from: 0) == 2)
        #expect(text.endOfBraces(from: 1) == 1)
        #expect(text.endOfBraces(from: 3) == nil)
    }
}
