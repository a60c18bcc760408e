import MailBytes
import MailFormat
import MailNames
import Testing

@Suite struct AddressListTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var text: String
        /// Names and addresses; a group as `name: …;`.
        var entries: [String]
        var defects: Set<AddressDefect>

        init(_ text: String, _ entries: [String], _ defects: Set<AddressDefect> = []) {
            self.text = text
            self.entries = entries
            self.defects = defects
        }

        var testDescription: String { text }
    }

    private static func text(_ mailbox: Mailbox) -> String {
        let address = mailbox.addrSpec.isEmpty ? nil : "<\(mailbox.addrSpec)>"
        return [mailbox.displayName, address].compactMap(\.self).joined(separator: " ")
    }

    private static func text(_ address: Address) -> String {
        switch address {
        case .mailbox(let mailbox): text(mailbox)
        case .group(let group): "\(group.name): \(group.mailboxes.map(text).joined(separator: ", "));"
        }
    }

    /// RFC 5322 Appendix A.1, A.5, A.6 and what else the grammar has.
    static let grammar: [Example] = [
        .init("", []),
        .init("\"Joe Q. Public\" <john.q.public@example.com>", ["Joe Q. Public <john.q.public@example.com>"]),
        .init(
            "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            ["Mary Smith <mary@x.test>", "<jdoe@example.org>", "Who? <one@y.test>"]),
        .init(
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            ["A Group: Ed Jones <c@a.test>, <joe@where.test>, John <jdoe@one.test>;"]),
        .init("Undisclosed recipients:;", ["Undisclosed recipients: ;"]),
        .init(
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["Pete <pete@silly.test>"],
            [.spaceInAddress]),
        .init(
            "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            ["Mary Smith <mary@example.net>", "<jdoe@test.example>"], [.route, .emptyElement, .spaceInAddress]),
        .init("<@a.test,,@b.test:x@y.test>", ["<x@y.test>"], [.route]),
        .init("Joe Q. Public <john@example.com>", ["Joe Q. Public <john@example.com>"]),
        .init("\"a.\\\"b\\\" c\"@example.org", ["<\"a.\\\"b\\\" c\"@example.org>"]),
        .init("\"plain\"@example.org", ["<plain@example.org>"]),
        .init("a.\"b c\".d@example.org", ["<\"a.b c.d\"@example.org>"], [.obsoleteLocalPart]),
        .init("x@[IPv6:2001:db8::1]", ["<x@[IPv6:2001:db8::1]>"]),
        .init("x@[192.0.2.1]", ["<x@[192.0.2.1]>"]),
        .init("用户@例え.example", ["<用户@例え.example>"]),
        .init(",,a@x.test,,", ["<a@x.test>"], [.emptyElement]),
        .init("G:,a@x.test,;,b@y.test", ["G: <a@x.test>;", "<b@y.test>"], [.emptyElement]),
        .init("(c)a@x.test(d)", ["c d <a@x.test>"]),
        .init("((a)b(c(d)))x@y.test", ["(a)b(c(d)) <x@y.test>"]),
        .init("\"\" <a@x.test>", ["<a@x.test>"]),
    ]

    /// What is not in the grammar: no address is lost, and what had to be guessed has a name.
    static let recovered: [Example] = [
        .init("Ann Example", ["Ann Example"], [.missingAddress]),
        .init("root", ["<root>"], [.missingDomain]),
        .init("Ann ann@x.test", ["Ann <ann@x.test>"], [.nameWithoutAngle]),
        .init("ann@x.test bob@y.test", ["<ann@x.test>", "<bob@y.test>"], [.missingComma]),
        .init("<ann@x.test> Ann", ["Ann <ann@x.test>"], [.trailingText]),
        .init("ann@x.test Ann", ["Ann <ann@x.test>"], [.trailingText]),
        .init("<ann@x.test", ["<ann@x.test>"], [.unbalancedAngle]),
        .init("<ann@x.test, bob@y.test", ["<ann@x.test>", "<bob@y.test>"], [.unbalancedAngle]),
        .init("<ann@x.test; bob@y.test", ["<ann@x.test>", "<bob@y.test>"], [.unbalancedAngle, .strayGroupMark]),
        .init("\"Ann <ann@x.test>", ["Ann <ann@x.test>"], [.unbalancedQuote]),
        .init("(Ann <ann@x.test>", ["Ann <ann@x.test>"], [.unbalancedComment]),
        .init("[ann@x.test", ["<ann@x.test>"], [.unbalancedBracket]),
        .init("a@b@c.test", ["<\"a@b\"@c.test>"], [.severalAt]),
        .init(".a..b.@x.test", ["<\".a..b.\"@x.test>"], [.strayDot]),
        .init("a@.x.test.", ["<a@.x.test.>"], [.strayDotInDomain, .badDomain]),
        .init("a@-x!.test", ["<a@-x!.test>"], [.badDomain]),
        .init("G: a@x.test, b@y.test", ["G: <a@x.test>, <b@y.test>;"], [.unclosedGroup]),
        .init("a@x.test; b@y.test", ["<a@x.test>", "<b@y.test>"], [.strayGroupMark]),
        .init("<>", [""], [.emptyAngle]),
        .init("Ann <Bob>", ["Ann <Bob>"], [.missingDomain]),
        .init("a\\@x.test", ["<a@x.test>"], [.strayBackslash]),
        .init("a@x.test\u{1}", ["<a@x.test\u{1}>"], [.controlCharacter, .badDomain]),
        .init("=?utf-8?q?a?=@x.test", ["<=?utf-8?q?a?=@x.test>"], [.encodedWordInAddress]),
        .init("[1] Ann <a@x.test>", ["[1] Ann <a@x.test>"], [.specialInName]),
    ]

    @Test(arguments: grammar + recovered)
    func `reads address lists`(_ example: Example) {
        let list = AddressList(parsing: Array(example.text.utf8))
        #expect(list.addresses.map(Self.text) == example.entries)
        #expect(list.defects == example.defects)
    }

    @Test func `prints addresses that are read as the same again`() {
        var generator = SmallGenerator(seed: 7)
        let alphabet = Array("ab.\"\\ @<>,;:()[]é!".utf8)
        for _ in 0..<2000 {
            let local = (0..<generator.next(below: 8) + 1).map { _ in alphabet[generator.next(below: alphabet.count)] }
            guard String(validating: local, as: UTF8.self) != nil, let domain = try? DomainName("x.example") else {
                continue
            }
            let mailbox = Mailbox(localPart: local, domain: domain)
            let list = AddressList(parsing: mailbox.addrSpecBytes)
            #expect(list.mailboxes == [mailbox], "\(mailbox.addrSpec)")
            #expect(list.defects.subtracting([.strayDot]).isEmpty, "\(mailbox.addrSpec)")
        }
    }

    @Test(arguments: [
        "<=?utf-8?q?a\r\n b?=@x.test>", "<a@=?utf-8?q?a\n b?=>", "<[a\r\n b]@x.test>", "\"a\r\n b\"@x.test",
        "a@[1.2\r\n .3.4]", "a@\"x\r\n .test\"",
    ])
    func `has no line break in an address`(_ text: String) {
        let octets = AddressList(parsing: Array(text.utf8)).mailboxes.flatMap(\.addrSpecBytes)
        #expect(!octets.isEmpty)
        #expect(!octets.contains { $0 == .carriageReturn || $0 == .lineFeed })
    }

    @Test func `stops at its limits and says so`() {
        let many = AddressList(
            parsing: Array(String(repeating: "a@x.test,", count: 50).utf8), limits: AddressLimits(mailboxes: 10))
        #expect(many.mailboxes.count == 10)
        #expect(many.defects == [.tooManyMailboxes])
        let long = AddressList(parsing: Array("a@x.test, bb@y.test".utf8), limits: AddressLimits(octets: 12))
        #expect(long.mailboxes.map(\.addrSpec) == ["a@x.test", "bb"])
        #expect(long.defects == [.tooLong, .missingDomain])
        let deep = AddressList(parsing: Array("((((x)))) a@x.test".utf8), limits: AddressLimits(commentDepth: 3))
        #expect(deep.defects == [.commentsTooDeep])
        #expect(deep.mailboxes.count == 1)
    }
}

/// Numbers that are the same in every run.
struct SmallGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
