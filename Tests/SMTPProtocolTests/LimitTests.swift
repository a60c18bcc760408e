import SMTPProtocol
import TestSupport
import Testing

@Suite("Limits of the server's side")
struct LimitTests {
    @Test("Long lines are refused, and the next one is read")
    func lines() {
        for length in [2047, 2048, 2049, 100_000] {
            var host = ServerHost.greeted()
            let line = [UInt8]("NOOP " + String(repeating: "x", count: length - 7) + "\r\n")
            for start in stride(from: 0, to: line.count, by: 1000) {
                host.send(line[start..<min(start + 1000, line.count)])
                #expect(host.session.pendingOctets <= 3048)
            }
            host.send("NOOP\r\n")
            #expect(host.replies.map { $0.prefix(3) } == [length <= 2048 ? "250" : "500", "250"])
        }
    }

    @Test("Lines that end in LF alone are refused, or taken where line ends are repaired")
    func lineEnds() {
        var host = ServerHost.greeted()
        host.send("NOOP\n")
        host.send("NO\rOP\r\n")
        var lenient = ServerHost.greeted(.everything { $0.lineEnds = .repair })
        lenient.send("NOOP\n")
        #expect(host.replies.map { $0.prefix(3) } == ["500", "500"])
        #expect(lenient.replies.map { $0.prefix(3) } == ["250"])
    }

    @Test("Mistakes, idle commands, recipients and messages have a limit")
    func counts() {
        let configuration = SMTPServerConfiguration.everything {
            $0.limits.errors = 5
            $0.limits.idleCommands = 30
            $0.limits.recipients = 3
            $0.limits.recipientCommands = 10
            $0.limits.messages = 4
        }
        var wrong = ServerHost.greeted(configuration)
        for _ in 0..<10 { wrong.say("FOO") }
        #expect(wrong.closed == .errors && wrong.replies.count == 6)
        var idle = ServerHost.greeted(configuration)
        for _ in 0..<1_000 { idle.send("NOOP\r\n") }
        #expect(idle.closed == .idleCommands && idle.replies.count == 30)
        var many = ServerHost.greeted(configuration)
        many.say("MAIL FROM:<>")
        for number in 0..<10 { many.say("RCPT TO:<a\(number)@example.org>") }
        #expect(many.replies.map { $0.prefix(3) } == ["250", "250", "250", "250"] + Array(repeating: "452", count: 7))
        many.say("RCPT TO:<a@example.org>")
        #expect(many.closed == .recipients)
        var busy = ServerHost.greeted(configuration)
        for _ in 0..<5 { busy.say("MAIL FROM:<>", "RCPT TO:<a@example.org>", "DATA", "x\r\n.") }
        #expect(busy.closed == .messages && busy.messages.count == 4)
    }

    @Test("A million commands are answered or ended, in little memory")
    func million() {
        var host = ServerHost.greeted(.everything { $0.limits.idleCommands = .max })
        let many = [UInt8](String(repeating: "NOOP\r\n", count: 1000))
        for _ in 0..<1000 {
            host.session.append(many)
            host.run()
            #expect(host.output.count == 1000 * 14)
            host.output = []
        }
        #expect(host.closed == nil)
    }

    @Test("Random octets neither trap nor depend on where they are cut")
    func randomOctets() {
        let words = [
            "EHLO a\r\n", "MAIL FROM:<a@b.example>\r\n", "RCPT TO:<c@d.example>\r\n", "DATA\r\n", ".\r\n", "\r\n.\r\n",
            "\n",
            "\r", "BDAT 7\r\n", "BDAT 3 LAST\r\n", "RSET\r\n", "NOOP\r\n", "x", "STARTTLS\r\n", "QUIT\r\n", "\u{0}",
            ".",
        ]
        for seed in 1...300 as ClosedRange<UInt64> {
            var numbers = Numbers(seed: seed)
            let stream = (0..<60).flatMap { _ in [UInt8](words[numbers.below(words.count - (seed % 3 == 0 ? 0 : 3))]) }
            let configuration = SMTPServerConfiguration.everything {
                $0.lineEnds = seed % 2 == 0 ? .repair : .refuse
                $0.refusesEarlyInput = false
                $0.limits.messageOctets = 40
            }
            var whole = ServerHost(configuration)
            whole.run()
            var cut = whole
            whole.send(stream)
            for octet in stream { cut.send([octet]) }
            // Who speaks before TLS is found out only if it comes together.
            guard whole.closed != .inputBeforeTLS else { continue }
            #expect(whole.messages == cut.messages)
            #expect(String(whole.output) == String(cut.output))
        }
    }
}
