import AuthenticationResults
import MailBytes
import MailFormat
import Testing

/// Numbers that look random and are the same in every run.
struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

@Suite("Printing Authentication-Results")
struct PrintingTests {
    private func print(
        _ field: AuthenticationResultsField, _ folding: AuthenticationResultsField.Folding = .none
    ) -> String {
        String(decoding: field.fieldValue(folding: folding), as: UTF8.self)
    }

    @Test("the results that Postseal writes")
    func methods() {
        let field = AuthenticationResultsField(
            authservID: "mx.example.org",
            results: [
                .spf("pass", .mailFrom, domain: "example.net"),
                .spf("softfail", .helo, domain: "mail.example.net", reason: "address not listed"),
                .dkim(
                    "pass", domain: "example.net", identity: "@example.net", selector: "s1", algorithm: "rsa-sha256",
                    signaturePrefix: "gfT/i2HB"),
                .dmarc("fail", authorDomain: "example.com", policy: "quarantine", comment: "p=reject; t=y"),
                .arc("pass", remoteAddress: "2001:db8::1", oldestPass: 0),
                .iprev("pass", address: "192.0.2.1"),
                .auth("pass", identity: "client@c.example", mailFrom: "bob@b.example"),
            ])
        #expect(
            print(field)
                == "mx.example.org; spf=pass smtp.mailfrom=example.net; "
                + "spf=softfail reason=\"address not listed\" smtp.helo=mail.example.net; "
                + "dkim=pass header.d=example.net header.i=@example.net header.s=s1 header.a=rsa-sha256 "
                + "header.b=\"gfT/i2HB\"; "
                + "dmarc=fail (p=reject, t=y) header.from=example.com policy.dmarc=quarantine; "
                + "arc=pass smtp.remote-ip=\"2001:db8::1\" header.oldest-pass=0; "
                + "iprev=pass policy.iprev=192.0.2.1; "
                + "auth=pass smtp.auth=client@c.example smtp.mailfrom=bob@b.example")
    }

    @Test("nothing checked is none")
    func none() {
        #expect(print(AuthenticationResultsField(authservID: "example.org")) == "example.org; none")
        #expect(
            AuthenticationResultsField(authservID: "example.org").field()
                == Array("Authentication-Results: example.org; none\r\n".utf8))
    }

    @Test("RFC 5322 §2.1.1: lines end before column 78, each result begins one")
    func folding() {
        let long = (0..<12).map { MethodResult.Property(.policy, "p\($0)", "value-\($0)") }
        let field = AuthenticationResultsField(
            authservID: "mx.example.org",
            results: [
                MethodResult(
                    method: "foo", result: "bar", comment: String(repeating: "word ", count: 40), properties: long),
                .spf("none", .helo, domain: "a.example"),
            ])
        let wire = String(decoding: field.field(), as: UTF8.self)
        #expect(wire.hasPrefix("Authentication-Results: mx.example.org;\r\n\tfoo=bar (word word"))
        #expect(wire.hasSuffix(";\r\n\tspf=none smtp.helo=a.example\r\n"))
        for line in wire.split(separator: "\r\n") { #expect(line.utf8.count + (line.hasPrefix("\t") ? 7 : 0) <= 78) }
        #expect(print(field, .milter) == wire.dropFirst(24).dropLast().replacing("\r\n", with: "\n"))
    }

    struct Word: Sendable, CustomStringConvertible {
        var octets: [UInt8]
        var ascii: String
        var utf8: String
        var description: String { ascii }
        init(_ text: String, _ ascii: String, _ utf8: String? = nil) {
            self.init(Array(text.utf8), ascii, utf8)
        }
        init(_ octets: [UInt8], _ ascii: String, _ utf8: String? = nil) {
            (self.octets, self.ascii, self.utf8) = (octets, ascii, utf8 ?? ascii)
        }
    }

    static let words: [Word] = [
        Word("a.example", "a.example"),
        Word("", "\"\""),
        Word("a b", "\"a b\""),
        Word("a\tb", "\"a\tb\""),
        Word("a\r\n b: c", "\"a?? b: c\""),
        Word("a\u{0}b\u{7F}", "\"a?b?\""),
        Word("a;b", "\"a;b\""),
        Word("(a)", "\"(a)\""),
        Word("a\"b\\c", "\"a\\\"b\\\\c\""),
        Word("a@b.example", "a@b.example"),
        Word("@b.example", "@b.example"),
        Word("a@b_c.example", "\"a@b_c.example\""),
        Word("a@b.example.", "\"a@b.example.\""),
        Word("\"a b\"@c.example", "\"a b\"@c.example"),
        Word("\"a;b\\\"\"@c.example", "\"a;b\\\"\"@c.example"),
        Word("\"a\\b\"@c.example", "\"\\\"a\\\\b\\\"@c.example\""),
        Word("a b@c.example", "\"a b@c.example\""),
        Word("a@b.example header.d=c", "\"a@b.example header.d=c\""),
        Word("a/b+c==", "\"a/b+c==\""),
        Word("2001:db8::1", "\"2001:db8::1\""),
        Word("bücher.example", "xn--bcher-kva.example", "bücher.example"),
        Word("a@bücher.example", "a@xn--bcher-kva.example", "a@bücher.example"),
        Word("ü@bücher.example", "?@xn--bcher-kva.example", "ü@bücher.example"),
        Word("ü ü", "\"? ?\"", "\"ü ü\""),
        Word([0x61, 0xFF, 0x62], "\"a?b\""),
        Word([0xC3], "\"?\""),
        Word("a\u{2028}b\u{202E}c\u{85}d", "\"a?b?c?d\""),
    ]

    @Test("hostile values are quoted, escaped or replaced", arguments: words)
    func values(_ word: Word) {
        let field = AuthenticationResultsField(
            authservID: "x",
            results: [MethodResult(method: "a", result: "b", properties: [.init(.smtp, "c", word.octets)])])
        #expect(print(field) == "x; a=b smtp.c=" + word.ascii)
        #expect(
            String(decoding: field.fieldValue(folding: .none, encoding: .utf8), as: UTF8.self) == "x; a=b smtp.c="
                + word.utf8)
    }

    @Test("the authentication service identifier is quoted where it must be")
    func identifiers() {
        #expect(print(AuthenticationResultsField(authservID: "a b")) == "\"a b\"; none")
        #expect(
            print(AuthenticationResultsField(authservID: "x; spf=pass\r\nBcc: y")) == "\"x; spf=pass??Bcc: y\"; none")
        #expect(print(AuthenticationResultsField(authservID: "bücher.example")) == "xn--bcher-kva.example; none")
        #expect(
            AuthenticationResultsField(authservID: "bücher.example").fieldValue(encoding: .utf8)
                == Array("\"bücher.example\"; none".utf8))
    }

    @Test("comments can be nothing but comments")
    func comments() {
        func comment(_ text: String) -> String {
            print(
                AuthenticationResultsField(
                    authservID: "x", results: [MethodResult(method: "a", result: "b", comment: text)]))
        }
        #expect(comment("2048-bit key") == "x; a=b (2048-bit key)")
        #expect(comment("a) ; c=d \\) \" (e\r\nBcc: f\u{0}") == "x; a=b (a] , c=d '] ' [e??Bcc: f?)")
        #expect(comment("  ") == "x; a=b")
        #expect(comment("") == "x; a=b")
        #expect(comment(String(repeating: "(", count: 100_000)).utf8.count == "x; a=b ()".utf8.count + 400)
    }

    @Test("keywords can be nothing but keywords")
    func keywords() {
        let field = AuthenticationResultsField(
            authservID: "x",
            results: [MethodResult(method: "a;b=c-", result: "", properties: [.init(.init("Ü"), "d e", "f")])])
        #expect(print(field) == "x; a-b-c=unknown unknown.d-e=f")
    }

    @Test("names that the other side chose lose what separates things, even within quotes")
    func hostileNames() {
        let field = AuthenticationResultsField(
            authservID: "x",
            results: [
                .spf("fail", .helo, domain: "a;dkim=pass header.d=b"),
                .dkim("fail", domain: "c", identity: "\"x; dkim=pass\"@c"),
                .auth("pass", identity: "a\r\n b(c)\"d\\"),
            ])
        #expect(
            print(field)
                == "x; spf=fail smtp.helo=\"a?dkim=pass?header.d=b\"; dkim=fail header.d=c header.i=@c; "
                + "auth=pass smtp.auth=\"a???b?c??d?\"")
    }

    @Test("no line passes the 998 octets of RFC 5322 §2.1.1, whatever the values")
    func longValues() throws {
        let long = String(repeating: "\\ü", count: 10_000)
        let field = AuthenticationResultsField(
            authservID: long,
            results: [
                MethodResult(
                    method: long, result: long, reason: long, comment: long,
                    properties: [
                        .init(.init(long), long, long), .init(.smtp, "a", String(repeating: "a", count: 5_000)),
                    ])
            ])
        for encoding in [AuthenticationResultsField.Encoding.ascii, .utf8] {
            let printed = field.field(encoding: encoding)
            for line in printed.split(separator: UInt8.lineFeed) { #expect(line.count < 998) }
            let value = printed.dropFirst(24).dropLast(2)
            let read = try AuthenticationResultsField(parsing: value, .strictInternational)
            #expect(read.results.count == 1)
        }
    }

    // MARK: Properties

    /// A field of random parts, out of an alphabet that hurts.
    private func field(
        _ numbers: inout Numbers, alphabet: [String], keepsComments: Bool = false
    ) -> AuthenticationResultsField {
        func text(_ lengths: ClosedRange<Int>) -> String {
            (0..<Int.random(in: lengths, using: &numbers)).map { _ in alphabet.randomElement(using: &numbers) ?? "" }
                .joined()
        }
        let keywords = ["dkim", "spf", "x-foo", "a1", "none", "reason", "mailfrom"]
        func keyword() -> String { keywords.randomElement(using: &numbers) ?? "" }
        var field = AuthenticationResultsField(authservID: text(0...6))
        for _ in 0..<Int.random(in: 0...3, using: &numbers) {
            var result = MethodResult(method: "x-" + keyword(), result: keyword())
            if Bool.random(using: &numbers) { result.reason = text(0...8) }
            if Bool.random(using: &numbers) { result.comment = text(0...8) }
            if keepsComments { result.comment = "2048-bit key, p=\(numbers.next())" }
            if Bool.random(using: &numbers) { result.methodVersion = Int.random(in: 1...3, using: &numbers) }
            for _ in 0..<Int.random(in: 0...3, using: &numbers) {
                result.properties.append(.init(.init(keyword()), keyword(), text(0...8)))
            }
            field.results.append(result)
        }
        return field
    }

    @Test("what was printed is read as what it was", arguments: [0, 1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        var numbers = Numbers(state: seed)
        let ascii = [
            "a", "B", "7", ".", "@", "-", "_", "/", "=", ";", "(", ")", "\"", "\\", " ", "\t", ",", ":", "<", "none",
            "spf=pass",
        ]
        for turn in 0..<2_000 {
            let international = turn % 2 == 1
            let original = field(
                &numbers, alphabet: international ? ascii + ["ü", "字", "🙂"] : ascii, keepsComments: true)
            for folding in [AuthenticationResultsField.Folding.none, .wire, .milter] {
                let printed = original.fieldValue(folding: folding, encoding: international ? .utf8 : .ascii)
                // The milter's line feeds become CR LF before anybody reads them.
                let value = MailMessage.withNetworkLineEndings(printed)
                let read = try AuthenticationResultsField(
                    parsing: value[...], international ? .strictInternational : .strict)
                #expect(read == original, "\(String(decoding: printed, as: UTF8.self))")
                let tolerant = try AuthenticationResultsField(parsing: value[...], .tolerant)
                #expect(tolerant == original, "\(String(decoding: printed, as: UTF8.self))")
            }
        }
    }

    @Test("nothing printed begins a field or a result of its own", arguments: [4, 5, 6, 7] as [UInt64])
    func cannotBeInjected(seed: UInt64) throws {
        var numbers = Numbers(state: seed)
        let alphabet = [
            "\r\n", "\r", "\n", "\u{0}", " ", "\t", ";", "=", "\"", "\\", "(", ")", "Bcc: x", "dkim=pass", "ü",
            "\u{2028}", ".",
        ]
        for _ in 0..<2_000 {
            let original = field(&numbers, alphabet: alphabet)
            for encoding in [AuthenticationResultsField.Encoding.ascii, .utf8] {
                let message = MailMessage(parsing: original.field(encoding: encoding) + Array("\r\n".utf8))
                #expect(message.header.fields.count == 1)
                #expect(message.defects.isEmpty)
                guard let only = message.header.fields.first else { return }
                let read = try AuthenticationResultsField(
                    parsing: message.header.cursor(of: only), encoding == .utf8 ? .strictInternational : .strict)
                #expect(read.results.map(\.method) == original.results.map(\.method))
                #expect(read.results.map(\.result) == original.results.map(\.result))
                #expect(
                    read.results.map { $0.properties.map(\.name) } == original.results.map { $0.properties.map(\.name) }
                )
            }
        }
    }
}
