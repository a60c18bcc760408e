import MailBytes
import MailFormat
import Testing

@Suite struct MIMETreeTests {
    /// A message of lines that end with CR LF.
    private func tree(_ lines: [String], limits: MIMELimits = MIMELimits()) -> MIMETree {
        MIMETree(parsing: MailMessage(parsing: Array(lines.joined(separator: "\r\n").utf8)), limits: limits)
    }

    /// `type(children)`, leaves with their bodies.
    private func text(_ tree: MIMETree, _ index: Int = 0) -> String {
        let part = tree.parts[index]
        guard part.children.isEmpty else {
            return part.contentType.mediaType + "(" + part.children.map { text(tree, $0) }.joined(separator: ", ") + ")"
        }
        return part.contentType.mediaType + " " + String(lossy: tree.bytes[part.body]).debugDescription
    }

    private static let mixed = "Content-Type: multipart/mixed; boundary=a"

    static let messages: [(lines: [String], read: String, defects: Set<MIMEDefect>)] = [
        (["", "body"], "text/plain \"body\"", []),
        (["Content-Type: image/png", "", "x"], "image/png \"x\"", []),
        (
            [mixed, "", "pre", "--a", "", "1", "--a", "Content-Type: text/html", "", "2", "--a--", "post"],
            "multipart/mixed(text/plain \"1\", text/html \"2\")", []
        ),
        // RFC 2046 §5.1.1: the line break in front of a delimiter belongs to it.
        ([mixed, "", "--a", "", "1", "", "--a--"], "multipart/mixed(text/plain \"1\\r\\n\")", []),
        ([mixed, "", "--a", "", "--a--"], "multipart/mixed(text/plain \"\")", []),
        ([mixed, "", "--a", "--a--"], "multipart/mixed(text/plain \"\")", []),
        ([mixed, "", "--a", "X: 1", "--a--"], "multipart/mixed(text/plain \"\")", []),
        ([mixed, "", "--a \t", "", "1", "--a-- "], "multipart/mixed(text/plain \"1\")", []),
        ([mixed, "", "--a", "", "1"], "multipart/mixed(text/plain \"1\")", [.missingEnd]),
        ([mixed, "", "1"], "multipart/mixed \"1\"", [.noParts]),
        (
            ["Content-Type: multipart/mixed", "", "--a", "", "1"], "multipart/mixed \"--a\\r\\n\\r\\n1\"",
            [.missingBoundary]
        ),
        (
            ["Content-Type: multipart; boundary=a", "", "--a", "", "1", "--a--"], "multipart(text/plain \"1\")",
            [.badContentType]
        ),
        (["Content-Type: text", "", "1"], "text/plain \"1\"", [.badContentType]),
        ([mixed, "", "--ab", "", "1"], "multipart/mixed \"--ab\\r\\n\\r\\n1\"", [.boundaryWithText, .noParts]),
        // RFC 2046 §5.1.2: the outer delimiter ends what is within.
        (
            [
                mixed, "", "--a", "Content-Type: multipart/mixed; boundary=ab", "", "--ab", "", "1", "--a", "", "2",
                "--a--",
            ],
            "multipart/mixed(multipart/mixed(text/plain \"1\"), text/plain \"2\")", [.missingEnd]
        ),
        (
            [mixed, "", "--a", mixed, "", "--a", "", "1", "--a--", "--a--"],
            "multipart/mixed(multipart/mixed(text/plain \"1\"))", [.repeatedBoundary]
        ),
        // RFC 2046 §5.1.5
        (
            ["Content-Type: multipart/digest; boundary=a", "", "--a", "", "Subject: x", "", "1", "--a--"],
            "multipart/digest(message/rfc822(text/plain \"1\"))", []
        ),
        (
            ["Content-Type: message/rfc822", "", "Content-Type: message/rfc822", "", "A: 1", "", "x"],
            "message/rfc822(message/rfc822(text/plain \"x\"))", []
        ),
        (
            [
                mixed, "", "--a", "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "eA==",
                "--a--",
            ],
            "multipart/mixed(message/rfc822 \"eA==\")", [.encodedContainer]
        ),
        (["Content-Type: text/plain", "Content-Type: text/html", "", "x"], "text/plain \"x\"", [.repeatedField]),
        (["Content-Type: text/plain; a=1; a=2", "", "x"], "text/plain \"x\"", [.oddParameters]),
        (
            ["Content-Type: multipart/mixed; boundary=\(String(repeating: "b", count: 71))", "", "x"],
            "multipart/mixed \"x\"", [.longBoundary, .noParts]
        ),
    ]

