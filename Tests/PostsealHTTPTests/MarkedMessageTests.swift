import DNS
import MailBytes
import MailFormat
import PostsealEngine
import Rendering
import Testing

@Suite struct MarkedMessageTests {
    @Test(arguments: [
        (Decision(disposition: .accept, reason: "r"), "accept", "accept"),
        (Decision(disposition: .accept, reason: "r", isTagged: true), "accept, and marked", "accept"),
        (Decision(disposition: .quarantine, reason: "r", isTagged: true), "quarantine", "quarantine"),
        (Decision(disposition: .reject, reason: "r"), "reject", "reject"),
    ])
    func `the explanation says that a message is delivered with a mark`(
        decision: Decision, text: String, word: String
    ) async throws {
        let message = MailMessage(parsing: Array("From: a@example.org\r\n\r\n".utf8))
        let findings = await Inspector(resolver: RecordedAnswers(), options: InspectionOptions()).inspect(
            MailTransaction(
                clientAddress: nil, helo: [], mailFrom: nil, recipients: [], message: message,
                receivedAt: UnixTime(seconds: 1)))
        let report = MessageReport(
            name: "m", findings: findings, decision: decision,
            authenticationResults: findings.authenticationResults(authservID: "mx.example"))
        #expect(report.page(explaining: false, hasColours: false).hasPrefix("m: \(text)\n"))
        #expect(report.json(explaining: false)["disposition"]?.stringValue == word)
    }
}
