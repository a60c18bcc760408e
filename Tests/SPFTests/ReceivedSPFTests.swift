import MailBytes
import MailNames
import SPF
import Testing

@Suite("Received-SPF (RFC 7208 §9.1)")
struct ReceivedSPFTests {
    private static func value(
        _ outcome: SPFOutcome, client: String? = "192.0.2.1", helo: String = "mx.example.net",
        mailFrom: String? = "ann@example.org"
    ) -> String {
        String(
            lossy: outcome.receivedFieldValue(
                receiver: "mx.example", clientAddress: client.flatMap { IPAddress($0) }, helo: Array(helo.utf8),
                mailFrom: mailFrom.map { Array($0.utf8) }))
    }

    private static func outcome(
        _ result: SPFResult = .pass, _ identity: SPFIdentity = .mailFrom, mechanism: String? = "ip4:192.0.2.1",
        reason: String = "ip4:192.0.2.1 matches"
    ) -> SPFOutcome {
        SPFOutcome(result: result, domain: nil, identity: identity, mechanism: mechanism, reason: reason)
    }

    @Test func whatItSays() {
        #expect(
            Self.value(Self.outcome())
                == "pass (mx.example: ip4:192.0.2.1 matches)\r\n\treceiver=mx.example;\r\n\tclient-ip=192.0.2.1;\r\n"
                + "\tenvelope-from=\"ann@example.org\";\r\n\thelo=mx.example.net;\r\n"
                + "\tmechanism=\"ip4:192.0.2.1\";\r\n\tidentity=mailfrom")
        #expect(
            Self.value(
                Self.outcome(.none, .helo, mechanism: nil, reason: "no record"), client: "2001:db8::1", mailFrom: "")
                == "none (mx.example: no record)\r\n\treceiver=mx.example;\r\n\tclient-ip=\"2001:db8::1\";\r\n"
                + "\tenvelope-from=\"\";\r\n\thelo=mx.example.net;\r\n\tidentity=helo")
        #expect(
            Self.value(Self.outcome(.neutral, mechanism: "default", reason: "x"), client: nil, helo: "", mailFrom: nil)
                == "neutral (mx.example: x)\r\n\treceiver=mx.example;\r\n\tmechanism=default;\r\n\tidentity=mailfrom")
    }

    @Test("an error comes with its problem", arguments: SPFResult.allCases)
    func problem(_ result: SPFResult) {
        let isError = result == .temperror || result == .permerror
        let text = Self.value(Self.outcome(result, mechanism: nil, reason: "no answer"))
        #expect(text.hasPrefix("\(result.rawValue) ("))
        #expect(text.contains("problem=\"no answer\"") == isError)
    }

    @Test(
        "nothing that a client says leaves its place, or makes a line too long",
        arguments: [
            "a\r\nX: y", "a\"; pass=1", "a\\", "..", ".a", "a..b", "a b", "(c", "\u{0}\u{7f}", "ü@ö",
            String(repeating: "x", count: 5_000), String(repeating: "\"", count: 5_000), "",
        ])
    func hostile(_ text: String) {
        let value = Self.value(Self.outcome(reason: text), helo: text, mailFrom: text)
        let lines = value.split(separator: "\r\n")
        #expect(value.utf8.allSatisfy { $0 == 9 || $0 == 10 || $0 == 13 || $0 == 0x20 || $0.isVisible })
        #expect(lines.allSatisfy { $0.utf8.count + "Received-SPF: ".utf8.count <= 998 })
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("\t") })
        #expect(lines.count == (text.isEmpty ? 6 : 7))
        guard let helo = lines.first(where: { $0.hasPrefix("\thelo=") }) else {
            #expect(text.isEmpty)
            return
        }
        // RFC 5322 §3.2.3: what is not quoted is a dot-atom.
        let isQuoted = helo.hasPrefix("\thelo=\"") && helo.hasSuffix("\";")
        #expect(isQuoted || text.utf8.allSatisfy(\.isAtext))
    }
}
