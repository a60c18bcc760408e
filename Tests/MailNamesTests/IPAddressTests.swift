import MailBytes
import MailNames
import Testing

@Suite struct IPAddressTests {
    /// RFC 5952 §4 and §5, RFC 4291 §2.2.
    static let addresses: [(text: String, canonical: String)] = [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("2001:DB8::1", "2001:db8::1"), ("::", "::"),
        ("::1", "::1"), ("1::", "1::"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("1:0:0:2:0:0:0:0", "1:0:0:2::"), ("0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:c000:201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("::192.0.2.1", "::c000:201"), ("fe80::00ab", "fe80::ab"),
    ]

    @Test(arguments: addresses)
    func `has one text for all spellings: RFC 5952`(_ example: (text: String, canonical: String)) throws {
        let address = try #require(IPAddress(example.text))
        #expect(address.text == example.canonical)
        #expect(IPAddress(address.text) == address)
        #expect(IPAddress(network: address.networkBytes[...]) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4 ", " 1.2.3.4",
        "1.2.3.-4", "0x1.2.3.4", "1.2.3.4/24", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1::2::3", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "12345::", "g::", "::1%eth0", "::1.2.3",
        "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4.5", "[::1]", "1:2:3:4:5:6:7:8 ",
        "0000:0000:0000:0000:0000:ffff:192.168.100.2280", "１.2.3.4",
    ])
    func `refuses what is no address`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `unmaps and tells families apart: RFC 7208 §5`() throws {
        let mapped = try #require(IPAddress("::ffff:192.0.2.1"))
        #expect(mapped.unmapped == IPAddress("192.0.2.1"))
        #expect(!mapped.isV4)
        #expect(mapped.unmapped.isV4)
        let compatible = try #require(IPAddress("::192.0.2.1"))
        #expect(compatible.unmapped == compatible)
        #expect(IPAddress(network: [1, 2, 3]) == nil)
    }
}

@Suite struct IPPrefixTests {
    @Test(arguments: [
        ("192.0.2.77/24", "192.0.2.0/24"), ("192.0.2.1", "192.0.2.1/32"), ("10.0.0.1/0", "0.0.0.0/0"),
        ("2001:db8::1/32", "2001:db8::/32"), ("2001:db8::1", "2001:db8::1/128"), ("ffff::/1", "8000::/1"),
        ("::ffff/112", "::/112"), ("1:2:3:4:5:6:7:8/64", "1:2:3:4::/64"), ("1:2:3:4:5:6:7:8/65", "1:2:3:4::/65"),
        ("::/0", "::/0"),
    ])
    func `sets the bits that do not count to zero`(_ example: (String, String)) {
        #expect(IPPrefix(example.0)?.description == example.1)
    }

    @Test(arguments: [
        "1.2.3.4/33", "1.2.3.4/", "/24", "1.2.3.4/-1", "1.2.3.4/a", "::/129", "::/0128", "1.2.3.4/24/24", "",
    ])
    func `refuses what is no network`(_ text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("0.0.0.0/0", "203.0.113.1", true),
        ("192.0.2.1/32", "192.0.2.1", true), ("192.0.2.0/31", "192.0.2.2", false),
        ("2001:db8::/32", "2001:db8:ffff::", true),
        ("2001:db8::/32", "2001:db9::", false), ("1:2:3:4:8000::/65", "1:2:3:4:ffff::", true),
        ("1:2:3:4:8000::/65", "1:2:3:4:7fff::", false), ("::/0", "1.2.3.4", false), ("0.0.0.0/0", "::1", false),
        ("::ffff:0:0/96", "192.0.2.1", false),
    ])
    func `holds addresses of its family alone`(_ example: (String, String, Bool)) throws {
        let prefix = try #require(IPPrefix(example.0))
        #expect(prefix.contains(try #require(IPAddress(example.1))) == example.2)
    }

    @Test(arguments: [
        ("192.0.2.1", "1.2.0.192.in-addr.arpa"), ("0.0.0.0", "0.0.0.0.in-addr.arpa"),
        (
            "2001:db8::567:89ab",
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        ),
    ])
    func `has a name to ask for its names (RFC 1035 §3.5, RFC 3596 §2.5)`(_ example: (String, String)) throws {
        #expect(try #require(IPAddress(example.0)).reverseName?.text == example.1)
    }
}
