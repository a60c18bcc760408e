import MailBytes
import MailFormat
import MailNames
import PostsealEngine
import Testing

@Suite("Replies")
struct ReplyTests {
    private static func reply(
        _ letter: Letter, _ change: (inout DecisionPolicy) -> Void = { _ in }
    ) async throws -> SMTPReply {
        try #require(await letter.judged(.policy(change)).decision.reply)
    }

    @Test("a DMARC rejection names policy, tag, author and what was found")
    func dmarc() async throws {
        let letter = Letter(mailFrom: "x@list.example")
        #expect(
            try await Self.reply(letter).description
                == "550 5.7.1 rejected by DMARC policy of strict.example (p=reject): neither SPF nor DKIM passes for a "
                + "domain aligned with strict.example: SPF pass for list.example, no DKIM signature")
    }

    @Test("RFC 7208 §8.4: an SPF rejection names the client, and the domain's own explanation as such")
    func spf() async throws {
        let letter = Letter(fields: ["From: a@plain.example"], mailFrom: "a@explains.example")
        #expect(
            try await Self.reply(letter) { $0.onSPFFail = .reject }.description
                == "550 5.7.23 SPF of explains.example does not allow client 203.0.113.66 to send its mail; "
                + "explains.example explains: 203.0.113.66 is none of ours")
    }

    @Test("broken From fields are named with the rule that they break")
    func forms() async throws {
        #expect(
            try await Self.reply(PolicyActionTests.noFrom) { $0.onMissingAuthor = .reject }.text
                .contains("no From field"))
        #expect(try await Self.reply(PolicyActionTests.twoFroms).text.contains("more than one From field"))
        #expect(
            try await Self.reply(PolicyActionTests.odd) { $0.onAmbiguousAuthor = .reject }.text
                .contains("RFC 5322 section 3.6.2"))
    }

    @Test("whatever a text holds, a reply is one line of printable ASCII that fits a reply line")
    func oneLine() {
        for text in ["a\r\n550 x", "b\u{0}\u{7f}", "Ünïcode \u{2028}", String(repeating: "é", count: 2_000)] {
            let line = SMTPReply(code: 550, enhancedCode: "5.7.1", text: text).description
            #expect(line.utf8.allSatisfy { $0.isVisible || $0 == .space })
            #expect(line.utf8.count + 2 <= 512)
        }
        #expect(SMTPReply(code: 550, enhancedCode: "5.7.1", text: "as it is").text == "as it is")
        #expect(
            SMTPReply(code: 550, enhancedCode: "5.7.1", text: String(repeating: "x", count: 999)).text.hasSuffix("..."))
    }

    @Test("the longest domains leave a reply that fits")
    func longDomains() async throws {
        let label = String(repeating: "a", count: 60)
        let long = "\(label).\(label).\(label).strict.example"
        let letter = Letter(fields: ["From: a@\(long)"], mailFrom: "a@b\(long.dropFirst(2))")
        let reply = try await Self.reply(letter)
        #expect(reply.description.utf8.count + 2 <= 512)
        #expect(reply.text.hasPrefix("rejected by DMARC policy of strict.example"))
    }
}
