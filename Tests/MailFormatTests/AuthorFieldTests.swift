import MailBytes
import MailFormat
import MailNames
import Testing

@Suite struct AuthorFieldTests {
    private func authors(_ header: String) -> Authors {
        AuthorField.read(MailMessage(parsing: Array((header + "\r\n\r\nbody\r\n").utf8)))
    }

    private func authors(_ octets: [UInt8]) -> Authors { AuthorField.read(MailMessage(parsing: octets)) }

    @Test(arguments: AuthorTrick.all)
    func `names every trick and reads the strict author`(_ trick: AuthorTrick) {
        let authors = authors(trick.header)
        #expect(authors.mailboxes.map(\.addrSpec) == trick.authors)
        #expect(Set(authors.ambiguities.map(\.rawValue)) == trick.ambiguities)
        #expect(authors.ambiguities == authors.ambiguities.sorted())
    }

    @Test func `has a table of tricks with names of their own`() {
        #expect(AuthorTrick.all.count >= 60)
        #expect(Set(AuthorTrick.all.map(\.name)).count == AuthorTrick.all.count)
        let covered = AuthorTrick.all.reduce(into: Set<String>()) { $0.formUnion($1.ambiguities) }
        // The two others have tests of their own below.
        #expect(
            Set(AuthorAmbiguity.allCases.map(\.rawValue)).subtracting(covered) == ["unread-fields", "not-utf8"])
    }

    /// What people write every day.
    static let ordinary: [(header: String, author: String, name: String?)] = [
        ("From: ann@example.org", "ann@example.org", nil),
        ("From: <ann@example.org>", "ann@example.org", nil),
        ("From:ann@example.org", "ann@example.org", nil),
        ("From:\r\n ann@example.org", "ann@example.org", nil),
        ("From: Ann Example <ann@example.org>", "ann@example.org", "Ann Example"),
        ("From: Ann B. Example\r\n\t<ann@example.org>", "ann@example.org", "Ann B. Example"),
        ("From: \"Example, Ann\" <ann@example.org>", "ann@example.org", "Example, Ann"),
        ("From: \"Ann \\\"A\\\" Example\" <ann@example.org>", "ann@example.org", "Ann \"A\" Example"),
        ("From: ann@example.org (Ann Example)", "ann@example.org", "Ann Example"),
        ("From: Ann Example <ann@EXAMPLE.org> (work)", "ann@EXAMPLE.org", "Ann Example"),
        ("From: \"ann@example.org\" <ann@example.org>", "ann@example.org", "ann@example.org"),
        ("From: ann@example.org <Ann@Example.org>", "Ann@Example.org", "ann@example.org"),
        ("From: \"ann@mail.example.org\" <ann@example.org>", "ann@example.org", "ann@mail.example.org"),
        ("From: Ann (@ann) <ann@example.org>", "ann@example.org", "Ann"),
        ("From: \"Ann @ Example\" <ann@example.org>", "ann@example.org", "Ann @ Example"),
        ("From: Ann @ Work <ann@example.org>", "ann@example.org", "Ann @ Work"),
        ("From: [Example] Ann <ann@example.org>", "ann@example.org", "[Example] Ann"),
        ("From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.org>", "juergen@example.org", "Jürgen"),
        ("From: =?UTF-8?B?5bGx55Sw?= =?UTF-8?B?5aSq6YOO?= <t@example.jp>", "t@example.jp", "山田太郎"),
        (
            "From: =?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <t@example.jp>", "t@example.jp",
            "=?iso-2022-jp?B?GyRCOzNFRBsoQg==?="
        ),
        ("From: \"=?utf-8?q?J=C3=BCrgen?=\" <juergen@example.org>", "juergen@example.org", "Jürgen"),
        ("From: =?utf-8?Q?Example, Ann (Sales)?= <ann@example.org>", "ann@example.org", "Example, Ann (Sales)"),
        ("From: Jürgen <jürgen@bücher.example>", "jürgen@bücher.example", "Jürgen"),
        ("From: \"山田＠東京\" <t@example.jp>", "t@example.jp", "山田＠東京"),
        ("From: \"שלום\u{200F} A\" <a@example.org>", "a@example.org", "שלום\u{200F} A"),
        ("From: \"👩\u{200D}🚀 Ann\" <ann@example.org>", "ann@example.org", "👩\u{200D}🚀 Ann"),
        (
            "From: \"\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}\" <a@example.org>", "a@example.org",
            "\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}"
        ),
        ("From: bounce+ann=example.net@example.org", "bounce+ann=example.net@example.org", nil),
        ("From: a..b.@example.org", "\"a..b.\"@example.org", nil),
        ("From: \"ann example\"@example.org", "\"ann example\"@example.org", nil),
        ("From: O'Brien & Sons <o'brien@example.org>", "o'brien@example.org", "O'Brien & Sons"),
        ("From: Ann Example <ann@example.org>,", "ann@example.org", "Ann Example"),
        ("Sender: bob@example.net\r\nFrom: ann@example.org\r\nReply-To: eve@example.com", "ann@example.org", nil),
    ]

    @Test(arguments: ordinary)
    func `has no doubts about ordinary mail`(_ example: (header: String, author: String, name: String?)) {
        let authors = authors(example.header)
        #expect(authors.mailboxes.map(\.addrSpec) == [example.author])
        #expect(authors.mailboxes.first?.displayName == example.name)
        #expect(authors.ambiguities == [])
        #expect(authors.domains.count == 1)
        #expect(!authors.isAmbiguous)
    }

    /// A field on one line may be read in a short way; on two lines never.
    @Test func `reads the same whether a field is folded or not`() {
        var generator = SmallGenerator(seed: 11)
        let pieces = [
            "Ann", "ann@example.org", "<", ">", "\"", " ", "  ", "@", ".", ",", "example", "%", "!", "=?utf-8?q?a?=",
            "\\",
            "(c)", "-", "_", "\t", "é", ":", ";", "x@y.example", "<b@z.example>", "\"A B\"", "[", "]", "?", "=", "..",
        ]
        for _ in 0..<20_000 {
            let value = (0..<generator.next(below: 6) + 1).map { _ in pieces[generator.next(below: pieces.count)] }
                .joined()
            guard !value.allSatisfy(\.isWhitespace) else { continue }
            #expect(authors("From: \(value)") == authors("From:\r\n \(value)"), "\(value)")
        }
        for trick in AuthorTrick.all + Self.ordinary.map({ AuthorTrick($0.header, $0.header, [], []) })
        where trick.header.hasPrefix("From: ") && !trick.name.contains("blank") && !trick.name.contains("white") {
            let folded = authors("From:\r\n" + trick.header.dropFirst(5))
            let plain = authors(trick.header)
            #expect(folded.mailboxes == plain.mailboxes, "\(trick.name)")
            #expect(folded.ambiguities == plain.ambiguities, "\(trick.name)")
        }
    }

    @Test func `takes the octets of one name that is not UTF-8 for no doubt, and of an address for one`() {
        let name = Array("From: J\u{FC}rgen <j@example.org>\r\n\r\n".unicodeScalars.map { UInt8($0.value) })
        #expect(authors(name).ambiguities == [])
        let address = Array("From: j\u{FC}rgen@example.org\r\n\r\n".unicodeScalars.map { UInt8($0.value) })
        #expect(authors(address).ambiguities == [.notUTF8])
    }

    @Test func `says when a From field may be among those that were not read`() {
        let message = MailMessage(
            parsing: Array("A: 1\r\nB: 2\r\nFrom: a@x.example\r\n\r\n".utf8), limits: MessageLimits(fields: 2))
        #expect(AuthorField.read(message).ambiguities == [.noField, .unreadFields])
    }

    @Test func `compares domains in their canonical form`() throws {
        let authors = authors("From: a@B\u{FC}cher.example, b@xn--bcher-kva.example")
        #expect(authors.domains == [try DomainName("xn--bcher-kva.example")])
        #expect(authors.fieldCount == 1)
    }

    @Test func `reads the fields of a header alone as those of the message`() {
        let message = MailMessage(parsing: Array("From: a@x.example\r\n\r\nFrom: b@y.example\r\n".utf8))
        #expect(AuthorField.read(message.header) == AuthorField.read(message))
        #expect(AuthorField.read(message).mailboxes.map(\.addrSpec) == ["a@x.example"])
    }

    @Test func `tells what misleads programs from what misleads people`() {
        #expect(AuthorAmbiguity.severalFields.misleads == .programs)
        #expect(AuthorAmbiguity.addressInName.misleads == .people)
        #expect(authors("From: \"a@x.example\" <b@y.example>").isAmbiguous == false)
        #expect(authors("From: a@x.example <b@y.example>").isAmbiguous)
    }

    @Test func `reads no more From fields than its limit`() {
        let header = String(repeating: "From: a@x.example\r\n", count: 12)
        let authors = authors(header + "From: z@y.example")
        #expect(authors.fieldCount == 13)
        #expect(authors.mailboxes.count == 10)
        #expect(authors.ambiguities == [.repeatedMailbox, .severalFields, .tooLong])
    }
}
