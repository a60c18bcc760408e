import DNS
import MailBytes
import MailFormat
import MailNames
import PostsealConfiguration
import PostsealDaemon
import PostsealEngine
import PostsealReportSending
import TestSupport
import Testing

/// What `postseal report build --kind dmarc-failure` says.
@Suite struct FailurePreviewTests {
    private static let lines = [
        "strict.example TXT \"v=spf1 ip4:192.0.2.1 -all\"",
        "_dmarc.strict.example TXT \"v=DMARC1; p=reject; ruf=mailto:ruf@strict.example,mailto:x@other.example\"",
        "quiet.example TXT \"v=spf1 -all\"", "_dmarc.quiet.example TXT \"v=DMARC1; p=reject\"",
        "abroad.example TXT \"v=spf1 -all\"",
        "_dmarc.abroad.example TXT \"v=DMARC1; p=reject; ruf=mailto:x@other.example\"",
    ]

    struct Case {
        var from = "ann@strict.example"
        var client = "192.0.2.66"
        var recipient = "bob@mx.example"
        var isOn = true
        var obstacles: [String] = []
        var isMade = false
    }

    static let cases = [
        Case(isMade: true),
        Case(isOn: false, obstacles: ["failure reports are switched off: reports.send.failure"], isMade: true),
        Case(
            client: "192.0.2.1",
            obstacles: ["it did not fail in a way that the policy of strict.example asks about (fo)"]),
        Case(
            from: "ann@quiet.example",
            obstacles: ["the policy of quiet.example does not ask for failure reports: it has no ruf"]),
        Case(from: "ann@abroad.example", obstacles: ["nobody may have the report"]),
        Case(from: "ann@none.example", obstacles: ["no DMARC policy applies to it"]),
        Case(client: "10.0.0.1", obstacles: ["the client is one of ours: nothing is said about our own mail"]),
        Case(recipient: "dmarc@mx.example", obstacles: ["nothing is said about reports"]),
    ]

    @Test(arguments: cases)
    func aReportOrAReasonWhyThereIsNone(_ one: Case) async throws {
        let text = """
            name: mx.example
            http:
              listen: tcp:127.0.0.1:8080
            outgoing:
              networks: [10.0.0.0/8]
            reports:
              addresses: [dmarc@mx.example]
              send:
                contact: reports@mx.example
                server: tcp:127.0.0.1:25
                failure: \(one.isOn ? "yes" : "no")
            """
        let configuration = try ConfigurationLoader(environment: [:])
            .load(octets: Array(text.utf8), named: "postseal.yaml").configuration
        let transaction = MailTransaction(
            clientAddress: IPAddress(one.client), helo: Array("client.example".utf8),
            mailFrom: Array(one.from.utf8), recipients: [Array(one.recipient.utf8)],
            message: MailMessage(parsing: Array("From: Ann <\(one.from)>\r\nSubject: secret\r\n\r\nsecret\r\n".utf8)),
            receivedAt: UnixTime(seconds: 1_795_608_000))
        let zone = Zone(Self.lines)
        let preview = await FailurePreview(of: transaction, configuration, checks: zone, policy: zone)
        #expect(preview.obstacles == one.obstacles)
        #expect((preview.mail != nil) == one.isMade)
        if let mail = preview.mail {
            let shown = String(decoding: mail, as: UTF8.self)
            #expect(
                shown.contains("To: ruf@strict.example\r\n") && !shown.contains("secret") && !shown.contains("ann@"))
            #expect(preview.destinations.map(\.permission) == [.granted, .refused])
        }
    }
}
