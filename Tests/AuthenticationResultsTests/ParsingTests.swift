import AuthenticationResults
import MailBytes
import Testing

/// Reads a field's value, or tells the error.
func read(
    _ value: String, _ strictness: AuthenticationResultsField.Strictness = .strict
) throws(AuthenticationResultsError) -> AuthenticationResultsField {
    try AuthenticationResultsField(parsing: Array(value.utf8)[...], strictness)
}

/// A result in one line, for tables: `dkim/1=pass "reason" header.d=example.org`.
func line(_ result: MethodResult) -> String {
    var text = "\(result.method)/\(result.methodVersion)=\(result.result)"
    if let reason = result.reason { text += " \"\(reason)\"" }
    for property in result.properties {
        text += " \(property.type).\(property.name)=\(String(decoding: property.value, as: UTF8.self))"
    }
    return text
}

@Suite("Reading Authentication-Results")
struct ParsingTests {
    struct Case: Sendable, CustomStringConvertible {
        var source: String
        var value: String
        var id: String
        var results: [String]
        var description: String { source }
    }

    static let grammar: [Case] = [
        Case(source: "RFC 8601 B.2: no-result", value: " example.org 1; none", id: "example.org", results: []),
        Case(
            source: "RFC 8601 B.3", value: " example.com;\r\n          spf=pass smtp.mailfrom=example.net",
            id: "example.com", results: ["spf/1=pass smtp.mailfrom=example.net"]),
        Case(
            source: "RFC 8601 B.4, first field",
            value: " example.com;\r\n  auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
                + "  spf=pass smtp.mailfrom=example.net",
            id: "example.com",
            results: ["auth/1=pass smtp.auth=sender@example.net", "spf/1=pass smtp.mailfrom=example.net"]),
        Case(
            source: "RFC 8601 B.4, second field", value: " example.com; iprev=pass\r\n  policy.iprev=192.0.2.200",
            id: "example.com", results: ["iprev/1=pass policy.iprev=192.0.2.200"]),
        Case(
            source: "RFC 8601 B.5, first field",
            value: " example.com;\r\n  dkim=pass (good signature) header.d=example.com", id: "example.com",
            results: ["dkim/1=pass header.d=example.com"]),
        Case(
            source: "RFC 8601 B.5, second field",
            value: " example.com;\r\n  auth=pass (cram-md5) smtp.auth=sender@example.com;\r\n"
                + "  spf=fail smtp.mailfrom=example.com",
            id: "example.com",
            results: ["auth/1=pass smtp.auth=sender@example.com", "spf/1=fail smtp.mailfrom=example.com"]),
        Case(
            source: "RFC 8601 B.6, first field",
            value:
                " example.com;\r\n  dkim=pass reason=\"good signature\"\r\n    header.i=@mail-router.example.net;\r\n"
                + "  dkim=fail reason=\"bad signature\"\r\n    header.i=@newyork.example.com",
            id: "example.com",
            results: [
                "dkim/1=pass \"good signature\" header.i=@mail-router.example.net",
                "dkim/1=fail \"bad signature\" header.i=@newyork.example.com",
            ]),
        Case(
            source: "RFC 8601 B.6, second field",
            value: " example.net;\r\n  dkim=pass (good signature) header.i=@newyork.example.com", id: "example.net",
            results: ["dkim/1=pass header.i=@newyork.example.com"]),
        Case(
            source: "RFC 8601 B.7: comments wherever they may stand",
            value:
                " foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
                + " policy (A dot can go here) . (like that) expired\r\n (this surprised me) = "
                + "(as I wasn't expecting it) 1362471462",
            id: "foo.example.net", results: ["dkim/1=fail policy.expired=1362471462"]),
        Case(
            source: "RFC 8601 §2.2: CFWS in front of the identifier",
            value: " (a (b) \\) c)\r\n\tx.example(y);none (z) ",
            id: "x.example", results: []),
        Case(
            source: "RFC 8601 §2.2: a quoted identifier", value: "\"a \\\"b\\\" c\"; none", id: "a \"b\" c", results: []
        ),
        Case(
            source: "RFC 8601 §2.2: a value of a property needs no white space behind its quotes",
            value: "x; dkim=pass header.d=\"a\"header.s=b", id: "x", results: ["dkim/1=pass header.d=a header.s=b"]),
        Case(
            source: "RFC 8601 §2.2: a comment is white space",
            value: "x;dkim=pass(c)header(d).(e)s(f)=(g)a(h);spf=none",
            id: "x", results: ["dkim/1=pass header.s=a", "spf/1=none"]),
        Case(
            source: "RFC 8601 §2.6: the version of a method", value: "x; dkim/2=pass header.d=a; dkim / 07 = mystery",
            id: "x", results: ["dkim/2=pass header.d=a", "dkim/7=mystery"]),
        Case(
            source: "RFC 8601 §2.3: unknown property types are kept", value: "x; foo=bar baz.qux=1 reason.x=2", id: "x",
            results: ["foo/1=bar baz.qux=1 reason.x=2"]),
        Case(
            source: "keywords have no case", value: "x; DKIM=Pass Header.D=Example.ORG", id: "x",
            results: ["dkim/1=pass header.d=Example.ORG"]),
        Case(
            source: "RFC 5322 §3.4.1: all signs of a local part",
            value: "x; spf=pass smtp.mailfrom=a/b=c?d+e@example.org",
            id: "x", results: ["spf/1=pass smtp.mailfrom=a/b=c?d+e@example.org"]),
        Case(
            source: "RFC 5322 §3.4.1: a quoted local part",
            value: "x; spf=pass smtp.mailfrom=\"a \\b\\\"; dkim=pass\"@example.org", id: "x",
            results: ["spf/1=pass smtp.mailfrom=\"a b\\\"; dkim=pass\"@example.org"]),
        Case(
            source: "RFC 5322 §3.4.1, §4.4: CFWS in front of the at sign, obsolete local parts",
            value: "x; spf=pass smtp.mailfrom=a (c) @example.org smtp.rcptto=\"a\".b@example.org", id: "x",
            results: ["spf/1=pass smtp.mailfrom=a@example.org smtp.rcptto=\"a\".b@example.org"]),
        Case(
            source: "RFC 5322 §3.2.4: a fold within quotes", value: "x; dkim=fail reason=\"a\r\n b\"", id: "x",
            results: ["dkim/1=fail \"a b\""]),
        Case(
            source: "an empty quoted string", value: "\"\"; spf=none smtp.helo=\"\"", id: "",
            results: ["spf/1=none smtp.helo="]),
    ]

