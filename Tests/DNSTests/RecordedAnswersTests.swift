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

    @Test(arguments: ["SPF", "RRSIG", "NSEC", "DNAME", "SRV", "HTTPS", "OPENPGPKEY", "spf", "nsap-ptr", "TYPE99"])
    func `knows every type by its name, for one it does not need must not spoil the file`(_ type: String) throws {
        let answers = try parse(
            """
            [{"Status":0,"Question":[{"name":"a.example.","type":"\(type)"}],
              "Answer":[{"name":"a.example.","type":"\(type)","TTL":1,"data":"\\"v=spf1 -all\\""}]}]
            """)
        let known = try #require(DNSRecordType(text: type))
        #expect(try look(answers, "a.example", known).records.count == 1)
        #expect(DNSRecordType(text: "\(known)") == known)
    }

    @Test func `takes a null for an error that is not there, and U-labels for the names they stand for`() throws {
        let answers = try parse(
            """
            [{"Status":0,"Error":null,"Question":[{"name":"_dmarc.bücher.example.","type":"TXT"}],
              "Answer":[{"name":"_dmarc.bücher.example.","type":"CNAME","TTL":1,"data":"BÜCHER.example."}]},
             {"Status":0,"Question":[{"name":"xn--bcher-kva.example","type":"TXT"}],
              "Answer":[{"name":"bücher.example","type":"TXT","data":"x"}]}]
            """)
        #expect(try look(answers, "_dmarc.xn--bcher-kva.example").texts == [Array("x".utf8)])
    }
}
