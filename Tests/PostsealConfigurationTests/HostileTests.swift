import PostsealConfiguration
import Testing

/// A configuration is written by people who make mistakes, and must not be a way in for anybody else.
@Suite("Text that is no configuration")
struct HostileTests {
    static let texts: [(text: String, error: String)] = [
        (
            "",
            "postseal.yaml: nothing to listen on: set milter.listen, such as unix:/run/postseal/milter.sock, "
                + "proxy.listen, http.listen, reports.lmtp.listen or reports.folders"
        ),
        ("- a", "postseal.yaml:1: a list where there must be sections such as 'milter:' and 'incoming:'"),
        ("word", "postseal.yaml:1: a single value where there must be sections such as 'milter:' and 'incoming:'"),
        ("log:\n\tlevel: info", "postseal.yaml:2: a tab in front of a line; YAML wants blanks there"),
        (
            "log:\n  level: info\n format: json",
            "postseal.yaml:3: the line is indented differently from those around it"
        ),
        (
            "log:\n  level: info: debug",
            "postseal.yaml:2: a colon where none can be: the line is indented differently from those around it, or its "
                + "text must be in quotes"
        ),
        ("log:\n  level: 'info", "postseal.yaml:2: the quote is not closed on this line"),
        ("log:\n  level: \"info\n  \"", "postseal.yaml:2: the quote is not closed on this line"),
        ("log: {level: info\n", "postseal.yaml:2: the section in braces is not closed, or a comma is missing"),
        (
            "outgoing: {networks: [127.0.0.1, ::1]}",
            "postseal.yaml:1: text with colons must be in quotes here, such as \"::1\" or \"tcp:[::1]:8891\""
        ),
        (
            "milter: {listen: [tcp:[::1]:8891]}",
            "postseal.yaml:1: text with colons must be in quotes here, such as \"::1\" or \"tcp:[::1]:8891\""
        ),
        ("log:\n \t \n", "postseal.yaml:2: a tab in front of a line; YAML wants blanks there"),
        (
            "outgoing:\n  networks: [a, b\n",
            "postseal.yaml:3: the list in brackets is not closed, or a comma is missing"
        ),
        (
            "log: {level: a}\n---\nlog: {level: b}",
            "postseal.yaml:2: a second document begins here ('---'); a configuration is one"
        ),
        ("%YAML 1.1\n---\na: b", "postseal.yaml:1: YAML directives (%) are not used here"),
        ("a: &x b", "postseal.yaml:1: text that begins with & must be in quotes; YAML's anchors are not used here"),
        (
            "--- &x\na: b",
            "postseal.yaml:1: text that begins with & must be in quotes; YAML's anchors are not used here"
        ),
        ("a: *x", "postseal.yaml:1: text that begins with * must be in quotes, such as \"*.example.org\""),
        ("a: [b,*x]", "postseal.yaml:1: text that begins with * must be in quotes, such as \"*.example.org\""),
        ("[\"a\":*x]", "postseal.yaml:1: text that begins with * must be in quotes, such as \"*.example.org\""),
        (
            "{a: foo\n \"b, &c x\": d}",
            "postseal.yaml:2: a comma is missing at the end of the line before, or its text must be in quotes"
        ),
        ("a: !!binary x", "postseal.yaml:1: text that begins with ! must be in quotes; YAML's tags are not used here"),
        (
            "a: |\n  x",
            "postseal.yaml:1: text over several lines is not used here; put text that begins with | or > in quotes"
        ),
        ("a: @x", "postseal.yaml:1: text that begins with @ must be in quotes"),
        (
            "a: \u{0}",
            "postseal.yaml:1: a character that is no text; save the file as plain UTF-8 with ordinary line ends"
        ),
        (
            "a: b\u{2028}c: d",
            "postseal.yaml:1: a character that is no text; save the file as plain UTF-8 with ordinary line ends"
        ),
        (
            "a: b\n\u{FEFF}&x c: d",
            "postseal.yaml:2: a character that is no text; save the file as plain UTF-8 with ordinary line ends"
        ),
        (
            "a: b\rc: d",
            "postseal.yaml:1: a character that is no text; save the file as plain UTF-8 with ordinary line ends"
        ),
        (String(repeating: "[", count: 100_000), "postseal.yaml:1: brackets nested deeper than anything here"),
        (String(repeating: "- ", count: 100_000), "postseal.yaml:1: lists nested deeper than anything here"),
        (String(repeating: "{a: ", count: 100_000), "postseal.yaml:1: brackets nested deeper than anything here"),
        (
            (0..<200).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
            "postseal.yaml:66: sections nested deeper than anything here"
        ),
        (
            (0..<60).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
            "postseal.yaml:25: sections nested deeper than anything here"
        ),
    ]

    @Test("What is wrong is said in words, with the line", arguments: texts)
    func text(_ example: (text: String, error: String)) {
        #expect(errors(example.text) == [example.error])
    }

    @Test("Anchors cannot make a small file a large one")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let item = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: item, count: 10).joined(separator: ", "))]\n"
        }
        text += "? *a11\n: x\n"
        #expect(errors(text).first?.contains("anchors are not used here") == true)
    }

    @Test("A file that is too long is refused unread")
    func length() {
        let text = String(repeating: "# comment\n", count: 110_000)
        #expect(errors(text) == ["postseal.yaml:1: the file is longer than 1048576 octets"])
        let stub = StubFiles(["/c.yaml": text])
        #expect(throws: ConfigurationFailure.self) { try ConfigurationLoader(files: stub).load("/c.yaml") }
    }

    @Test("Wrong UTF-8 is shown by its line")
    func encoding() {
        let octets = Array("log:\n  level: ".utf8) + [0xFF, 0x0A]
        let failure = #expect(throws: ConfigurationFailure.self) {
            try ConfigurationLoader(files: StubFiles()).load(octets: octets, named: "c.yaml")
        }
        #expect(failure?.description == "c.yaml:2: this line is not UTF-8")
    }

    @Test("Line ends of other systems, a byte order mark and comments are no matter")
    func harmless() {
        let text =
            "\u{FEFF}# comment with *stars* & 'quotes\r\nmilter: # tcp\r\n  listen: tcp:127.0.0.1:1 # "
            + "\"here\r\nlog:\r\n"
        #expect(errors(text).isEmpty)
        #expect(errors("{\"milter\":{\"listen\":[\"tcp:127.0.0.1:1\"]}}").isEmpty)
        #expect(errors("---\n" + withListener("log:\n  level: 'info'\n...")).isEmpty)
        #expect(errors("milter:\n  listen:\n  - tcp:127.0.0.1:1\n  - \"tcp:[::1]:1\"\n   \n").isEmpty)
    }

    @Test("Any piece of a configuration, and any with an octet changed, is read or refused")
    func broken() {
        let octets = Array(LoadTests.large.utf8)
        let loader = ConfigurationLoader(files: StubFiles.withKeys)
        for end in stride(from: 0, to: octets.count, by: 7) {
            _ = try? loader.load(octets: Array(octets[..<end]), named: "c")
        }
        for (position, octet) in zip(
            stride(from: 0, to: octets.count, by: 3), "*&[]{}:#'\"!|>%@`?-,\\\n\t \u{0}".utf8.cycled)
        {
            var changed = octets
            changed[position] = octet
            _ = try? loader.load(octets: changed, named: "c")
        }
    }
}

extension String.UTF8View {
    /// The octets again and again.
    fileprivate var cycled: some Sequence<UInt8> {
        let octets = Array(self)
        return (0...).lazy.map { octets[$0 % octets.count] }
    }
}