    @Test("fields that follow the grammar are read, strictly and tolerantly alike", arguments: grammar)
    func followsTheGrammar(_ test: Case) throws {
        for strictness in [AuthenticationResultsField.Strictness.strict, .strictInternational, .tolerant] {
            let field = try read(test.value, strictness)
            #expect(field.authservID == test.id)
            #expect(field.version == 1)
            #expect(field.results.map(line) == test.results)
        }
    }

    struct Refusal: Sendable, CustomStringConvertible {
        var value: String
        var code: AuthenticationResultsError.Code
        var offset: Int
        var description: String { value }
        init(_ value: String, _ code: AuthenticationResultsError.Code, _ offset: Int) {
            (self.value, self.code, self.offset) = (value, code, offset)
        }
    }

    static let refusals: [Refusal] = [
        Refusal("", .expectedAuthservID, 0),
        Refusal("; none", .expectedAuthservID, 0),
        Refusal("x", .expectedSemicolon, 1),
        Refusal("x;", .expectedMethod, 2),
        Refusal("x; none; none", .expectedEquals, 7),
        Refusal("x; spf=pass;", .expectedMethod, 12),
        Refusal("spf=pass", .expectedSemicolon, 3),
        Refusal("x y; none", .expectedSemicolon, 2),
        Refusal("x 2; none", .unsupportedVersion, 2),
        Refusal("x 0; none", .unsupportedVersion, 2),
        Refusal("x 99999999999999999999; none", .unsupportedVersion, 2),
        Refusal("x; dkim", .expectedEquals, 7),
        Refusal("x; dkim=", .expectedResult, 8),
        Refusal("x; dkim=foo", .unregisteredResult, 8),
        Refusal("x; dkim-=pass", .expectedMethod, 3),
        Refusal("x; dkim/=pass", .expectedVersion, 8),
        Refusal("x; dkim/1234567890=pass", .unsupportedVersion, 8),
        Refusal("x; dkim=pass header", .expectedDot, 19),
        Refusal("x; dkim=pass header.=1", .expectedProperty, 20),
        Refusal("x; dkim=pass header.d", .expectedEquals, 21),
        Refusal("x; dkim=pass header.d=", .expectedValue, 22),
        Refusal("x; dkim=pass header.b=a/b", .expectedValue, 22),
        Refusal("x; dkim=pass header.i=@", .expectedDomain, 23),
        Refusal("x; dkim=pass header.i=a@-b", .expectedDomain, 26),
        Refusal("x; dkim=pass header.i=.a@b", .expectedProperty, 24),
        Refusal("x; dkim=pass reason=", .expectedValue, 20),
        Refusal("x; dkim=pass reason=\"a\"header.d=b", .expectedSemicolon, 23),
        Refusal("x; dkim=pass header.d=a reason=b", .expectedDot, 30),
        Refusal("x (a; none", .unterminatedComment, 2),
        Refusal("x (a)); none", .expectedSemicolon, 5),
        Refusal("x; dkim=pass reason=\"a", .unterminatedQuotedString, 20),
        Refusal("x; dkim=pass reason=\"a\\", .unterminatedQuotedString, 20),
        Refusal("x\r\n; none", .badCharacter, 1),
        Refusal("x\n ; none", .badCharacter, 1),
        Refusal("x; dkim=pass reason=\"a\rb\"", .badCharacter, 22),
        Refusal("x; dkim=pass reason=\"a\u{0}b\"", .badCharacter, 22),
        Refusal("x (\u{7F}); none", .badCharacter, 3),
        Refusal("x (é); none", .nonASCII, 3),
        Refusal("\"é\"; none", .nonASCII, 1),
        Refusal("é; none", .expectedAuthservID, 0),
    ]