    @Test(arguments: messages)
    func `cuts messages into parts`(_ example: (lines: [String], read: String, defects: Set<MIMEDefect>)) {
        let tree = tree(example.lines)
        #expect(text(tree) == example.read)
        #expect(tree.defects == example.defects)
    }

    @Test func `keeps empty parts within their parents`() {
        let tree = tree(["Content-Type: multipart/digest; boundary=a", "", "--a", "", "--a", "--a--"])
        #expect(tree.parts.map(\.depth) == [0, 1, 2, 1, 2])
        for part in tree.parts where part.parent != nil {
            let parent = part.parent.map { tree.parts[$0].body } ?? 0..<0
            #expect(part.whole.clamped(to: parent) == part.whole)
            #expect(part.body.isEmpty)
        }
    }

    @Test func `finds the same parts with LF alone`() {
        for example in Self.messages {
            let lines = MIMETree(parsing: MailMessage(parsing: Array(example.lines.joined(separator: "\n").utf8)))
            #expect(lines.parts.map(\.contentType) == tree(example.lines).parts.map(\.contentType))
        }
    }

    @Test func `gives text, names, attachments and messages`() throws {
        let tree = tree([
            Self.mixed, "", "--a", "Content-Type: text/plain; charset=iso-8859-1",
            "Content-Transfer-Encoding: quoted-printable", "", "=E4", "--a",
            "Content-Type: application/x; name=\"n.bin\"", "Content-Transfer-Encoding: base64", "", "AQI=", "--a",
            "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename*=utf-8''%C3%A4.eml", "", "U3ViamVjdDogeA0KDQp5", "--a",
            "Content-Type: text/plain; charset=utf-16", "", "x", "--a--",
        ])
        #expect(tree.parts.map(\.isAttachment) == [false, false, true, true, false])
        #expect(tree.text(of: tree.parts[1]) == "ä")
        #expect(tree.parts[2].fileName == "n.bin")
        #expect(tree.decodedBody(of: tree.parts[2]).octets == [1, 2])
        #expect(tree.text(of: tree.parts[2]) == nil)
        #expect(tree.parts[3].fileName == "ä.eml")
        let inner = try #require(tree.message(in: tree.parts[3]))
        #expect(inner.header.first(named: "subject") != nil)
        #expect(String(lossy: inner.bodyBytes) == "y")
        #expect(tree.text(of: tree.parts[4]) == nil)
        #expect(tree.leaves.count == 4)
    }

    @Test func `looks no deeper than its limit and says so`() {
        let lines = (0..<10).flatMap { _ in ["Content-Type: message/rfc822", ""] } + ["", "x"]
        let tree = tree(lines, limits: MIMELimits(depth: 3))
        #expect(tree.parts.count == 4)
        #expect(tree.defects == [.tooDeep])
        #expect(self.tree(lines, limits: MIMELimits(depth: 20)).defects == [])
    }

    @Test func `lists no more parts than its limit and says so`() {
        let parts = (0..<5).flatMap { ["--a", "", "\($0)"] }
        let full = tree([Self.mixed, ""] + parts + ["--a--"], limits: MIMELimits(parts: 6))
        #expect(full.parts.count == 6)
        #expect(full.defects == [])
        let cut = tree([Self.mixed, ""] + parts + ["--a--"], limits: MIMELimits(parts: 4))
        #expect(cut.parts.count == 4)
        #expect(cut.defects == [.tooManyParts, .missingEnd])
    }
}
