import DNS
import MailBytes
import MailNames
import TestSupport
import Testing

@Suite struct AliasTests {
    private func question(_ name: String, _ type: DNSRecordType = .a) throws -> DNSQuestion {
        DNSQuestion(try DomainName(name), type)
    }

    private let zone = Zone([
        "www.example.org CNAME host.example.net.", "host.example.net A 192.0.2.1", "host.example.net A 192.0.2.2",
        "two.example.org CNAME www.example.org.", "loop.example.org CNAME pool.example.org.",
        "pool.example.org CNAME loop.example.org.", "self.example.org CNAME self.example.org.",
        "nowhere.example.org CNAME gone.example.com.", "nodata.example.org CNAME txt.example.net.",
        "txt.example.net TXT \"x\"", "slow.example.org CNAME late.example.net.", "late.example.net A timeout",
        "bad.example.org CNAME bogus.example.net.", "bogus.example.net A bogus",
    ])

    @Test func `follows aliases and gives the whole chain`() async throws {
        let answer = await zone.answer(try question("two.example.org"))
        #expect(answer.status == .noError)
        #expect(answer.records.map(\.type) == [.cname, .cname, .a, .a])
        #expect(answer.addresses.map(\.text) == ["192.0.2.1", "192.0.2.2"])
        #expect(answer.canonicalName.text == "host.example.net")
        #expect(answer.ttlSeconds == 300)
        #expect(answer.data.count == 2)
        #expect(!answer.isVoid)
    }

    @Test func `gives the alias itself to those who ask for it`() async throws {
        let answer = await zone.answer(try question("two.example.org", .cname))
        #expect(answer.records.count == 1)
        #expect(answer.canonicalName.text == "two.example.org")
    }

    @Test func `ends loops as a server failure`() async throws {
        for name in ["loop.example.org", "self.example.org"] {
            let answer = await zone.answer(try question(name))
            #expect(answer.status == .serverFailure)
            #expect(answer.records.isEmpty)
        }
    }

    @Test func `follows a chain up to its limit`() async throws {
        for (length, status) in [(16, DNSStatus.noError), (17, .serverFailure)] {
            let lines = (0..<length).map { "a\($0).example CNAME a\($0 + 1).example" }
            let zone = Zone(lines + ["a\(length).example A 192.0.2.1"])
            #expect(await zone.answer(try question("a0.example")).status == status)
        }
    }

    @Test func `ends as the end of the chain does`() async throws {
        let gone = await zone.answer(try question("nowhere.example.org"))
        #expect(gone.status == .nxDomain)
        #expect(gone.records.count == 1)
        #expect(gone.canonicalName.text == "gone.example.com")
        #expect(gone.isVoid)
        let nodata = await zone.answer(try question("nodata.example.org"))
        #expect(nodata.status == .noError)
        #expect(nodata.isVoid)
        #expect(await zone.answer(try question("slow.example.org")).status == .timeout)
        let bad = await zone.answer(try question("bad.example.org"))
        #expect(bad.status == .bogus)
        #expect(bad.security == .bogus)
        #expect(bad.records.isEmpty)
    }

    @Test func `is no more secure than its weakest link: RFC 4035 §4.3`() throws {
        var answers = RecordedAnswers()
        let alias = DNSRecord(
            name: try DomainName("a.example"), type: .cname, ttlSeconds: 60, data: .cname(try DomainName("b.example")))
        let address = DNSRecord(
            name: try DomainName("b.example"), type: .a, ttlSeconds: 30, data: .address(.v4(1)))
        answers.add(
            DNSAnswer(
                question: try question("a.example", .cname), status: .noError, records: [alias], security: .secure))
        answers.add(
            DNSAnswer(question: try question("b.example"), status: .noError, records: [address], security: .insecure))
        let answer = answers.lookUp(try question("a.example"))
        #expect(answer.security == .insecure)
        #expect(answer.ttlSeconds == 30)
    }

    private func file(_ entries: String) throws -> RecordedAnswers {
        try RecordedAnswers(parsing: Array("[\(entries)]".utf8))
    }

    private func entry(_ status: Int, _ name: String, _ records: String...) -> String {
        let answer = records.map { record in
            let parts = record.split(separator: " ", maxSplits: 2)
            return "{\"name\":\"\(parts[0])\",\"type\":\"\(parts[1])\",\"TTL\":300,\"data\":\"\(parts[2])\"}"
        }
        return "{\"Status\":\(status),\"AD\":true,\"Question\":[{\"name\":\"\(name)\",\"type\":\"A\"}],"
            + "\"Answer\":[\(answer.joined(separator: ","))]}"
    }

    @Test func `follows aliases that stand in any order, and between signatures`() throws {
        let answers = try file(
            entry(0, "a.example", "b.example CNAME c.example.", "a.example CNAME b.example.", "a.example RRSIG CNAME 8")
                + "," + entry(0, "c.example", "c.example A 192.0.2.1"))
        #expect(answers.lookUp(try question("a.example")).addresses.map(\.text) == ["192.0.2.1"])
    }

    @Test func `ends as the answer says where the file has nothing about the end of the chain`() throws {
        for (status, expected) in [(0, DNSStatus.noError), (3, .nxDomain)] {
            let answer = try file(entry(status, "a.example", "a.example CNAME b.example.")).lookUp(
                try question("a.example"))
            #expect(answer.status == expected)
            #expect(answer.security == .secure)
            #expect(answer.isVoid)
        }
    }
}
