import MailBytes
import MailNames
import SPF
import Testing

@Suite struct SPFRecordTests {
    @Test(arguments: [
        ("v=spf1", "v=spf1"),
        ("V=SPF1", "v=spf1"),
        ("v=spf1 ", "v=spf1"),
        ("v=spf1   +mx    -ALL  ", "v=spf1 mx -all"),
        ("v=spf1 a:Colo.Example.com/28 ?all", "v=spf1 a:Colo.Example.com/28 ?all"),
        ("v=spf1 a/32//128 mx//128 ~a//64 mx/0", "v=spf1 a mx ~a//64 mx/0"),
        ("v=spf1 a:example.org/24//64", "v=spf1 a:example.org/24//64"),
        ("v=spf1 a:%{d}/24 a:%{d}//64 a:%{d}/0//0", "v=spf1 a:%{d}/24 a:%{d}//64 a:%{d}/0//0"),
        ("v=spf1 a:foo:bar/baz.example.com", "v=spf1 a:foo:bar/baz.example.com"),
        ("v=spf1 exists:%{i}.100/86400.rate.%{d}", "v=spf1 exists:%{i}.100/86400.rate.%{d}"),
        ("v=spf1 ip4:192.0.2.77/24 ip4:192.0.2.1/32", "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.1"),
        (
            "v=spf1 IP6:2001:DB8::1/32 ip6:::1 ip6:::ffff:192.0.2.1",
            "v=spf1 ip6:2001:db8::/32 ip6:::1 ip6:::ffff:192.0.2.1"
        ),
        ("v=spf1 ip6:2001:db8:1:2:3:4:5:6/128 ip6:::/0", "v=spf1 ip6:2001:db8:1:2:3:4:5:6 ip6:::/0"),
        ("v=spf1 ptr PTR:example.org include:_spf.example.org", "v=spf1 ptr ptr:example.org include:_spf.example.org"),
        ("v=spf1 redirect=_spf.example.org exp=e.%{d2R}", "v=spf1 redirect=_spf.example.org exp=e.%{d2R}"),
        ("v=spf1 Moo.Cow-Far_out=man:dog/%{c}%%cat= all", "v=spf1 moo.cow-far_out=man:dog/%{c}%%cat= all"),
        ("v=spf1 x= a:example.1-a a:example.org.", "v=spf1 x= a:example.1-a a:example.org."),
        ("v=spf1 exists:%%.%_.%- exists:%{S127R.-+,/_=}", "v=spf1 exists:%%.%_.%- exists:%{S127R.-+,/_=}"),
        ("v=spf1 a:.com a:..com", "v=spf1 a:.com a:..com"),
    ])
    func `good records are read, and printed in their plainest form (RFC 7208 §12)`(text: String, plain: String) throws
    {
        let record = try SPFRecord(parsing: text)
        #expect(record.text == plain)
        #expect(record.bytes == Array(text.utf8))
        #expect(try SPFRecord(parsing: plain) == record)
        #expect(try SPFRecord(record.terms) == record)
    }

