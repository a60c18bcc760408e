import DNS
import MailBytes
import MailNames
import TestSupport
import Testing

@Suite struct RecordedAnswersTests {
    private func parse(_ text: String) throws(RecordedAnswersError) -> RecordedAnswers {
        try RecordedAnswers(parsing: Array(text.utf8))
    }

    private func look(_ answers: RecordedAnswers, _ name: String, _ type: DNSRecordType = .txt) throws -> DNSAnswer {
        answers.lookUp(DNSQuestion(try DomainName(name), type))
    }

    private static let file = """
        [{"Status":0,"AD":true,"Question":[{"name":"Example.com.","type":"TXT"}],"Answer":[{"name":"example.com.",
          "type":"TXT","TTL":300,"data":"\\"v=spf1 \\" \\"-all\\""}]},
         {"Status":0,"Question":[{"name":"a.b.example.org","type":1}],
          "Answer":[{"name":"a.b.example.org.","type":1,"TTL":60,"data":"192.0.2.1"}]},
         {"Status":3,"Question":[{"name":"gone.example.org.","type":"A"}]},
         {"Status":2,"Question":[{"name":"broken.example.org.","type":"A"}]},
         {"Status":5,"Question":[{"name":"refused.example.org.","type":"A"}]},
         {"Error":"timeout","Question":[{"name":"slow.example.org.","type":"A"}]},
         {"Error":"bogus","Question":[{"name":"bogus.example.org.","type":"A"}],"Comment":"no signature"},
         {"Status":0,"Question":[{"name":"empty.example.org.","type":"MX"}],"Answer":[]}]
        """

    @Test func `gives what is in the file`() throws {
        let answers = try parse(Self.file)
        let text = try look(answers, "EXAMPLE.com")
        #expect(text.status == .noError)
        #expect(text.security == .secure)
        #expect(text.ttlSeconds == 300)
        #expect(text.texts == [Array("v=spf1 -all".utf8)])
        #expect(try look(answers, "a.b.example.org", .a).addresses == [IPAddress("192.0.2.1")])
        #expect(try look(answers, "a.b.example.org", .a).security == .insecure)
    }

    @Test func `a question that is not in the file has no data where a name is at or below it, else the name is not`()
        throws
    {
        let answers = try parse(Self.file)
        let cases: [(String, DNSRecordType, DNSStatus)] = [
            ("example.com", .a, .noError), ("com", .a, .noError), ("b.example.org", .a, .noError),
            ("a.b.example.org", .aaaa, .noError), ("x.a.b.example.org", .a, .nxDomain),
            ("c.example.org", .a, .nxDomain),
            ("other.net", .a, .nxDomain), (".", .ns, .noError), ("gone.example.org", .mx, .nxDomain),
            ("empty.example.org", .mx, .noError), ("empty.example.org", .a, .noError),
            ("slow.example.org", .mx, .noError),
        ]
        for (name, type, status) in cases {
            let answer = try look(answers, name, type)
            #expect(answer.status == status, "\(name) \(type)")
            #expect(answer.records.isEmpty)
            #expect(answer.isVoid)
        }
        #expect(RecordedAnswers().lookUp(DNSQuestion(.root, .a)).status == .nxDomain)
    }

    @Test func `gives failures as they are`() throws {
        let answers = try parse(Self.file)
        let cases: [(String, DNSStatus)] = [
            ("broken", .serverFailure), ("refused", .otherCode(5)), ("slow", .timeout), ("bogus", .bogus),
            ("gone", .nxDomain),
        ]
        for (name, status) in cases {
            let answer = try look(answers, name + ".example.org", .a)
            #expect(answer.status == status)
            #expect(answer.status.isFailure == (status != .nxDomain))
            #expect(answer.isVoid == (status == .nxDomain))
        }
        let bogus = try look(answers, "bogus.example.org", .a)
        #expect(bogus.security == .bogus)
        #expect(bogus.whyBogus == "no signature")
    }

