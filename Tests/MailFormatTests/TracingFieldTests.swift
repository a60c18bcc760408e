import MailBytes
import MailFormat
import MailNames
import Testing

@Suite struct MessageIdentifierTests {
    @Test(arguments: [
        ("<1234@local.machine.example>", ["1234@local.machine.example"]),
        (" <a@x>\r\n <b@y> ", ["a@x", "b@y"]),
        ("<a@x><b@y>", ["a@x", "b@y"]),
        ("Your message of Monday <a@x> (c)", ["a@x"]),
        ("<a . b @ x (c) . y>", ["a.b@x.y"]),
        ("<\"a b\"@[x]>", ["\"a b\"@[x]"]), ("<\"a\r\n b\"@x>", ["\"a b\"@x"]),
        ("<>", []), ("", []), ("a@x", ["a@x"]), ("a@x b@y", ["a@x", "b@y"]), ("<a@x", []),
    ])
    func `reads identifiers: RFC 5322 §3.6.4`(_ example: (String, [String])) {
        #expect(MessageIdentifier.list(parsing: Array(example.0.utf8)[...]).map(\.text) == example.1)
    }

    @Test func `reads no more than its limit`() {
        let value = String(repeating: "<a@x> ", count: 1500)
        #expect(MessageIdentifier.list(parsing: Array(value.utf8)[...]).count == MessageIdentifier.listMax)
    }
}

@Suite struct ReceivedFieldTests {
    private func read(_ text: String) -> ReceivedField { ReceivedField(parsing: Array(text.utf8)[...]) }

    @Test func `reads what Postfix writes: RFC 5321 §4.4`() {
        let field = read(
            "from helo.example (mail.example.org [192.0.2.1])\r\n\t(using TLSv1.3 (256/256 bits))\r\n\t"
                + "by mx.example.net"
                + " (Postfix) with ESMTPS id 4XyZ\r\n\tfor <ann@example.net>; Mon, 23 Nov 2026 22:31:56 +0100 (CET)")
        #expect(field.from == "helo.example")
        #expect(field.clientName == "mail.example.org")
        #expect(field.clientAddress == IPAddress("192.0.2.1"))
        #expect(field.by == "mx.example.net")
        #expect(field.with == "ESMTPS")
        #expect(field.id == "4XyZ")
        #expect(field.recipient == "ann@example.net")
        #expect(field.date?.text == "Mon, 23 Nov 2026 22:31:56 +0100")
    }

    @Test(arguments: [
        ("from [192.0.2.1] by x", "192.0.2.1"), ("from a ([IPv6:2001:db8::1]) by x", "2001:db8::1"),
        ("from a (192.0.2.1) by x", "192.0.2.1"), ("from a [192.0.2.1] by x", "192.0.2.1"),
        ("from a (b[192.0.2.1]:25) by x", "192.0.2.1"), ("from a ([192.0.2.1]:25) by x", "192.0.2.1"),
        ("from a (u@192.0.2.1) by x", "192.0.2.1"), ("from a by x ([192.0.2.1])", "none"), ("by x", "none"),
    ])
    func `finds the client's address`(_ example: (String, String)) {
        #expect(read(example.0).clientAddress?.text ?? "none" == example.1)
    }

    @Test func `takes greetings from comments and the date from behind the last semicolon`() {
        let field = read(
            "from x (HELO mail.example.org) ([192.0.2.1] ident=y) by z with smtp; a; 1 Jan 2000 00:00:00 +0000")
        #expect(field.greeting == "mail.example.org")
        #expect(field.date?.unixTime == UnixTime(seconds: 946_684_800))
        #expect(read("from x (helo=mail.example.org)").greeting == "mail.example.org")
        #expect(read("(open comment from x; 1 Jan 2000 00:00:00 +0000").date != nil)
    }
}
