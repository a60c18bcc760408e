import Testing

/// A way to write authors so that two programs, or a program and a person, may read different ones.
struct AuthorTrick: Sendable, CustomTestStringConvertible {
    var name: String
    /// The header, lines parted by CR LF, the empty line left out.
    var header: String
    /// The addresses that the strict reading gives.
    var authors: [String]
    var ambiguities: Set<String>

    init(_ name: String, _ header: String, _ authors: [String], _ ambiguities: Set<String>) {
        self.name = name
        self.header = header
        self.authors = authors
        self.ambiguities = ambiguities
    }

    var testDescription: String { name }

    /// Everything in one table, so that a new trick is one more line; the grammar is RFC 5322 §3.4, §3.6.2, §4.4.
    static let all: [AuthorTrick] = fields + lists + marks + octets + names + characters

    // Fields: RFC 5322 §3.6 has exactly one From.
    static let fields: [AuthorTrick] = [
        .init("no From", "Subject: x", [], ["no-from-field"]),
        .init("empty From", "From:", [], ["no-address"]),
        .init("From of white space", "From: \t ", [], ["no-address"]),
        .init(
            "two fields", "From: a@x.example\r\nFrom: b@y.example", ["a@x.example", "b@y.example"],
            ["several-from-fields", "several-mailboxes"]),
        .init(
            "two fields with one author", "From: a@x.example\r\nFrom: A@X.EXAMPLE", ["a@x.example", "A@X.EXAMPLE"],
            ["several-from-fields", "repeated-mailbox"]),
        .init(
            "two fields in different spelling", "From: a@x.example\r\nfROM: b@y.example",
            ["a@x.example", "b@y.example"],
            ["several-from-fields", "several-mailboxes"]),
        .init("second field empty", "From: a@x.example\r\nFrom:", ["a@x.example"], ["several-from-fields"]),
        .init("space before the colon", "From : a@x.example", ["a@x.example"], ["space-before-colon"]),
        .init(
            "space before the colon of a second field", "From: a@x.example\r\nFrom\t: b@y.example",
            ["a@x.example", "b@y.example"], ["several-from-fields", "several-mailboxes", "space-before-colon"]),
        .init(
            "field behind a line that is none", "From: a@x.example\r\nno field\r\nFrom: b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "field in front of the first, folded", " From: b@y.example\r\nFrom: a@x.example", [],
            ["hidden-from-field", "no-from-field"]),
        .init(
            "field name with non-ASCII letter", "Fr\u{43E}m: b@y.example\r\nFrom: a@x.example", [],
            ["hidden-from-field", "no-from-field"]),
        .init(
            "byte order mark in front of the field", "\u{FEFF}From: b@y.example\r\nX: 1", [],
            ["hidden-from-field", "no-from-field"]),
        .init(
            "no-break space behind the name", "From: a@x.example\r\nFrom\u{A0}: b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "name in quotes alone", "From: \"a@x.example\"", [],
            ["address-in-name", "incomplete-address", "no-address"]),
        .init(
            "port behind the domain", "From: a@x.example:25", ["a@x.example", "25"],
            ["group", "no-domain", "several-mailboxes"]),
        .init("path behind the domain", "From: a@x.example/y.example", ["a@x.example/y.example"], ["no-domain"]),
        .init(
            "field behind a bare CR", "From: a@x.example\r\nSubject: x\rFrom: b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "field behind a vertical tab", "From: a@x.example\r\nSubject: x\u{B}From: b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "field behind NUL", "From: a@x.example\r\nSubject: x\u{0}From: b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "field behind U+2028", "From: a@x.example\r\nSubject: x\u{2028}From : b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "field behind U+0085", "From: a@x.example\r\nSubject: x\u{85}From: b@y.example", ["a@x.example"],
            ["hidden-from-field"]),
        .init(
            "field behind a bare LF", "Subject: x\nFrom: b@y.example\r\nFrom: a@x.example",
            ["b@y.example", "a@x.example"],
            ["mixed-line-ends", "several-from-fields", "several-mailboxes"]),
        .init(
            "blank continuation", "From: a@x.example\r\n \r\n ,b@y.example", ["a@x.example", "b@y.example"],
            ["blank-continuation", "several-mailboxes"]),
        .init(
            "blank continuation at the end", "From: a@x.example\r\n\t \r\nSubject: x", ["a@x.example"],
            ["blank-continuation"]),
    ]

