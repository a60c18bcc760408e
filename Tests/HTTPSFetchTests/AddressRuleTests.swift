import HTTPSFetch
import MailNames
import Testing

@Suite struct AddressRuleTests {
    @Test(arguments: [
        ("0.0.0.0", "this network"), ("10.255.255.255", "private"), ("100.64.0.1", "shared by a provider"),
        ("100.127.255.255", "shared by a provider"), ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"),
        ("169.254.169.254", "link-local"), ("172.16.0.1", "private"), ("172.31.255.255", "private"),
        ("192.0.0.9", "protocol assignments"), ("192.0.2.1", "documentation"), ("192.88.99.1", "6to4 relay"),
        ("192.168.1.1", "private"), ("198.19.0.1", "benchmarks"), ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"), ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"), ("255.255.255.255", "reserved"),
        ("::", "unspecified"), ("::1", "loopback"), ("::127.0.0.1", "not global unicast"),
        ("::ffff:127.0.0.1", "IPv4-mapped"), ("::ffff:8.8.8.8", "IPv4-mapped"), ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a00:1", "private"), ("64:ff9b:1::808:808", "local translation"), ("100::1", "discard only"),
        ("2001::1", "protocol assignments"), ("2001:10::1", "protocol assignments"), ("2001:db8::1", "documentation"),
        ("2002:7f00:1::1", "6to4"), ("3fff::1", "documentation"), ("5f00::1", "segment routing"),
        ("fc00::1", "unique local"), ("fd12:3456::1", "unique local"), ("fe80::1", "link-local"),
        ("fec0::1", "site-local"), ("ff02::1", "multicast"), ("4000::1", "not global unicast"),
        ("1::1", "not global unicast"), ("64:ff9b:0:1::1", "not global unicast"),
    ])
    func refused(_ text: String, _ why: String) throws {
        #expect(HTTPSAddressRule().refusal(of: try #require(IPAddress(text))) == why)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1", "3ffe::1",
        "64:ff9b::808:808",
    ])
    func reached(_ text: String) throws {
        #expect(HTTPSAddressRule().refusal(of: try #require(IPAddress(text))) == nil)
    }

    @Test func whatIsAllowedIsReached() throws {
        let rule = HTTPSAddressRule(allowed: ["10.1.0.0/16", "fd00:1::/32"].compactMap { IPPrefix($0) })
        for (text, isReached) in [
            ("10.1.2.3", true), ("10.2.0.1", false), ("fd00:1::5", true), ("fd00:2::5", false), ("8.8.8.8", true),
            ("::ffff:10.1.2.3", false),
        ] {
            #expect((rule.refusal(of: try #require(IPAddress(text))) == nil) == isReached, "\(text)")
        }
    }

    @Test(arguments: [
        ("mta-sts.example.org", "/x", true), ("mta-sts.example.org", "/", true),
        ("mta-sts.example.org", "/a?b=c", true),
        ("mta-sts.example.org", "", false), ("mta-sts.example.org", "x", false), ("mta-sts.example.org", "/a b", false),
        ("mta-sts.example.org", "/a\r\nX: y", false), ("mta-sts.example.org", "/é", false),
        ("mta-sts.example.org", "/a#b", false), ("127.0.0.1", "/x", false), ("a@b", "/x", false), ("a:1", "/x", false),
    ])
    func resources(_ host: String, _ path: String, _ isGood: Bool) throws {
        #expect((HTTPSResource(host: try DomainName(host), path: path) != nil) == isGood)
    }
}
