import MailBytes
import MailNames
import SMTPProtocol
import Testing

@Suite("Paths and their parameters")
struct AddressTests {
    static let paths: [(line: String, wire: String?)] = [
        ("<a@example.org>", "<a@example.org>"),
        ("<A.b+c@Example.ORG>", "<A.b+c@Example.ORG>"),
        ("<\"a b\"@example.org>", "<\"a b\"@example.org>"),
        ("<\"abc\"@example.org>", "<abc@example.org>"),
        ("<\"a\\\"b\\\\c\"@example.org>", "<\"a\\\"b\\\\c\"@example.org>"),
        ("<\"a@b\"@example.org>", "<\"a@b\"@example.org>"),
        ("<\">\"@example.org>", "<\">\"@example.org>"),
        ("<\"\"@example.org>", "<\"\"@example.org>"),
        ("<\"a..b\"@example.org>", "<\"a..b\"@example.org>"),
        ("<@one.example,@two.example:a@example.org>", "<a@example.org>"),
        ("<@one.example:a@example.org>", "<a@example.org>"),
        ("<a@[192.0.2.1]>", "<a@[192.0.2.1]>"),
        ("<a@[IPv6:2001:db8::1]>", "<a@[IPv6:2001:db8::1]>"),
        ("<a@under_score.example>", "<a@under_score.example>"),
        ("<a@localhost>", "<a@localhost>"),
        ("<postMaster>", "<postmaster>"),
        ("<postmaster@example.org>", "<postmaster@example.org>"),
        ("<a>", nil), ("<>", nil), ("a@example.org", nil), ("<a@example.org", nil), ("a@example.org>", nil),
        ("<a@>", nil), ("<@example.org>", nil), ("<a@b@c>", nil), ("<.a@example.org>", nil),
        ("<a.@example.org>", nil), ("<a..b@example.org>", nil), ("<a b@example.org>", nil),
        ("<a@-example.org>", nil), ("<a@example-.org>", nil), ("<a@example..org>", nil), ("<a@example.org.>", nil),
        ("<a@[192.0.2.1>", nil), ("<a@[]>", nil), ("<a@[1[2]>", nil), ("<\"a@example.org>", nil),
        ("<a@example.org>x", nil), ("<@one.example,a@example.org>", nil), ("<@:a@example.org>", nil),
        ("<@one.example@two.example>", nil), ("<a\\b@example.org>", nil), ("<ä@example.org>", nil),
        ("<a@exämple.org>", nil), ("< a@example.org>", nil), ("<a@example.org >", nil), ("<<a@example.org>>", nil),
    ]

    @Test("Recipients are read as RFC 5321 writes them", arguments: paths)
    func reading(_ example: (line: String, wire: String?)) throws {
        let command = try? SMTPCommand(line: [UInt8]("RCPT TO:" + example.line)[...], offered: [])
        guard case .recipient(let recipient) = command else {
            #expect(example.wire == nil)
            return
        }
        #expect(String(recipient.path.wire) == example.wire)
        let again = try SMTPCommand(line: SMTPCommand.recipient(recipient).wire.dropLast(2), offered: [])
        #expect(again == command)
    }

    @Test("An address literal is an address, and a domain a name")
    func domains() throws {
        #expect(try SMTPAddress("a@[192.0.2.1]").literalAddress == IPAddress("192.0.2.1"))
        #expect(try SMTPAddress("a@[IPv6:2001:db8::1]").literalAddress == IPAddress("2001:db8::1"))
        #expect(try SMTPAddress("a@[x-other:1]").literalAddress == nil)
        #expect(try SMTPAddress("a@[2001:db8::1]").literalAddress == nil)
        #expect(try SMTPAddress("a@[192.0.2.1]").domainName == nil)
        #expect(try SMTPAddress("a@EXAMPLE.org").domainName == DomainName("example.org"))
        #expect(try SMTPAddress("a@bücher.example", allowsUTF8: true).domainName == DomainName("xn--bcher-kva.example"))
        #expect(throws: SMTPSyntaxError.needsSMTPUTF8) { try SMTPAddress("ü@example.org") }
        #expect(throws: SMTPSyntaxError.address) { try SMTPAddress("a@example.org x") }
    }