    // Lists, groups, routes: RFC 5322 §3.4, §4.4.
    static let lists: [AuthorTrick] = [
        .init("two authors", "From: a@x.example, b@y.example", ["a@x.example", "b@y.example"], ["several-mailboxes"]),
        .init(
            "two authors of one domain", "From: a@x.example, b@x.example", ["a@x.example", "b@x.example"],
            ["several-mailboxes"]),
        .init(
            "one author twice", "From: a@x.example, \"A\" <a@X.example>", ["a@x.example", "a@X.example"],
            ["repeated-mailbox"]),
        .init(
            "A-label and U-label", "From: a@b\u{FC}cher.example, a@xn--bcher-kva.example",
            ["a@b\u{FC}cher.example", "a@xn--bcher-kva.example"], ["repeated-mailbox"]),
        .init(
            "no comma", "From: a@x.example b@y.example", ["a@x.example", "b@y.example"],
            ["missing-punctuation", "several-mailboxes"]),
        .init(
            "two in angle brackets", "From: <a@x.example> <b@y.example>", ["a@x.example", "b@y.example"],
            ["missing-punctuation", "several-mailboxes"]),
        .init(
            "two within angle brackets", "From: <a@x.example, b@y.example>", ["a@x.example", "b@y.example"],
            ["unbalanced-angle", "several-mailboxes"]),
        .init(
            "two words within angle brackets", "From: <a@x.example b@y.example>", ["a@x.example", "b@y.example"],
            ["missing-punctuation", "several-mailboxes"]),
        .init(
            "semicolon", "From: a@x.example; b@y.example", ["a@x.example", "b@y.example"],
            ["group", "several-mailboxes"]),
        .init("group", "From: Staff: a@x.example;", ["a@x.example"], ["group"]),
        .init("empty group", "From: nobody:;", [], ["group", "no-address"]),
        .init("group without end", "From: Staff: a@x.example", ["a@x.example"], ["group"]),
        .init("group within a group", "From: A: B: a@x.example;;", ["a@x.example"], ["group"]),
        .init(
            "address as the name of a group", "From: a@x.example: b@y.example;", ["a@x.example", "b@y.example"],
            ["group", "several-mailboxes"]),
        .init(
            "group and author", "From: Staff: a@x.example;, b@y.example", ["a@x.example", "b@y.example"],
            ["group", "several-mailboxes"]),
        .init("route", "From: <@x.example:b@y.example>", ["b@y.example"], ["route"]),
        .init("route over two", "From: <@x.example,@z.example:b@y.example>", ["b@y.example"], ["route"]),
        .init(
            "route without brackets", "From: @x.example:b@y.example", ["\"\"@x.example", "b@y.example"],
            ["group", "incomplete-address", "several-mailboxes"]),
        .init("percent", "From: a%x.example@y.example", ["a%x.example@y.example"], ["address-in-local-part"]),
        .init("bang path", "From: x.example!a@y.example", ["x.example!a@y.example"], ["address-in-local-part"]),
        .init(
            "two at signs", "From: a@x.example@y.example", ["\"a@x.example\"@y.example"],
            ["several-at", "address-in-local-part"]),
        .init(
            "two at signs in brackets", "From: <a@x.example@y.example>", ["\"a@x.example\"@y.example"],
            ["several-at", "address-in-local-part"]),
        .init(
            "quoted at sign", "From: \"a@x.example\"@y.example", ["\"a@x.example\"@y.example"],
            ["address-in-local-part"]),
        .init(
            "quoted brackets", "From: \"<a@x.example>\"@y.example", ["\"<a@x.example>\"@y.example"],
            ["address-in-local-part"]),
        .init(
            "quoted comma", "From: \"a@x.example,b\"@y.example", ["\"a@x.example,b\"@y.example"],
            ["address-in-local-part"]),
        .init("URI", "From: <mailto:a@x.example>", ["\"mailto:a\"@x.example"], ["special-in-address"]),
        .init(
            "address in front", "From: a@x.example <b@y.example>", ["b@y.example"],
            ["address-before-angle", "address-in-name"]),
        .init(
            "address of the same domain in front", "From: a@y.example <b@y.example>", ["b@y.example"],
            ["address-before-angle"]),
        .init(
            "address behind", "From: <a@x.example> b@y.example", ["a@x.example", "b@y.example"],
            ["trailing-text", "several-mailboxes"]),
        .init("word behind", "From: <a@x.example> Ann", ["a@x.example"], ["trailing-text"]),
        .init("word behind without brackets", "From: a@x.example Ann", ["a@x.example"], ["trailing-text"]),
        .init("word in front without brackets", "From: Ann a@x.example", ["a@x.example"], ["missing-punctuation"]),
        .init("name alone", "From: \"Ann Example\"", [], ["incomplete-address", "no-address"]),
        .init("words alone", "From: Ann Example", [], ["incomplete-address", "no-address"]),
        .init("local part alone", "From: root", ["root"], ["no-address", "no-domain"]),
        .init("local part alone in brackets", "From: Root <root>", ["root"], ["no-address", "no-domain"]),
        .init("no domain", "From: a@", ["a"], ["no-address", "no-domain"]),
        .init("no local part", "From: <@x.example>", ["\"\"@x.example"], ["incomplete-address"]),
        .init("empty brackets", "From: Ann <>", [], ["incomplete-address", "no-address"]),
        .init("empty brackets and an address", "From: <>, a@x.example", ["a@x.example"], ["incomplete-address"]),
        .init("domain literal", "From: a@[192.0.2.1]", ["a@[192.0.2.1]"], ["no-domain"]),
        .init("malformed domain", "From: a@x..example", ["a@x..example"], ["no-domain"]),
        .init("quoted domain", "From: a@\"x.example\"", ["a@\"x.example\""], ["no-domain"]),
        .init("dot behind the domain", "From: a@x.example.", ["a@x.example."], ["stray-dot-in-domain"]),
        .init("space in the domain", "From: a@x .example", ["a@x.example"], ["space-in-address"]),
        .init("comment in the domain", "From: a@x.(y)example", ["a@x.example"], ["space-in-address"]),
        .init("fold in the domain", "From: a@x.exam\r\n ple.org", ["a@x.exam"], ["trailing-text"]),
    ]
}
