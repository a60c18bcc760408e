import MTASTS
import MailBytes
import MailNames
import Testing

@Suite struct MTASTSPolicyTests {
    static let example = """
        version: STSv1
        mode: enforce
        mx: mail.example.com
        mx: *.example.net
        mx: backupmx.example.com
        max_age: 604800

        """

    @Test func `the example of RFC 8461 is read, with either line end`() throws {
        for text in [
            Self.example, Self.example.replacing("\n", with: "\r\n"), Self.example.replacing("\n", with: " \t\n"),
        ] {
            let policy = try MTASTSPolicy(parsing: text)
            #expect(policy.mode == .enforce)
            #expect(policy.maxAgeSeconds == 604_800)
            #expect(policy.mxPatterns.map(\.text) == ["mail.example.com", "*.example.net", "backupmx.example.com"])
            #expect(policy.notes.isEmpty)
            #expect(policy.text == Self.example.replacing("\n", with: "\r\n"))
        }
    }

    @Test func `what is unknown or repeated is ignored and noted`() throws {
        let text = """
            version: STSv1
            mode: none
            mode: enforce
            future: any thing \u{e4}
            max_age: 0000000001
            max_age: bad
            version: STSv2
            Mode: x

            """
        let policy = try MTASTSPolicy(parsing: text)
        #expect(policy.mode == .none)
        #expect(policy.maxAgeSeconds == 1)
        #expect(policy.mxPatterns.isEmpty)
        #expect(
            policy.notes == [
                MTASTSPolicyNote(.repeatedField, line: 3), MTASTSPolicyNote(.unknownField, line: 4),
                MTASTSPolicyNote(.repeatedField, line: 6), MTASTSPolicyNote(.repeatedField, line: 7),
                MTASTSPolicyNote(.unknownField, line: 8),
            ])
    }

    @Test func `a blank line is borne and noted`() throws {
        let policy = try MTASTSPolicy(parsing: "\nversion: STSv1\n \nmode: none\nmax_age: 1\n\r\n")
        #expect(policy.notes.map(\.line) == [1, 3, 6])
        #expect(policy.notes.allSatisfy { $0.problem == .blankLine })
    }

    @Test(arguments: [
        ("", MTASTSSyntaxError.Problem.versionMissing, 1, 1), ("mode: none\nmax_age: 1", .versionMissing, 2, 11),
        ("version: STSv2\n", .version, 1, 10), ("version: stsv1\n", .version, 1, 10),
        ("version: STSv1\nmax_age: 1\n", .modeMissing, 3, 1), ("version: STSv1\nmode: None\n", .mode, 2, 7),
        ("version: STSv1\nmode:enforced\n", .mode, 2, 6), ("version: STSv1\nmode: none\n", .maxAgeMissing, 3, 1),
        ("version: STSv1\r\nmode: none\r\nmax_age: -1\r\n", .maxAge, 3, 10),
        ("version: STSv1\nmode: none\nmax_age: 1.5\n", .maxAge, 3, 10),
        ("version: STSv1\nmode: none\nmax_age: 01234567890\n", .maxAge, 3, 10),
        ("version: STSv1\nmode: none\nmax_age: 31557601\n", .maxAgeTooLarge, 3, 10),
        ("version: STSv1\nmode: none\nmax_age: 9999999999\n", .maxAgeTooLarge, 3, 10),
        ("version: STSv1\nmode: enforce\nmax_age: 1\n", .mxMissing, 4, 1),
        ("version: STSv1\nmode: testing\nmax_age: 1", .mxMissing, 3, 11), ("version:\n", .emptyValue, 1, 9),
        ("version: \t \n", .emptyValue, 1, 9), ("version STSv1\n", .delimiter, 1, 8),
        ("version : STSv1\n", .delimiter, 1, 8),
        (" version: STSv1\n", .fieldName, 1, 1), ("\u{FEFF}version: STSv1\n", .fieldName, 1, 1),
        (": x\n", .fieldName, 1, 1), ("<!DOCTYPE html>\n", .fieldName, 1, 1),
        ("version: STSv1\rmode: none\n", .character, 1, 15), ("version: STSv1\r\r\n", .character, 1, 15),
        ("a: b\tc\n", .character, 1, 5), ("a: b\u{0}\n", .character, 1, 5), ("a: b\u{7F}c\n", .character, 1, 5),
        ("version: STSv1\nmode: none\nmx: m\u{f8}x.example\nmax_age: 1\n", .mxNotALabels, 3, 6),
        ("version: STSv1\nmx: mx_1.example\n", .mx, 2, 5), ("version: STSv1\nmx: mx.example.\n", .mx, 2, 5),
        ("mx: a.example b.example\n", .mx, 1, 5), ("mx: a.example,b.example\n", .mx, 1, 5),
    ])
    func `mistakes are found where they are`(
        _ text: String, _ problem: MTASTSSyntaxError.Problem, _ line: Int, _ column: Int
    ) {
        let error = #expect(throws: MTASTSSyntaxError.self) { try MTASTSPolicy(parsing: text) }
        #expect(error?.problem == problem)
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test func `octets that are not UTF-8 are refused`() {
        let error = #expect(throws: MTASTSSyntaxError.self) {
            try MTASTSPolicy(parsing: Array("a: b\nx: ".utf8) + [0xC3, 0x28])
        }
        #expect(error == MTASTSSyntaxError(.notUTF8, offset: 8, line: 2, column: 4))
    }

    @Test func `the longest policy is read, and not one octet more`() throws {
        var text = Array("version: STSv1\nmode: none\nmax_age: 1\n".utf8)
        while text.count < MTASTSLimits.policyBytesMax - 10 { text += Array("x: y\n".utf8) }
        text += Array("z: ".utf8)
        text += [UInt8](repeating: UInt8(ascii: "z"), count: MTASTSLimits.policyBytesMax - text.count)
        let policy = try MTASTSPolicy(parsing: text)
        #expect(policy.notes.count == 100)
        let error = #expect(throws: MTASTSSyntaxError.self) { try MTASTSPolicy(parsing: text + [0x7A]) }
        #expect(error?.problem == .tooLong)
    }

    @Test func `every beginning of a policy is read or refused within it`() {
        let text = Array(Self.example.replacing("\n", with: "\r\n").utf8)
        for length in 0...text.count {
            do throws(MTASTSSyntaxError) {
                let policy = try MTASTSPolicy(parsing: Array(text[..<length]))
                #expect(policy.mxPatterns.count == 3)
                #expect(String(policy.maxAgeSeconds).utf8.count <= 6)
            } catch {
                #expect(error.offset <= length && error.line <= 7 && error.column >= 1)
            }
        }
    }

    @Test func `policies are printed as they are read`() throws {
        for mode in MTASTSMode.allCases {
            for age in [0, 1, 86_400, MTASTSLimits.maxAgeSecondsMax] {
                let patterns = try ["mx.example", "*.example"].map { try MTASTSHostPattern(parsing: $0) }
                let policy = MTASTSPolicy(mode: mode, maxAgeSeconds: age, mxPatterns: patterns)
                #expect(try MTASTSPolicy(parsing: policy.text) == policy)
                #expect(try MTASTSPolicy(parsing: policy.lines.joined(separator: "\n")) == policy)
            }
        }
    }

    @Test(arguments: [
        ("text/plain", true), ("Text/Plain; charset=utf-8", true), ("text/plain ;x=y", true), ("text/html", false),
        ("text/plain2", false), ("application/octet-stream", false), ("", false), ("text /plain", false),
    ])
    func `a policy is plain text`(_ type: String, _ expected: Bool) {
        #expect(MTASTSPolicy.isPlainText(mediaType: type) == expected)
        #expect(!MTASTSPolicy.isPlainText(mediaType: nil))
    }
}

