import Certificates
import DANE
import DNS
import MailBytes
import MailNames
import TestSupport
import Testing

@Suite struct TLSARecordTests {
    @Test(arguments: [
        ("3 1 1 00ff", "3 1 1 00ff"), ("3 1 1 00FF", "3 1 1 00ff"), ("  2\t0  1 00 ff", "2 0 1 00ff"),
        ("255 255 255 0a", "255 255 255 0a"), ("003 01 1 ab\r\n", "3 1 1 ab"),
    ])
    func whatIsReadIsPrinted(_ text: String, _ printed: String) throws {
        let record = try TLSARecord(parsing: text)
        #expect(record.text == printed)
        #expect(try TLSARecord(parsing: record.text) == record)
        #expect(TLSARecord(record.content) == record)
        let content = try #require(DNSRecordData(presentation: printed, type: .tlsa))
        #expect(TLSARecord(content) == record)
    }

    @Test(arguments: [
        ("", TLSARecordError.Problem.usage, 0), ("x 1 1 00", .usage, 0), ("256 1 1 00", .usage, 0),
        ("-1 1 1 00", .usage, 0), ("3", .selector, 1), ("3 1", .matchingType, 3), ("3 1 1", .data, 5),
        ("3 1 1 0", .data, 7), ("3 1 1 00f", .data, 9), ("3 1 1 0g", .data, 7), ("3 1 1 \"00\"", .data, 6),
        ("3 1x 1 00", .selector, 2), ("3 1 0000 00", .matchingType, 4), ("3 1 1 00 ; x", .data, 9),
    ])
    func whatIsNoRecordIsRefusedWithAPlace(_ text: String, _ problem: TLSARecordError.Problem, _ offset: Int) {
        #expect(throws: TLSARecordError(problem, offset: offset)) { try TLSARecord(parsing: text) }
    }

    @Test func theFormsOfAFile() throws {
        let text = """
            ; what the server has
            3 1 1 00ff  ; now

            # RFC 7671 §2.1, as it stands there
            _25._tcp.mail.example.com. IN TLSA 2 0 1 (
                                       E8B54E0B4BAA815B06D3462D65FBC7C0
                                       CF556ECCF9F5303EBFBB77D022F834C0 )
            _25._tcp.mx 3600 tlsa 3 0 2 ab
            """
        let records = try TLSARecord.list(parsing: text)
        #expect(records.map(\.parameters) == ["3 1 1", "2 0 1", "3 0 2"])
        #expect(records[1].data.count == 32)
        #expect(
            records[1].usage == .daneTA && records[1].selector == .certificate && records[1].matchingType == .sha256)
        #expect(try TLSARecord.list(parsing: text.replacing("\n", with: "\r\n")) == records)
        #expect(try TLSARecord.list(parsing: "").isEmpty)
    }

    @Test(arguments: [
        ("3 1 1 00\n3 1 x", "line 2"), ("3 1 1 (00", "parenthesis that is not closed in line 1"),
        ("\n\n(\n3 1 1\n)", "pairs of hexadecimal digits in line 3"), ("TLSA", "certificate usage"),
        (String(repeating: "3 1 1 00\n", count: 101), "more than 100 records in line 101"),
    ])
    func mistakesInAFileHaveALine(_ text: String, _ clause: String) {
        let error = #expect(throws: TLSARecordError.self) { try TLSARecord.list(parsing: text) }
        #expect(error?.description.contains(clause) == true, "\(error?.description ?? "")")
    }

    @Test func aRecordCanBeMadeOfACertificateAndOfItsKey() throws {
        let leaf = try certificates("key-ec-certificate")[0]
        let key = try SubjectPublicKey(pem: CertificateFixtures.pem("key-ec"))
        for type in [TLSAMatchingType.full, .sha256, .sha512] {
            let ofCertificate = TLSARecord(
                naming: leaf, usage: .daneEE, selector: .publicKey, matchingType: type)
            #expect(ofCertificate != nil)
            #expect(ofCertificate == TLSARecord(naming: key, usage: .daneEE, matchingType: type))
            #expect(ofCertificate?.defect() == nil)
        }
        #expect(TLSARecord(naming: key, usage: .daneEE, matchingType: TLSAMatchingType(rawValue: 3)) == nil)
        let selector = TLSASelector(rawValue: 2)
        #expect(TLSARecord(naming: leaf, usage: .daneEE, selector: selector, matchingType: .full) == nil)
        let digest = try #require(
            TLSARecord(naming: leaf, usage: .daneEE, selector: .certificate, matchingType: .sha256))
        #expect(digest.data == leaf.fingerprint)
    }

    @Test func whereRecordsStand() throws {
        let host = try DomainName("mx.example.org")
        #expect(TLSARecord.name(host: host)?.text == "_25._tcp.mx.example.org")
        #expect(TLSARecord.name(host: host, port: 587)?.text == "_587._tcp.mx.example.org")
        let label = String(repeating: "a", count: 60)
        let long = try DomainName([label, label, label, label, "example"].joined(separator: "."))
        #expect(TLSARecord.name(host: long) == nil)
        let name = try #require(TLSARecord.name(host: host))
        #expect(
            try TLSARecord(parsing: "3 1 1 00ff").zoneLine(name: name) == "_25._tcp.mx.example.org. IN TLSA 3 1 1 00ff")
    }

    @Test func wordsForPeople() throws {
        let record = try TLSARecord(parsing: "3 1 1 00")
        #expect("\(record.usage) \(record.selector) \(record.matchingType)" == "DANE-EE(3) SPKI(1) SHA2-256(1)")
        let other = try TLSARecord(parsing: "7 8 9 00")
        #expect("\(other.usage) \(other.selector) \(other.matchingType)" == "usage 7 selector 8 matching type 9")
    }
}
