import DMARC
import MailNames
import Testing

@Suite("Destinations of reports")
struct DMARCReportURITests {
    static let good: [(text: String, scheme: String, address: String?)] = [
        ("mailto:dmarc@example.com", "mailto", "dmarc@example.com"),
        ("MAILTO:Dmarc@EXAMPLE.com", "mailto", "Dmarc@example.com"),
        ("mailto:a+b=c@example.com", "mailto", "a+b=c@example.com"),
        ("mailto:x%21y@example.com", "mailto", "x!y@example.com"),
        ("mailto:%22a%20b%2Cc%22@example.com", "mailto", "\"a b,c\"@example.com"),
        ("mailto:%22a%40b%22@example.com", "mailto", "\"a@b\"@example.com"),
        ("mailto:d@xn--bcher-kva.example", "mailto", "d@xn--bcher-kva.example"),
        ("mailto:d@b%C3%BCcher.example", "mailto", "d@xn--bcher-kva.example"),
        ("mailto:d@example.com?subject=x", "mailto", "d@example.com"),
        ("https://example.com/r?a=b#c", "https", nil),
        ("http://[2001:db8::1]/x", "http", nil),
        ("x-own+scheme.1:anything", "x-own+scheme.1", nil),
    ]

    @Test("A URI is read, and a mailto: has its mailbox decoded (RFC 9989 §4.6)", arguments: good)
    func reads(_ example: (text: String, scheme: String, address: String?)) throws {
        let uri = try #require(DMARCReportURI(example.text))
        #expect(uri.text == example.text)
        #expect(uri.scheme == example.scheme)
        #expect(
            uri.mailbox.map { String(decoding: $0.localPart, as: UTF8.self) + "@" + $0.domain.text } == example.address)
    }

    static let bad = [
        "", "mailto", "mailto:", ":", "1x:y", "dmarc@example.com", "mailto:example.com", "mailto:@example.com",
        "mailto:a@", "mailto:a@b,c@d", "mailto:a@b!c", "mailto:a@example.com!10m", "mailto:a b@example.com",
        "mailto:a%2@example.com", "mailto:a%zz@example.com", "mailto:a%0d%0aBcc:x@example.com",
        "mailto:a%00@example.com",
        "mailto:a@x%2Cb@example.com", "mailto:.a@example.com", "mailto:a..b@example.com",
        "mailto:%22a%22b%22@example.com",
        "mailto:%22a%5C%22@example.com", "mailto:%22@example.com", "mailto:a@[192.0.2.1]", "mailto:a@exa%20mple.com",
        "https:/a#b#c", "https:<x>", "https:\u{e9}",
    ]

    @Test("What is no URI, or no single address, is refused", arguments: bad)
    func refuses(_ text: String) { #expect(DMARCReportURI(text) == nil) }

    @Test("A URI made of a mailbox is encoded so that reading it gives the mailbox")
    func encodes() throws {
        let name = try DomainName("example.com")
        for local in ["dmarc", "a+b", "a!b", "\"a, b\"", "o'x&y", "\u{fc}ber", "100%"] {
            let uri = try #require(DMARCReportURI(localPart: Array(local.utf8), domain: name))
            #expect(uri.mailbox?.localPart == Array(local.utf8))
            #expect(!uri.text.contains(",") && !uri.text.contains("!") && !uri.text.contains(";"))
        }
        #expect(DMARCReportURI(localPart: Array("a b".utf8), domain: name) == nil)
    }
}
