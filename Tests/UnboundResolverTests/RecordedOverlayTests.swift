import DNS
import MailNames
import TestSupport
import Testing
import UnboundResolver

@Suite struct RecordedOverlayTests {
    static let zone = Zone(["example.org TXT \"v=spf1 -all\"", "other.net TXT \"not asked for\""])

    static let cases: [(name: String, status: DNSStatus?, records: Int)] = [
        ("example.org", .noError, 1), ("EXAMPLE.ORG", .noError, 1), ("www.example.org", .nxDomain, 0),
        ("org", nil, 0), ("other.net", nil, 0), ("notexample.org", nil, 0),
    ]

    @Test(
        "Names of the overlay are answered from it, there or not; the names of others are not its business",
        arguments: cases)
    func lookUp(_ example: (name: String, status: DNSStatus?, records: Int)) throws {
        let overlay = RecordedOverlay(Self.zone.answers, domains: [try DomainName("example.org")])
        let answer = overlay.lookUp(DNSQuestion(try DomainName(example.name), .txt))
        #expect(answer?.status == example.status)
        #expect((answer?.records.count ?? 0) == example.records)
    }
}