@Suite struct MTASTSHostPatternTests {
    @Test(arguments: [
        ("mail.example.com", "mail.example.com", true), ("mail.example.com", "MAIL.Example.COM.", true),
        ("mail.example.com", "a.mail.example.com", false), ("mail.example.com", "example.com", false),
        ("*.example.com", "mail.example.com", true), ("*.example.com", "MX.EXAMPLE.COM", true),
        // RFC 8461 §4.1: neither the name itself nor two labels.
        ("*.example.com", "example.com", false), ("*.example.com", "foo.bar.example.com", false),
        ("*.example.com", "mail.example.com.evil.example", false), ("*.example.com", "mailexample.com", false),
        ("*.example.com", "evil-example.com", false), ("*.EXAMPLE.com", "a.example.com", true),
        ("*.com", "example.com", true), ("*.com", "com", false), ("localhost", "localhost", true),
        ("xn--mx-xka.example", "m\u{f8}x.example", false), ("xn--mx-lka.example", "m\u{f8}x.example", true),
        ("*.xn--bcher-kva.example", "mx.B\u{dc}CHER.example", true), ("192.0.2.1", "192.0.2.1", true),
    ])
    func `a pattern stands for one name or one label`(_ text: String, _ host: String, _ matches: Bool) throws {
        let pattern = try MTASTSHostPattern(parsing: text)
        #expect(pattern.matches(try DomainName(mailDomain: host)) == matches)
        #expect(!pattern.matches(.root))
        #expect(try MTASTSHostPattern(parsing: pattern.text) == pattern)
        #expect(MTASTSHostPattern(pattern.name, isWildcard: pattern.isWildcard) == pattern)
    }

    @Test(arguments: [
        "", "*", "*.", "**.example", "*.*.example", "a.*.example", "mx*.example", "*mx.example", ".example",
        "a..example",
        "-a.example", "a-.example", "a.example-", "a_b.example", "a.example.", "a b", "a:25", "[192.0.2.1]", "a/b",
        "a\u{0}",
        String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 127) + "ab",
    ])
    func `everything else is no pattern`(_ text: String) {
        #expect(throws: MTASTSSyntaxError.self) { try MTASTSHostPattern(parsing: text) }
    }

    @Test func `a policy allows what one of its patterns matches`() throws {
        let policy = try MTASTSPolicy(parsing: MTASTSPolicyTests.example)
        #expect(policy.pattern(matching: try DomainName("mx7.example.net"))?.text == "*.example.net")
        #expect(policy.allows(try DomainName("backupmx.example.com")))
        #expect(!policy.allows(try DomainName("example.net")))
    }
}