    @Test("Long addresses are taken, and longer ones refused")
    func lengths() {
        func isRead(_ local: Int, _ domain: Int) -> Bool {
            let name = String(repeating: "d", count: domain)
            return (try? SMTPAddress(String(repeating: "a", count: local) + "@" + name)) != nil
        }
        #expect(isRead(64, 255) && isRead(320, 1))
        #expect(!isRead(321, 1) && !isRead(1, 256))
        let route = String(repeating: "@a.example,", count: 200)
        #expect(throws: SMTPSyntaxError.path) {
            try SMTPCommand(line: [UInt8]("RCPT TO:<\(route)@b.example:a@example.org>")[...], offered: [])
        }
    }

    static let parameters: [(line: String, error: SMTPSyntaxError?)] = [
        ("MAIL FROM:<>", nil), ("mail from:<a@example.org>", nil), ("MAIL FROM: <a@example.org>", nil),
        ("MAIL FROM:<a@example.org>   SIZE=1  BODY=7BIT  ", nil),
        ("MAIL FROM:<> SIZE=123456789012345678 BODY=8bitmime SMTPUTF8 REQUIRETLS RET=hdrs ENVID=a+2Bb", nil),
        ("MAIL FROM:<ä@exämple.org> SMTPUTF8", nil),
        ("RCPT TO:<a@example.org> NOTIFY=success,DELAY ORCPT=rfc822;a+40example.org", nil),
        ("RCPT TO:<a@example.org> NOTIFY=NEVER", nil),
        ("RCPT TO:<a@example.org> ORCPT=utf-8;ä@exämple.org", nil),
        ("MAIL FROM:<postmaster>", .pathNotHere), ("RCPT TO:<>", .pathNotHere),
        ("MAIL FROM:<ä@example.org>", .needsSMTPUTF8), ("MAIL TO:<a@example.org>", .argument), ("MAIL", .argument),
        ("MAIL FROM:<a@example.org>SIZE=1", .path),
        ("MAIL FROM:<> SIZE", .parameterValue), ("MAIL FROM:<> SIZE=", .parameterValue),
        ("MAIL FROM:<> SIZE=-1", .parameterValue), ("MAIL FROM:<> SIZE=1234567890123456789", .parameterValue),
        ("MAIL FROM:<> SIZE=1 size=2", .twice), ("MAIL FROM:<> BODY=BINARYMIME", .parameterValue),
        ("MAIL FROM:<> SMTPUTF8=1", .parameterValue), ("MAIL FROM:<> REQUIRETLS=1", .parameterValue),
        ("MAIL FROM:<> RET=SOME", .parameterValue), ("MAIL FROM:<> ENVID=a+2", .parameterValue),
        ("MAIL FROM:<> ENVID=" + String(repeating: "a", count: 101), .parameterValue),
        ("MAIL FROM:<> AUTH=<>", .unknownParameter), ("MAIL FROM:<> NOTIFY=NEVER", .unknownParameter),
        ("MAIL FROM:<> =1", .parameterValue), ("MAIL FROM:<> SIZE=1=2", .parameterValue),
        ("RCPT TO:<a@example.org> NOTIFY=NEVER,SUCCESS", .parameterValue),
        ("RCPT TO:<a@example.org> NOTIFY=", .parameterValue),
        ("RCPT TO:<a@example.org> NOTIFY=FAILURE,", .parameterValue),
        ("RCPT TO:<a@example.org> ORCPT=rfc822", .parameterValue),
        ("RCPT TO:<a@example.org> ORCPT=;x", .parameterValue),
        ("RCPT TO:<a@example.org> ORCPT=rfc822;" + String(repeating: "a", count: 500), .parameterValue),
        ("RCPT TO:<a@example.org> SIZE=1", .unknownParameter),
        ("RCPT TO:<\u{ff}@example.org>\u{0}", .character), ("NOOP \u{7}", .character),
        ("HELO", .argument), ("EHLO a b", .argument), ("EHLO ä.example", .argument),
        ("DATA x", .unexpectedArgument), ("QUIT now", .unexpectedArgument), ("RSET x", .unexpectedArgument),
        ("STARTTLS x", .unexpectedArgument), ("VRFY", .argument), ("EXPN list", .notImplemented),
        ("AUTH PLAIN AAAA", .notImplemented), ("XCLIENT NAME=a", .notImplemented), ("BDAT", .argument),
        ("BDAT x", .argument), ("BDAT 1 FIRST", .argument), ("BDAT -1", .argument), ("BDAT 1LAST", nil),
        ("FOO", .unknownCommand), ("", .unknownCommand), ("MAILFROM:<>", .unknownCommand),
    ]

    @Test("Commands and their parameters", arguments: parameters)
    func commands(_ example: (line: String, error: SMTPSyntaxError?)) throws {
        let offered: SMTPExtensions = [.size, .eightBitMIME, .smtpUTF8, .requireTLS, .dsn, .chunking, .startTLS]
        do throws(SMTPSyntaxError) {
            let command = try SMTPCommand(line: [UInt8](example.line)[...], offered: offered)
            #expect(example.error == nil)
            let again = try SMTPCommand(line: command.wire.dropLast(2), offered: offered)
            #expect(again == command, "the round trip changed it")
        } catch {
            #expect(error == example.error)
            #expect(error.reply.isPermanent)
        }
    }

    @Test("Parameters belong to what was offered")
    func notOffered() {
        for line in ["SIZE=1", "BODY=7BIT", "SMTPUTF8", "REQUIRETLS", "RET=FULL", "ENVID=x"] {
            #expect(throws: SMTPSyntaxError.unknownParameter) {
                try SMTPCommand(line: [UInt8]("MAIL FROM:<> \(line)")[...], offered: [])
            }
        }
        for line in ["NOTIFY=NEVER", "ORCPT=rfc822;a"] {
            #expect(throws: SMTPSyntaxError.unknownParameter) {
                try SMTPCommand(line: [UInt8]("RCPT TO:<a@example.org> \(line)")[...], offered: [])
            }
        }
    }

    @Test("Letters that are no UTF-8 are no address")
    func brokenUTF8() {
        for octets in [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            for line in [[UInt8]("<") + octets + [UInt8]("@example.org>"), [UInt8]("<a@") + octets + [UInt8](">")] {
                let line = [UInt8]("MAIL FROM:") + line + [UInt8](" SMTPUTF8")
                #expect(throws: SMTPSyntaxError.self) { try SMTPCommand(line: line[...], offered: [.smtpUTF8]) }
            }
        }
    }
}