    @Test("what does not follow the grammar is refused with its place", arguments: refusals)
    func refuses(_ test: Refusal) {
        #expect(throws: AuthenticationResultsError(test.code, at: test.offset)) { try read(test.value) }
    }

    @Test(
        "RFC 8601 §2.2 with RFC 6532: UTF-8 in quoted strings, comments and addresses, in an internationalised reading")
    func utf8() throws {
        let field = try read(
            "\"bücher.example\" (ä); dkim=pass reason=\"schön\" header.i=Pelé@bücher.example header.d=bücher.example",
            .strictInternational)
        #expect(field.authservID == "bücher.example")
        #expect(
            field.results.map(line)
                == ["dkim/1=pass \"schön\" header.i=Pelé@bücher.example header.d=bücher.example"])
        #expect(throws: AuthenticationResultsError(.expectedSemicolon, at: 1)) {
            try read("bücher.example; none", .strictInternational)
        }
        #expect(throws: AuthenticationResultsError(.notUTF8, at: 0)) {
            try AuthenticationResultsField(
                parsing: [0x78, 0x20, 0x28, 0xFF, 0x29, 0x3B] + Array("none".utf8),
                .strictInternational)
        }
    }

    struct Tolerated: Sendable, CustomStringConvertible {
        var value: String
        var id: String
        var results: [String]
        var description: String { value }
        init(_ value: String, _ id: String, _ results: [String]) {
            (self.value, self.id, self.results) = (value, id, results)
        }
    }

    static let tolerated: [Tolerated] = [
        Tolerated("x", "x", []),
        Tolerated("", "", []),
        Tolerated("x;", "x", []),
        Tolerated("x;; spf=pass;;", "x", ["spf/1=pass"]),
        Tolerated("x; none; spf=pass", "x", ["spf/1=pass"]),
        Tolerated("mx.example/filter; spf=pass", "mx.example/filter", ["spf/1=pass"]),
        Tolerated("spf/1=pass (x) smtp.helo=a;dkim=none", "", ["spf/1=pass smtp.helo=a", "dkim/1=none"]),
        Tolerated("x; dkim=pass header.b=a/b+c=; spf=pass", "x", ["dkim/1=pass header.b=a/b+c=", "spf/1=pass"]),
        Tolerated("x; dkim=hardfail header.d=", "x", ["dkim/1=hardfail header.d="]),
        Tolerated(
            "x; dmarc=pass action=none header.from=a.example reason=100", "x",
            ["dmarc/1=pass \"100\" header.from=a.example"]),
        Tolerated("x; spf=pass smtp.mailfrom=<a@b.example>", "x", ["spf/1=pass smtp.mailfrom=<a@b.example>"]),
        Tolerated(
            "x; spf=pass smtp.mailfrom=\"a b\"@[192.0.2.1]", "x", ["spf/1=pass smtp.mailfrom=\"a b\"@[192.0.2.1]"]),
        Tolerated("x; =; a b c; \"d;e=f\"; spf=pass", "x", ["spf/1=pass"]),
        Tolerated("x; spf=pass )( ) header.d=\"a;b=c\"; dkim=none", "x", ["spf/1=pass", "dkim/1=none"]),
        Tolerated("x\n; spf=pass\r\n", "x", ["spf/1=pass"]),
        Tolerated("x; x_y=pass header.a_b=c", "x", ["x_y/1=pass header.a_b=c"]),
    ]

    @Test("tolerant readings get what there is", arguments: tolerated)
    func tolerates(_ test: Tolerated) throws {
        let field = try read(test.value, .tolerant)
        #expect(field.authservID == test.id)
        #expect(field.results.map(line) == test.results)
    }

    @Test(
        "tolerant readings give up where nothing can be told apart any more",
        arguments: ["x (a; none", "x; spf=pass smtp.helo=\"a; dkim=pass", "x 2; foo"])
    func tolerantRefusals(_ value: String) {
        #expect(throws: AuthenticationResultsError.self) { try read(value, .tolerant) }
    }

    @Test("the comment right behind a result is kept")
    func comments() throws {
        let value = "x; a=b (c (d)\r\n \\e) (f) reason=g (h) i.j=k; l=m reason=n (o); p=q ( ); r=s (\"t; u=v\")"
        for strictness in [AuthenticationResultsField.Strictness.strict, .tolerant] {
            #expect(try read(value, strictness).results.map(\.comment) == ["c (d) e", nil, nil, "\"t; u=v\""])
        }
        #expect(try read("x; a=b(c (d)\r\n \\e\\\\)").results.first?.comment == "c (d) e\\")
    }

    @Test("RFC 8601 §2.3, §2.6, §4.1: what is not registered is not for use")
    func usableResults() throws {
        let field = try read(
            "x; dkim=pass header.d=a local.e=b; dkim/2=pass; foo=pass; dnswl=pass dns.zone=c", .strict)
        #expect(field.usableResults.map(line) == ["dkim/1=pass header.d=a", "dnswl/1=pass dns.zone=c"])
        #expect(field.results(of: "DKIM").count == 2)
    }
}
