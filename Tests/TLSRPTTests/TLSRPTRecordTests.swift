import DNS
import MailNames
import TLSRPT
import TestSupport
import Testing
import Trace

@Suite struct TLSRPTRecordTests {
    @Test(arguments: [
        // RFC 8460 §3.1.1, §3.1.2
        ("v=TLSRPTv1;rua=mailto:reports@example.com", ["mailto:reports@example.com"]),
        ("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", ["https://reporting.example.com/v1/tlsrpt"]),
        (
            "v=TLSRPTv1; x=1; rua=mailto:a@b.example , https://c.example/?d=e&f=g ;",
            ["mailto:a@b.example", "https://c.example/?d=e&f=g"]
        ),
        ("v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@d.example", ["mailto:a@b.example"]),
        ("v=TLSRPTv1; rua=mailto:a@b.example!10m,mailto:a%21b@c.example", ["mailto:a%21b@c.example"]),
        ("v=TLSRPTv1; rua=gopher:x,MAILTO:a@b.example?subject=x", ["gopher:x", "MAILTO:a@b.example?subject=x"]),
    ])
    func `records of the grammar are read`(_ text: String, _ destinations: [String]) throws {
        let record = try TLSRPTRecord(parsing: text)
        #expect(record.destinations.map(\.text) == destinations)
        #expect(try TLSRPTRecord(parsing: record.text).destinations == record.destinations)
    }

    @Test(arguments: [
        ("v=TLSRPTv1", TLSRPTSyntaxError.Problem.noRecord, 11), ("v=TLSRPTv2;rua=mailto:a@b", .noRecord, 10),
        ("v=tlsrptv1;rua=mailto:a@b", .noRecord, 3), ("v=TLSRPTv1;", .ruaMissing, 12),
        ("v=TLSRPTv1; ruf=mailto:a@b", .ruaMissing, 27), ("v=TLSRPTv1; rua=", .emptyValue, 17),
        ("v=TLSRPTv1; rua= ;", .emptyValue, 17), ("v=TLSRPTv1; rua=a@b.example", .noDestination, 17),
        ("v=TLSRPTv1; rua=,", .noDestination, 17), ("v=TLSRPTv1; rua", .delimiter, 16),
        ("v=TLSRPTv1;; rua=mailto:a@b", .fieldName, 12), ("v=TLSRPTv1 rua=mailto:a@b", .character, 12),
        ("v=TLSRPTv1; x=y z; rua=mailto:a@b", .character, 17), ("v=TLSRPTv1; rua=mailto:\u{e4}@b", .character, 24),
    ])
    func `mistakes are found where they are`(_ text: String, _ problem: TLSRPTSyntaxError.Problem, _ column: Int) {
        let error = #expect(throws: TLSRPTSyntaxError.self) { try TLSRPTRecord(parsing: text) }
        #expect(error == TLSRPTSyntaxError(problem, line: 1, column: column))
    }

    @Test func `exactly one record is chosen`() throws {
        func read(_ texts: [String]) throws -> TLSRPTRecord {
            try TLSRPTRecord(selectingFrom: texts.map { Array($0.utf8) })
        }
        let good = "v=TLSRPTv1; rua=mailto:a@b.example"
        #expect(try read(["x", good]).destinations.count == 1)
        #expect(throws: TLSRPTSyntaxError(.severalRecords, line: 3, column: 1)) { try read([good, "x", good]) }
        #expect(throws: TLSRPTSyntaxError(.noRecord, line: 1, column: 1)) { try read(["x", "y"]) }
        #expect(throws: TLSRPTSyntaxError(.noRecord, line: 1, column: 1)) { try read([]) }
    }

    @Test func `every beginning of a record is read or refused within it`() {
        let text = Array("v=TLSRPTv1; x=y; rua=mailto:a%20b@c.example,https://d.example/;".utf8)
        for length in 0...text.count {
            do throws(TLSRPTSyntaxError) {
                let record = try TLSRPTRecord(parsing: Array(text[..<length]))
                #expect(!record.destinations.isEmpty)
            } catch {
                #expect(error.column <= length + 1)
            }
        }
    }

    @Test(
        arguments: [
            ("mailto:a@b.example", "a@b.example"), ("mailto:%22a%20b%22@b.example", "\"a b\"@b.example"),
            ("mailto:a%40b@c.example", nil), ("mailto:a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
            ("mailto:a@b%C3%BCcher.example", "a@xn--bcher-kva.example"), ("mailto:@b.example", nil), ("mailto:a@", nil),
            ("mailto:a..b@c.example", nil), ("mailto:a%0D%0Ab@c.example", nil), ("mailto:a@b.example%0A", nil),
            ("mailto:a@b.example/c", nil), ("mailto:%", nil), ("mailto:", nil), ("https:", nil), ("https:///x", nil),
            (":x", nil), ("1:x", nil), ("x:", nil), ("", nil), ("mailto:a,b@c.example", nil),
            ("mailto:a;b@c.example", nil),
        ] as [(String, String?)])
    func `destinations by mail have one address`(_ uri: String, _ address: String?) {
        let destination = TLSRPTDestination(uri)
        guard let address else {
            #expect(destination == nil)
            return
        }
        guard case .mail(let localPart, let domain)? = destination?.way else {
            Issue.record("no mail: \(uri)")
            return
        }
        #expect(String(decoding: localPart, as: UTF8.self) + "@" + domain.text == address)
        #expect(destination?.isServed == true)
    }

    @Test func `no more destinations are kept than anybody serves`() throws {
        let uris = (0..<60).map { "mailto:a\($0)@b.example" }.joined(separator: ",")
        let record = try TLSRPTRecord(parsing: "v=TLSRPTv1; rua=" + uris)
        #expect(record.destinations.count == 50)
        #expect(record.notes.map(\.problem) == [.tooMany])
    }

    @Test(
        arguments: [
            ("_smtp._tls.a.example TXT \"v=TLSRPTv1;\" \"rua=mailto:a@b.example\"", true, nil),
            ("_smtp._tls.a.example CNAME b.example", false, TLSRPTRecordFinding.nothing),
            ("_smtp._tls.a.example TXT timeout", false, .failure(.timeout)),
            ("_smtp._tls.a.example TXT \"x\"", false, .nothing),
            (
                "_smtp._tls.a.example TXT \"v=TLSRPTv1;\"", false,
                .unusable(TLSRPTSyntaxError(.ruaMissing, line: 1, column: 12))
            ),
        ] as [(String, Bool, TLSRPTRecordFinding?)])
    func `DNS is asked once`(_ line: String, _ isThere: Bool, _ expected: TLSRPTRecordFinding?) async throws {
        var trace = Trace.enabled
        let finding = try await TLSRPTLookup(resolver: Zone([line])).finding(at: DomainName("a.example"), &trace)
        #expect((finding.record != nil) == isThere)
        if let expected { #expect(finding == expected) }
    }
}