    static let malformed: [(text: String, error: String)] = [
        ("", "expected a value, found the end at line 1, column 1"),
        ("[\n{]", "expected a member name in quotes at line 2, column 2"),
        ("{}", "expected an array of answers"),
        ("[1]", "entry 1: expected an object"),
        ("[{}]", "entry 1: expected 'Question', an array with a name and a type"),
        ("[{\"Question\":[]}]", "entry 1: expected 'Question', an array with a name and a type"),
        ("[{\"Question\":[{\"name\":\"a\",\"type\":\"A\"}]}]", "entry 1: expected 'Status', an RCODE, or 'Error'"),
        (
            "[{\"Status\":-1,\"Question\":[{\"name\":\"a\",\"type\":\"A\"}]}]",
            "entry 1: expected 'Status', an RCODE, or 'Error'"
        ),
        (
            "[{\"Status\":300,\"Question\":[{\"name\":\"a\",\"type\":\"A\"}]}]",
            "entry 1: expected 'Status', an RCODE, or 'Error'"
        ),
        (
            "[{\"Error\":\"x\",\"Question\":[{\"name\":\"a\",\"type\":\"A\"}]}]",
            "entry 1: 'Error' is 'x', not 'timeout' or 'bogus'"
        ),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a..b\",\"type\":\"A\"}]}]",
            "entry 1: 'name' is no domain name: empty label in a domain name"
        ),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":\"FOO\"}]}]",
            "entry 1: expected 'type', a record type's number or mnemonic"
        ),
        ("[{\"Status\":0,\"Question\":[{\"type\":1}]}]", "entry 1: expected 'name'"),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":65536}]}]",
            "entry 1: expected 'type', a record type's number or mnemonic"
        ),
        ("[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":1}],\"Answer\":5}]", "entry 1: 'Answer' is no array"),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":1}],\"Answer\":[{\"name\":\"a\",\"type\":1}]}]",
            "entry 1: record of a without 'data'"
        ),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":1}],"
                + "\"Answer\":[{\"name\":\"a\",\"type\":1,\"data\":\"::1\"}]}]",
            "entry 1: A record of a with data that is not of that type"
        ),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":1}]},"
                + "{\"Status\":0,\"Question\":[{\"name\":\"b\",\"type\":1}],"
                + "\"Answer\":[{\"name\":\"b\",\"type\":1,\"TTL\":-1,\"data\":\"192.0.2.1\"}]}]",
            "entry 2: record of b with a TTL out of range"
        ),
        (
            "[{\"Status\":0,\"Question\":[{\"name\":\"a\",\"type\":1}]},"
                + "{\"Status\":3,\"Question\":[{\"name\":\"a.\",\"type\":\"A\"}]}]",
            "entry 2: a A is answered twice, differently"
        ),
    ]

    @Test(arguments: malformed)
    func `names the entry that is malformed`(_ example: (text: String, error: String)) {
        let error = #expect(throws: RecordedAnswersError.self) { try parse(example.text) }
        #expect(error?.description == example.error)
    }

    @Test func `takes one answer that stands there twice`() throws {
        let entry = "{\"Status\":3,\"Question\":[{\"name\":\"a\",\"type\":1}]}"
        #expect(try look(parse("[\(entry),\(entry)]"), "a", .a).status == .nxDomain)
    }

    @Test func `writes equal answers to equal files, and reads them again`() throws {
        let answers = try parse(Self.file)
        let again = try RecordedAnswers(parsing: Array(answers.file.text.utf8))
        #expect(again.file == answers.file)
        #expect(try RecordedAnswers(parsing: Array(answers.file.indentedText.utf8)).file == answers.file)
        #expect(try look(again, "example.com") == look(answers, "example.com"))
    }
}

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
}

@Suite struct AnswerRecorderTests {
    @Test func `records what was asked, and the file answers the same`() async throws {
        let zone = Zone(
            [
                "example.org TXT \"v=spf1 a \\\"quoted\\\" \\092 \\000\" \"second\"", "example.org A 192.0.2.1",
                "example.org A 192.0.2.2", "example.org AAAA 2001:db8::1", "example.org MX 10 mail.example.org.",
                "example.org MX 0 .", "1.2.0.192.in-addr.arpa PTR host\\032name.example.org.",
                "_25._tcp.mail.example.org TLSA 3 1 1 00ff10", "www.example.org CNAME example.org.",
                "example.org TYPE65280 \\# 3 010203", "slow.example.org A timeout", "bogus.example.org A bogus",
                "broken.example.org A servfail", "gone.example.org A nxdomain", "empty.example.org A nodata",
            ], security: .secure)
        let recorder = AnswerRecorder(zone)
        var questions: [DNSQuestion] = []
        for (name, types) in [
            ("example.org", [DNSRecordType.txt, .a, .aaaa, .mx, DNSRecordType(rawValue: 65280), .caa]),
            ("1.2.0.192.in-addr.arpa", [.ptr]), ("_25._tcp.mail.example.org", [.tlsa]),
            ("www.example.org", [.a, .cname]),
            ("slow.example.org", [.a]), ("bogus.example.org", [.a]), ("broken.example.org", [.a]),
            ("gone.example.org", [.a]), ("empty.example.org", [.a]), ("never.example.com", [.txt]),
        ] {
            for type in types { questions.append(DNSQuestion(try DomainName(name), type)) }
        }
        var asked: [DNSAnswer] = []
        for question in questions { asked.append(await recorder.answer(question)) }
        let file = Array(recorder.recorded.file.indentedText.utf8)
        let read = try RecordedAnswers(parsing: file)
        for (question, answer) in zip(questions, asked) {
            let again = read.lookUp(question)
            #expect(again.status == answer.status, "\(question)")
            #expect(again.records == answer.records, "\(question)")
            // After a failure nothing is known, and nothing is proved.
            if !answer.status.isFailure { #expect(again == answer, "\(question)") }
        }
        #expect(read.file == recorder.recorded.file)
    }

    @Test func `keeps the first of two answers to one question`() throws {
        var answers = RecordedAnswers()
        let question = DNSQuestion(try DomainName("example.org"), .a)
        answers.add(DNSAnswer(question: question, status: .timeout))
        answers.add(DNSAnswer(question: question, status: .noError))
        #expect(answers.lookUp(question).status == .timeout)
    }
}
