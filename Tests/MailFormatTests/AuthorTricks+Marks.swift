extension AuthorTrick {
    // Quotes, comments, brackets, backslashes: RFC 5322 §3.2.
    static let marks: [AuthorTrick] = [
        .init("open quote", "From: \"Ann <a@x.example>", ["a@x.example"], ["unbalanced-quote"]),
        .init(
            "open quote hides the second", "From: <a@x.example>, \"<b@y.example>", ["a@x.example", "b@y.example"],
            ["unbalanced-quote", "several-mailboxes"]),
        .init("quote hides an author", "From: \"a@x.example, \" <b@y.example>", ["b@y.example"], ["address-in-name"]),
        .init("escaped quote", "From: \"x\\\" <a@x.example>, \" <b@y.example>", ["b@y.example"], ["address-in-name"]),
        .init("quoted in brackets", "From: \"<a@x.example>\" <b@y.example>", ["b@y.example"], ["address-in-name"]),
        .init("open comment", "From: a@x.example (Ann", ["a@x.example"], ["unbalanced-comment", "trailing-text"]),
        .init("open comment hides the author", "From: (Ann <a@x.example>", ["a@x.example"], ["unbalanced-comment"]),
        .init("closed without being open", "From: Ann) <a@x.example>", ["a@x.example"], ["unbalanced-comment"]),
        .init("comment hides an author", "From: (a@x.example,) b@y.example", ["b@y.example"], ["address-in-comment"]),
        .init(
            "comment with escaped end", "From: (\\) <a@x.example>) <b@y.example>", ["b@y.example"],
            ["address-in-comment"]),
        .init(
            "comment behind the address", "From: <b@y.example> (a@x.example)", ["b@y.example"], ["address-in-comment"]),
        .init("comment in the brackets", "From: <(a@x.example)b@y.example>", ["b@y.example"], ["address-in-comment"]),
        .init("nested comment", "From: (x (y) <a@x.example>) b@y.example", ["b@y.example"], ["address-in-comment"]),
        .init("quote in a comment", "From: (\") <a@x.example> (\")", ["a@x.example"], []),
        .init("parenthesis in a quote", "From: \"(\" <a@x.example> \")\"", ["a@x.example"], ["trailing-text"]),
        .init("open angle", "From: Ann <a@x.example", ["a@x.example"], ["unbalanced-angle"]),
        .init(
            "open angle and another", "From: <a@x.example <b@y.example>", ["a@x.example", "b@y.example"],
            ["unbalanced-angle", "missing-punctuation", "several-mailboxes"]),
        .init("two open angles", "From: <<a@x.example>>", ["a@x.example"], ["unbalanced-angle"]),
        .init("closed angle alone", "From: a@x.example>", ["a@x.example"], ["unbalanced-angle"]),
        .init("brackets the wrong way", "From: >a@x.example<", ["a@x.example"], ["unbalanced-angle"]),
        .init("square bracket", "From: [a@x.example", ["a@x.example"], ["unbalanced-bracket"]),
        .init(
            "address in square brackets", "From: [a@x.example] <b@y.example>", ["b@y.example"],
            ["unbalanced-bracket", "address-before-angle", "address-in-name"]),
        .init(
            "backslash before a comma", "From: a@x.example\\, b@y.example", ["a@x.example", "b@y.example"],
            ["stray-backslash", "several-mailboxes"]),
        .init(
            "backslash before an at sign", "From: a\\@x.example@y.example", ["\"a@x.example\"@y.example"],
            ["stray-backslash", "several-at", "address-in-local-part"]),
        .init(
            "backslash before brackets", "From: \\<a@x.example\\> <b@y.example>", ["a@x.example", "b@y.example"],
            ["stray-backslash", "missing-punctuation", "several-mailboxes"]),
    ]

    // Octets that have no business in a field: RFC 5322 §2.2, §3.6.8.
    static let octets: [AuthorTrick] = [
        .init(
            "NUL in the domain", "From: a@x.example\u{0}.y.example", ["a@x.example\u{0}.y.example"],
            ["control-character", "no-domain"]),
        .init("NUL in the name", "From: Ann\u{0} <a@x.example>", ["a@x.example"], ["control-character"]),
        .init("NUL in quotes", "From: \"Ann\u{0}\" <a@x.example>", ["a@x.example"], ["control-character"]),
        .init("control in a comment", "From: a@x.example (\u{7})", ["a@x.example"], ["control-character"]),
        .init(
            "bare CR in the name", "From: Ann\rb@y.example <a@x.example>", ["a@x.example"],
            ["bare-line-break", "address-before-angle", "address-in-name"]),
        .init("bare CR in quotes", "From: \"Ann\rBob\" <a@x.example>", ["a@x.example"], ["bare-line-break"]),
        .init("DEL in the address", "From: a\u{7F}@x.example", ["\"a\u{7F}\"@x.example"], ["control-character"]),
        .init(
            "long address", "From: a@\(String(repeating: "a.", count: 126))example",
            ["a@\(String(repeating: "a.", count: 126))example"], ["too-long", "no-domain"]),
        .init(
            "long local part", "From: \(String(repeating: "a", count: 250))@x.example",
            ["\(String(repeating: "a", count: 250))@x.example"], ["too-long"]),
        .init(
            "long line", "From: \"\(String(repeating: "a ", count: 500))\" <a@x.example>", ["a@x.example"], ["too-long"]
        ),
    ]

    // Encoded words: RFC 2047 §5.
    static let names: [AuthorTrick] = [
        .init("address in the name", "From: \"a@x.example\" <b@y.example>", ["b@y.example"], ["address-in-name"]),
        .init(
            "address via a list", "From: \"'a@x.example' via List\" <list@y.example>", ["list@y.example"],
            ["address-in-name"]),
        .init(
            "encoded address in the name", "From: =?utf-8?q?a=40x.example?= <b@y.example>", ["b@y.example"],
            ["address-in-name"]),
        .init(
            "encoded address in base64", "From: =?utf-8?b?YUB4LmV4YW1wbGU=?= <b@y.example>", ["b@y.example"],
            ["address-in-name"]),
        .init(
            "encoded address in another charset", "From: =?koi8-r?b?YUB4LmV4YW1wbGU=?= <b@y.example>", ["b@y.example"],
            ["address-in-name"]),
        .init(
            "encoded address in quotes", "From: \"=?utf-8?q?a=40x.example?=\" <b@y.example>", ["b@y.example"],
            ["address-in-name"]),
        .init(
            "encoded brackets", "From: =?utf-8?q?=3Ca=40x.example=3E?= <b@y.example>", ["b@y.example"],
            ["address-in-name"]),
        .init(
            "encoded author alone", "From: =?utf-8?q?a=40x.example?=", [],
            ["no-address", "incomplete-address", "address-in-name"]),
        .init(
            "encoded author in brackets", "From: <=?utf-8?q?a=40x.example?=>", ["=?utf-8?q?a=40x.example?="],
            ["no-address", "no-domain", "encoded-word-in-address"]),
        .init(
            "encoded local part", "From: =?utf-8?q?a=40x.example=3E?=@y.example",
            ["=?utf-8?q?a=40x.example=3E?=@y.example"], ["encoded-word-in-address"]),
        .init(
            "encoded domain", "From: a@=?utf-8?q?x.example?=", ["a@=?utf-8?q?x.example?="],
            ["encoded-word-in-address", "no-domain"]),
        .init(
            "encoded line break", "From: =?utf-8?q?Ann=0D=0AFrom:_b?= <a@x.example>", ["a@x.example"],
            ["encoded-control-character"]),
        .init("encoded NUL", "From: =?utf-8?b?YQBi?= <a@x.example>", ["a@x.example"], ["encoded-control-character"]),
        .init(
            "encoded NUL in another charset", "From: =?koi8-r?b?YQBi?= <a@x.example>", ["a@x.example"],
            ["encoded-control-character"]),
        .init(
            "brackets in an encoded word", "From: =?utf-8?q?<a@x.example>?= <b@y.example>",
            ["a@x.example", "b@y.example"],
            ["missing-punctuation", "several-mailboxes"]),
        .init(
            "quote in an encoded word", "From: =?utf-8?q?\"?= <a@x.example> =?utf-8?q?\"?= <b@y.example>",
            ["b@y.example"],
            ["address-in-name"]),
        .init(
            "open parenthesis in an encoded word", "From: =?utf-8?q?(?= <a@x.example> =?utf-8?q?)?= <b@y.example>",
            ["b@y.example"], ["address-in-comment"]),
    ]

    // Characters that are not what they look like: RFC 6532 lets them in.
    static let characters: [AuthorTrick] = [
        .init(
            "full-width at sign in the name", "From: \"a\u{FF20}x.example\" <b@y.example>", ["b@y.example"],
            ["address-in-name", "look-alike"]),
        .init(
            "full-width dot in the name", "From: \"a@x\u{FF0E}example\" <b@y.example>", ["b@y.example"],
            ["address-in-name", "look-alike"]),
        .init(
            "full-width brackets", "From: \u{FF1C}a@x.example\u{FF1E} <b@y.example>", ["b@y.example"],
            ["address-in-name"]),
        .init(
            "full-width at sign in the address", "From: a\u{FF20}x.example@y.example", ["a\u{FF20}x.example@y.example"],
            ["disguised-address", "look-alike"]),
        .init(
            "full-width at sign alone", "From: a\u{FF20}x.example", ["a\u{FF20}x.example"],
            ["disguised-address", "look-alike", "no-address", "no-domain"]),
        .init(
            "full-width dot in the domain", "From: a@x\u{FF0E}example", ["a@x\u{FF0E}example"],
            ["disguised-address", "look-alike"]),
        .init(
            "full-width letter in the domain", "From: a@\u{FF58}.example", ["a@\u{FF58}.example"], ["disguised-address"]
        ),
        .init(
            "zero-width space in the domain", "From: a@x\u{200B}.example", ["a@x\u{200B}.example"],
            ["disguised-address", "invisible-character"]),
        .init(
            "soft hyphen in the local part", "From: a\u{AD}b@x.example", ["a\u{AD}b@x.example"],
            ["disguised-address", "invisible-character"]),
        .init(
            "zero-width space in the name", "From: \"A\u{200B}nn\" <a@x.example>", ["a@x.example"],
            ["invisible-character"]),
        .init(
            "override in the name", "From: \"\u{202E}elpmaxe.x@a\" <b@y.example>", ["b@y.example"],
            ["bidirectional-control"]),
        .init(
            "override in an encoded name", "From: =?utf-8?q?=E2=80=AEAnn?= <b@y.example>", ["b@y.example"],
            ["bidirectional-control"]),
        .init(
            "override in the local part", "From: \u{202E}a@x.example", ["\u{202E}a@x.example"],
            ["bidirectional-control", "disguised-address"]),
        .init(
            "tag characters in the name", "From: \"Ann\u{E0041}\" <a@x.example>", ["a@x.example"],
            ["invisible-character"]),
    ]
}
