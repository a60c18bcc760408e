import MailNames
import SPF
import TestSupport
import Testing

@Suite struct SPFInternationalTests {
    private static let idn = "xn--bcher-kva.example"

    @Test func `U-labels of the reverse-path become A-labels (RFC 8616 §4)`() async throws {
        let zone = [
            "\(Self.idn) TXT \"v=spf1 exists:%{d}.%{o}.x.org exists:%{s}.y.org -all exp=e.org\"", "e.org TXT \"%{o}\"",
        ]
        let (outcome, asked) = try await Check(zone, mailFrom: "user@bücher.example").ask()
        #expect(outcome.domain == (try DomainName(Self.idn)))
        #expect(outcome.explanation == Self.idn)
        #expect(
            asked == [
                "\(Self.idn) TXT", "\(Self.idn).\(Self.idn).x.org A", "user@\(Self.idn).y.org A", "e.org TXT",
            ])
    }

    @Test func `a HELO name with U-labels is no name (RFC 8616 §4)`() async throws {
        let zone = ["\(Self.idn) TXT \"v=spf1 +all\""]
        #expect(try await Check(zone, helo: "bücher.example", mailFrom: "").run().result == .none)
        #expect(try await Check(zone, helo: Self.idn, mailFrom: "").run().result == .pass)
    }

    @Test func `a domain that IDNA does not allow has no record`() async throws {
        #expect(try await Check([], mailFrom: "user@a\u{2028}b.example").run().result == .none)
        #expect(try await Check([], mailFrom: "user@\u{0}.example").run().result == .none)
    }

    @Test(arguments: [
        ("v=spf1 exists:%{l}.x.org -all", SPFResult.fail), ("v=spf1 exists:%{L}.x.org -all", .fail),
        ("v=spf1 exists:%{s}.x.org -all", .fail), ("v=spf1 -include:%{l}.x.org +all", .pass),
        ("v=spf1 a:%{l1r-}.x.org mx:%{l}.x.org ptr:%{l}.x.org ~all", .softfail),
        ("v=spf1 redirect=%{l}.x.org", .neutral),
        ("v=spf1 exists:%{o}.x.org -all", .pass),
    ])
    func `terms with the local part match nothing if that is not ASCII (RFC 8616 §4)`(
        record: String, result: SPFResult
    ) async throws {
        var check = Check(record: record, ["example.org.x.org A 127.0.0.1"])
        check.mailFrom = "Pelé@example.org"
        let (outcome, asked) = try await check.ask()
        #expect(outcome.result == result)
        #expect(!asked.contains { $0.contains("Pel") || $0.contains("pel") })
    }

    @Test func `an explanation with such a local part is not used`() async throws {
        var check = Check(record: "v=spf1 -all exp=e.org", ["e.org TXT \"not from %{s}\""])
        check.mailFrom = "Pelé@example.org"
        #expect(try await check.run().explanation == nil)
        check.zone[0] = "example.org TXT \"v=spf1 -all exp=%{l}.org\""
        #expect(try await check.run().explanation == nil)
    }
}
