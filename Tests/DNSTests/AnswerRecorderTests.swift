import DNS
import MailBytes
import MailNames
import TestSupport
import Testing

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

    @Test func `an alias to a name without such records is replayed as one`() async throws {
        let question = DNSQuestion(try DomainName("a.example"), .txt)
        let alias = DNSRecord(
            name: question.name, type: .cname, ttlSeconds: 60, data: .cname(try DomainName("b.example")))
        for (status, security) in [(DNSStatus.noError, DNSSECState.secure), (.nxDomain, .insecure)] {
            var answers = RecordedAnswers()
            answers.add(
                DNSAnswer(question: question, status: status, records: [alias], security: security, ttlSeconds: 60))
            let read = try RecordedAnswers(parsing: Array(answers.file.text.utf8))
            #expect(read.lookUp(question) == answers.lookUp(question))
            #expect(read.lookUp(question).status == status)
        }
    }

    @Test(arguments: [DNSSECState.secure, .insecure, .indeterminate])
    func `how far an answer is proved is replayed`(_ security: DNSSECState) async throws {
        let zone = Zone(
            ["a.example TXT x", "b.example TXT nodata", "c.example TXT nxdomain", "d.example CNAME a.example."],
            security: security)
        let recorder = AnswerRecorder(zone)
        for name in ["a.example", "b.example", "c.example", "d.example"] {
            let question = DNSQuestion(try DomainName(name), .txt)
            let answer = await recorder.answer(question)
            #expect(answer.security == security)
            let read = try RecordedAnswers(parsing: Array(recorder.recorded.file.text.utf8))
            #expect(read.lookUp(question) == answer)
        }
    }

    @Test func `a question that the budget had no room for is replayed as one`() throws {
        let question = DNSQuestion(try DomainName("a.example"), .txt)
        var answers = RecordedAnswers()
        answers.add(DNSAnswer(question: question, status: .budgetSpent))
        let read = try RecordedAnswers(parsing: Array(answers.file.text.utf8))
        #expect(read.lookUp(question).status == .budgetSpent)
        #expect(answers.file.text.contains("\"Error\":\"timeout\""))
    }
}