    @Test(
        arguments: [
            ("", .version, 0), ("v=spf", .version, 0), ("v=spf10", .version, 0), (" v=spf1 -all", .version, 0),
            ("v=spf1\t-all", .version, 0), ("v=spf1;-all", .version, 0), ("v=spf2.0/pra -all", .version, 0),
            ("v=spf1 moo", .mechanism, 7), ("v=spf1 -all moo", .mechanism, 12), ("v=spf1 -", .mechanism, 8),
            ("v=spf1 --all", .mechanism, 8), ("v=spf1 redirect:example.org", .mechanism, 7),
            ("v=spf1 192.0.2.1", .mechanism, 7), ("v=spf1 all,", .mechanism, 10), ("v=spf1 a.b:c.d", .mechanism, 10),
            ("v=spf1 +all.", .mechanism, 8), ("v=spf1 moo.cow/far=man", .mechanism, 14),
            ("v=spf1 all:x.org", .argument, 10), ("v=spf1 all/8", .argument, 10), ("v=spf1 include", .argument, 14),
            ("v=spf1 include/24", .argument, 14), ("v=spf1 exists", .argument, 13), ("v=spf1 ptr/0", .argument, 10),
            ("v=spf1 ip4", .argument, 10), ("v=spf1 ip6/64", .argument, 10),
            ("v=spf1 ip4:", .address, 11), ("v=spf1 ip4:192.0.2", .address, 11),
            ("v=spf1 ip4:192.0.2.256", .address, 11),
            ("v=spf1 ip4:192.0.02.1", .address, 11), ("v=spf1 ip4:192.0.2.1:25", .address, 11),
            ("v=spf1 ip4:2001:db8::1", .address, 11), ("v=spf1 ip6:192.0.2.1", .address, 11),
            ("v=spf1 ip4:192.0.2.1.1", .address, 11), ("v=spf1 ip4:192..2.1", .address, 11),
            ("v=spf1 ip4:99999999999999999999.0.2.1", .address, 11), ("v=spf1 ip6:2001:db8:::1", .address, 11),
            ("v=spf1 ip6:1:2:3:4:5:6:7", .address, 11), ("v=spf1 ip6:1:2:3:4:5:6:7:8:9", .address, 11),
            ("v=spf1 ip6:fe80::1%eth0", .address, 11),
            ("v=spf1 ip4:192.0.2.0/33", .prefixLength, 21), ("v=spf1 ip4:192.0.2.0/032", .prefixLength, 21),
            ("v=spf1 ip4:192.0.2.0/", .prefixLength, 21), ("v=spf1 ip4:192.0.2.0//32", .prefixLength, 21),
            ("v=spf1 ip4:192.0.2.0/255.255.255.0", .prefixLength, 21), ("v=spf1 ip6:::/129", .prefixLength, 14),
            ("v=spf1 a/33", .prefixLength, 9), ("v=spf1 a//129", .prefixLength, 10),
            ("v=spf1 a/24/64", .prefixLength, 12),
            ("v=spf1 a/", .prefixLength, 8), ("v=spf1 mx/x", .prefixLength, 9), ("v=spf1 a/024", .prefixLength, 9),
            ("v=spf1 a:x.org/99999999999999999999999", .prefixLength, 15),
            ("v=spf1 a:", .emptyName, 9), ("v=spf1 include:", .emptyName, 15), ("v=spf1 redirect=", .emptyName, 16),
            ("v=spf1 exp= -all", .emptyName, 11), ("v=spf1 a:/24", .emptyName, 9),
            ("v=spf1 a:museum", .nameEnd, 9), ("v=spf1 a:museum.", .nameEnd, 9), ("v=spf1 a:abc.123", .nameEnd, 9),
            ("v=spf1 a:example.-com", .nameEnd, 9), ("v=spf1 a:example.com-", .nameEnd, 9),
            ("v=spf1 a:example.com:8080", .nameEnd, 9), ("v=spf1 a:example.com,", .nameEnd, 9),
            ("v=spf1 a:example.com/", .nameEnd, 9), ("v=spf1 a:%{d}.", .nameEnd, 9), ("v=spf1 a:%{d}com", .nameEnd, 9),
            ("v=spf1 exists:mail.example.com/24", .nameEnd, 14), ("v=spf1 a:x..", .nameEnd, 9),
            ("v=spf1 redirect=-all", .nameEnd, 16), ("v=spf1 a:_", .nameEnd, 9),
            ("v=spf1 a:192.0.2.1", .addressForName, 9), ("v=spf1 include:192.0.2.1", .addressForName, 15),
            ("v=spf1 a:%", .macro, 9), ("v=spf1 a:x%y.org", .macro, 10), ("v=spf1 a:%(d).org", .macro, 9),
            ("v=spf1 a:%{d", .macro, 9), ("v=spf1 a:%{}", .macro, 9), ("v=spf1 a:%{x}", .macro, 9),
            ("v=spf1 a:%{d0}", .macro, 9), ("v=spf1 a:%{d00r}", .macro, 9), ("v=spf1 a:%{dr1}", .macro, 9),
            ("v=spf1 a:%{d!}", .macro, 9), ("v=spf1 exp=%{c}.org", .macro, 11), ("v=spf1 a:%{r}", .macro, 9),
            ("v=spf1 a:%{t}", .macro, 9), ("v=spf1 x=%abc", .macro, 9), ("v=spf1 x=%{d-r}", .macro, 9),
            ("v=spf1 1up=x", .modifierName, 7), ("v=spf1 =x", .modifierName, 7), ("v=spf1 -x=y", .modifierName, 7),
            ("v=spf1 +redirect=example.org", .modifierName, 7), ("v=spf1 _x=y", .modifierName, 7),
            ("v=spf1 redirect=a.org redirect=a.org", .repeatedModifier, 22),
            ("v=spf1 exp=a.org EXP=b.org", .repeatedModifier, 17),
            ("v=spf1 a:x\u{7f}.org", .character, 10), ("v=spf1 a:\u{e9}.org", .character, 9),
            ("v=spf1 a\r\n", .character, 8),
            ("v=spf1 a\t-all", .character, 8), ("v=spf1 x=\u{0}", .character, 9), ("v=spf1 \u{80}all", .character, 7),
        ] as [(String, SPFSyntaxError.Problem, Int)])
    func `broken records are refused with the place (RFC 7208 §4.6, §12)`(
        text: String, problem: SPFSyntaxError.Problem, offset: Int
    ) {
        // What happens to stand at a place where two rules are broken is told by either.
        #expect(throws: SPFSyntaxError.self) { try SPFRecord(parsing: text) }
        do {
            _ = try SPFRecord(parsing: text)
        } catch {
            #expect(error == SPFSyntaxError(problem, at: offset), "\(text): \(error)")
        }
    }

