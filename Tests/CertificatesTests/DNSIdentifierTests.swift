import Certificates
import MailBytes
import MailNames
import TestSupport
import Testing

@Suite struct DNSIdentifierTests {
    @Test(arguments: [
        ("mx.example.org", "mx.example.org", true), ("MX.Example.ORG", "mx.example.org", true),
        ("mx.example.org.", "mx.example.org", true), ("mx.example.org", "mx2.example.org", false),
        ("example.org", "mx.example.org", false), ("mx.example.org", "example.org", false),
        // RFC 7672 §3.2.3: the whole first label, and one label.
        ("*.example.org", "mx.example.org", true), ("*.example.org", "a.mx.example.org", false),
        ("*.example.org", "example.org", false), ("*.EXAMPLE.org", "mx.example.org", true),
        ("smtp*.example.org", "smtp1.example.org", false), ("*smtp.example.org", "xsmtp.example.org", false),
        ("m*x.example.org", "mx.example.org", false), ("mx.*.org", "mx.example.org", false),
        ("*.*.org", "mx.example.org", false), ("*", "mx", false), ("*.org", "example.org", false), ("*.", "x", false),
        ("*.example.org", "xn--bcher-kva.example.org", true),
        ("xn--bcher-kva.example.org", "xn--bcher-kva.example.org", true),
        ("bücher.example.org", "xn--bcher-kva.example.org", false),
        ("mx.example.org\0.example.net", "mx.example.org", false), ("mx.example.org ", "mx.example.org", false),
        ("192.0.2.1", "mx.example.org", false), ("", "mx.example.org", false), (".", "mx.example.org", false),
        ("a..b", "a.b", false), ("_mx.example.org", "_mx.example.org", true),
        ("*.example.org\0", "mx.example.org", false), ("*.-", "x.-", false),
    ])
    func namesMatchAsTheRFCsSay(_ presented: String, _ reference: String, _ matches: Bool) throws {
        let name = try DomainName(mailDomain: reference)
        #expect((DNSIdentifier(Array(presented.utf8))?.matches(name) ?? false) == matches)
    }

    @Test func theFirstReferenceThatFitsIsSaid() throws {
        let leaf = try #require(try certificates("good").first)
        let names = try ["example.net", "a.mail.example.org", "mx.example.org"].map { try DomainName($0) }
        let match = try #require(leaf.match(anyOf: names))
        #expect(match.reference == names[1])
        #expect(match.presented.description == "*.mail.example.org")
        #expect(leaf.match(anyOf: []) == nil)
        #expect(leaf.match(anyOf: [names[0]]) == nil)
    }

    @Test(arguments: [
        // The file, and whether the common name may be used, and counts.
        ("common-name", true, true), ("common-name", false, false), ("common-name-beside", true, false),
        ("address-only", true, true), ("address-only", false, false), ("odd-names", true, false), ("good", false, true),
    ])
    func theCommonNameCountsOnlyWhereNothingElseIs(_ file: String, _ allowed: Bool, _ matches: Bool) throws {
        let leaf = try #require(try certificates(file).first)
        let host = try DomainName(file == "common-name-beside" ? "mx2.example.org" : CertificateFixtures.host)
        #expect(leaf.matches(host, allowingCommonName: allowed) == matches)
    }

    @Test func ofOddNamesOnlyHostNamesAreLeft() throws {
        let leaf = try #require(try certificates("odd-names").first)
        #expect(leaf.dnsNames.count == 10)
        #expect(leaf.identifiers().map(\.description) == ["xn--bcher-kva.example.org", "mx2.example.org"])
    }
}
