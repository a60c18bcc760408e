import DNS
import MTASTS
import MailBytes
import MailNames
import TestSupport
import Testing
import Trace

@Suite struct MTASTSRecordTests {
    @Test(arguments: [
        ("v=STSv1; id=20160831085700Z;", "20160831085700Z"), ("v=STSv1;id=a", "a"), ("v=STSv1 ; id=a \t; ", "a"),
        ("v=STSv1; x=1; id=a; y.z-_=%&<>", "a"), ("v=STSv1; id=a; id=b", "a"), ("v=STSv1; id=a; id=-", "a"),
        ("v=STSv1; ID=b; id=a", "a"), ("v=STSv1; v=STSv2; id=a", "a"),
        ("v=STSv1; id=01234567890123456789012345678901", "01234567890123456789012345678901"),
    ])
    func `records of the grammar are read`(_ text: String, _ id: String) throws {
        let record = try MTASTSRecord(parsing: text)
        #expect(record.id == id)
        #expect(try MTASTSRecord(parsing: record.text) == record)
    }

    @Test(arguments: [
        ("", MTASTSSyntaxError.Problem.noRecord, 1), ("v=STSv1", .noRecord, 8), ("v=STSv10;id=a", .noRecord, 8),
        ("V=STSv1;id=a", .noRecord, 1), (" v=STSv1;id=a", .noRecord, 1), ("v=STSv2;id=a", .noRecord, 7),
        ("v=STSv1 id=a", .character, 9), ("v=STSv1;", .idMissing, 9), ("v=STSv1; x=1", .idMissing, 13),
        ("v=STSv1; id=", .id, 13), ("v=STSv1; id=a-b", .id, 13), ("v=STSv1; id=a-; id=b", .id, 13),
        ("v=STSv1; id=012345678901234567890123456789012", .id, 13), ("v=STSv1; id=a; b=", .emptyValue, 18),
        ("v=STSv1; id=a;; b=c", .fieldName, 15), ("v=STSv1; id=a; _b=c", .fieldName, 16),
        ("v=STSv1; id=a; b", .delimiter, 17), ("v=STSv1; id =a", .delimiter, 12), ("v=STSv1; id= a", .id, 13),
        ("v=STSv1; id=a b", .character, 15), ("v=STSv1; id=a; b=c=d", .character, 19),
        ("v=STSv1; id=a; b=\u{e4}", .emptyValue, 18), ("v=STSv1; id=a\n", .character, 14),
    ])
    func `mistakes are found where they are`(
        _ text: String, _ problem: MTASTSSyntaxError.Problem, _ column: Int
    ) throws {
        let error = #expect(throws: MTASTSSyntaxError.self) { try MTASTSRecord(parsing: text) }
        #expect(error?.problem == problem)
        #expect(error?.column == column)
        #expect(error?.line == 1)
        #expect(error?.description.hasSuffix("at line 1, column \(column)") == true)
    }

    @Test(
        arguments: [
            (["v=spf1 -all", "v=STSv1; id=a"], "a", nil, 0), (["v=STSv1; id=a", "v=STSv10; id=b"], "a", nil, 0),
            ([], nil, MTASTSSyntaxError.Problem.noRecord, 1), (["x", "y"], nil, .noRecord, 1),
            (["v=STSv1; id=a", "x", "v=STSv1; id=a"], nil, .severalRecords, 3),
            // One of several that cannot be read counts as one that is there.
            (["v=STSv1; id=a", "v=STSv1; id="], nil, .severalRecords, 2), (["x", "v=STSv1; id="], nil, .id, 2),
        ] as [([String], String?, MTASTSSyntaxError.Problem?, Int)])
    func `exactly one record is chosen`(
        _ texts: [String], _ id: String?, _ problem: MTASTSSyntaxError.Problem?, _ line: Int
    ) {
        do throws(MTASTSSyntaxError) {
            let record = try MTASTSRecord(selectingFrom: texts.map { Array($0.utf8) })
            #expect(record.id == id && problem == nil)
        } catch {
            #expect(error.problem == problem)
            #expect(error.line == line)
        }
    }

    @Test func `every beginning of a record is read or refused within it`() {
        let text = Array("v=STSv1; id=20160831085700Z; x.y=z;".utf8)
        for length in 0...text.count {
            do throws(MTASTSSyntaxError) {
                _ = try MTASTSRecord(parsing: Array(text[..<length]))
                #expect(length > "v=STSv1; id=".utf8.count)
            } catch {
                #expect(error.offset <= length && error.column == error.offset + 1)
            }
        }
    }

    @Test func `an id is made of letters and digits`() {
        #expect(MTASTSRecord(id: "2026a")?.text == "v=STSv1; id=2026a;")
        for id in ["", "a-b", "\u{e4}", String(repeating: "a", count: 33)] { #expect(MTASTSRecord(id: id) == nil) }
    }
}

@Suite struct MTASTSLookupTests {
    private static func finding(_ lines: [String], _ domain: String = "a.example") async throws -> MTASTSRecordFinding {
        var trace = Trace.enabled
        let finding = try await MTASTSLookup(resolver: Zone(lines)).finding(at: DomainName(domain), &trace)
        #expect(!trace.steps.isEmpty)
        return finding
    }

    @Test func `a record cut into strings anywhere is the same`() async throws {
        let text = "v=STSv1; id=20160831085700Z;"
        for length in 0...text.count {
            let (head, tail) = (text.prefix(length), text.dropFirst(length))
            let finding = try await Self.finding(["_mta-sts.a.example TXT \"\(head)\" \"\(tail)\""])
            #expect(finding.record?.id == "20160831085700Z")
        }
    }

    @Test func `aliases are followed`() async throws {
        let lines = [
            "_mta-sts.a.example CNAME b.example", "b.example CNAME _mta-sts.c.example",
            "_mta-sts.c.example TXT \"v=STSv1; id=c\"",
        ]
        #expect(try await Self.finding(lines).record?.id == "c")
    }

    @Test(arguments: [
        ("_mta-sts.a.example TXT timeout", MTASTSRecordFinding.failure(.timeout)),
        ("_mta-sts.a.example TXT servfail", .failure(.serverFailure)),
        ("_mta-sts.a.example TXT bogus", .failure(.bogus)), ("_mta-sts.a.example TXT nxdomain", .nothing),
        ("_mta-sts.a.example TXT nodata", .nothing), ("_mta-sts.a.example TXT \"v=spf1 -all\"", .nothing),
        ("_mta-sts.example TXT \"v=STSv1; id=parent\"", .nothing),
        (
            "_mta-sts.a.example TXT \"v=STSv1; id=\"",
            .unusable(MTASTSSyntaxError(.id, offset: 12, line: 1, column: 13))
        ),
    ])
    func `everything else is no record, and says why`(_ line: String, _ expected: MTASTSRecordFinding) async throws {
        #expect(try await Self.finding([line]) == expected)
    }

    @Test func `a name that would be too long is not asked for`() async throws {
        let label = String(repeating: "a", count: 63)
        let domain = [label, label, label, String(repeating: "a", count: 60)].joined(separator: ".")
        #expect(try await Self.finding([], domain) == .nothing)
        #expect(try MTASTSPolicy.host(for: DomainName(domain)) == nil)
        #expect(try MTASTSPolicy.host(for: DomainName("A.example"))?.text == "mta-sts.a.example")
    }
}