    @Test func `a record of thousands of terms is read in one pass, and a longer one than the limit is refused`() throws
    {
        let many = "v=spf1" + String(repeating: " ip4:192.0.2.1", count: 4_600)
        #expect(try SPFRecord(parsing: many).terms.count == 4_600)
        #expect(throws: SPFSyntaxError(.tooLong, at: 1_000)) {
            try SPFRecord(parsing: many, limits: SPFLimits(recordBytesMax: 1_000))
        }
    }

    @Test func `terms that ask the DNS are counted (RFC 7208 §4.6.4)`() throws {
        #expect(
            try SPFRecord(parsing: "v=spf1 a mx ptr include:a.org exists:a.org ip4:192.0.2.1 exp=a.org redirect=a.org")
                .lookupTermCount == 6)
        #expect(try SPFRecord(parsing: "v=spf1 a -all redirect=a.org").lookupTermCount == 1)
    }

    @Test func `domain-specs by themselves are read as within a record`() throws {
        #expect(try SPFDomainSpec("%{ir}.%{v}._spf.%{d2}").text == "%{ir}.%{v}._spf.%{d2}")
        #expect(throws: SPFSyntaxError(.nameEnd, at: 0)) { try SPFDomainSpec("museum") }
        #expect(throws: SPFSyntaxError(.emptyName, at: 0)) { try SPFDomainSpec("") }
        #expect(throws: SPFSyntaxError(.character, at: 2)) { try SPFDomainSpec("a. b.org") }
    }

    @Test func `a record is not made of terms that would read back as others`() throws {
        #expect(throws: SPFSyntaxError.self) { try SPFRecord([.modifier(name: "x", value: "y all")]) }
        #expect(throws: SPFSyntaxError.self) { try SPFRecord([.modifier(name: "x y", value: "z")]) }
        #expect(throws: SPFSyntaxError.self) { try SPFRecord([.directive(.pass, .a(v4Length: 33))]) }
        let target = try SPFDomainSpec("example.org")
        #expect(throws: SPFSyntaxError.self) { try SPFRecord([.redirect(target), .redirect(target)]) }
    }

    @Test(arguments: 0..<400) func `what is printed reads back the same`(seed: UInt64) throws {
        var random = Generator(seed: seed)
        let terms = random.terms()
        let record = try SPFRecord(terms)
        #expect(record.terms == terms)
        #expect(try SPFRecord(parsing: record.text) == record)
    }

    @Test func `errors say what and where in one clause without the record's text`() {
        #expect("\(SPFSyntaxError(.mechanism, at: 23))" == "unknown mechanism at offset 23")
    }
}

/// Makes records, always the same ones of one seed.
private struct Generator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    private mutating func spec() -> SPFDomainSpec {
        let head = pick(["", "_spf.", "%{ir}.", "%{L1r+-}.x.", "a/b:c.", "%%.%_%-.", "%{p}.%{h}.", "x."])
        let text = head + pick(["example.org", "example.org.", "%{d}", "%{o2}", "a.b-c", "%{S}", "x.1a"])
        return (try? SPFDomainSpec(text)) ?? SPFDomainSpec.fallback
    }

    private mutating func mechanism() -> SPFMechanism {
        switch below(8) {
        case 0: .all
        case 1: .include(spec())
        case 2: .a(below(2) == 0 ? nil : spec(), v4Length: below(33), v6Length: below(129))
        case 3: .mx(below(2) == 0 ? nil : spec(), v4Length: pick([32, 0, 24]), v6Length: pick([128, 64]))
        case 4: .ptr(below(2) == 0 ? nil : spec())
        case 5:
            IPPrefix(.v4(UInt32(truncatingIfNeeded: state)), length: below(33)).map { .network($0) } ?? .all
        case 6:
            IPPrefix(.v6(state, below(2) == 0 ? 0 : state &* 31), length: below(129)).map { .network($0) } ?? .all
        default: .exists(spec())
        }
    }

    mutating func terms() -> [SPFTerm] {
        var terms: [SPFTerm] = (0..<below(12)).map { _ in
            below(6) == 0
                ? .modifier(name: pick(["x", "ra.rp_rr-1", "op"]), value: pick(["", "y", "%{i}=%{d}:/"]))
                : .directive(pick(SPFQualifier.allCases), mechanism())
        }
        if below(3) == 0 { terms.append(.redirect(spec())) }
        if below(3) == 0 { terms.insert(.explanation(spec()), at: below(terms.count + 1)) }
        return terms
    }
}

extension SPFDomainSpec {
    fileprivate static var fallback: SPFDomainSpec {
        guard let spec = try? SPFDomainSpec("example.org") else { fatalError("example.org is a name") }
        return spec
    }
}
