import DNS
import Foundation
import MailBytes
import MailNames
import SPF
import Testing

/// The batch half of Integration/spf-peers, which compares Postseal with other implementations.
///
/// `POSTSEAL_SPF_CASES` names a JSON file with `dns`, the array of a recorded file, and `envelopes`, an array of
/// objects with `number`, `ip`, `helo` and `mail_from`. The verdicts go to the file that `POSTSEAL_SPF_VERDICTS`
/// names.
@Suite struct SPFPeersTests {
    @Test func `verdicts are written for the comparison with peers, if cases are given`() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let cases = environment["POSTSEAL_SPF_CASES"], let verdicts = environment["POSTSEAL_SPF_VERDICTS"] else {
            print("not run: POSTSEAL_SPF_CASES and POSTSEAL_SPF_VERDICTS name the files of Integration/spf-peers")
            return
        }
        let input = try JSONValue(parsing: [UInt8](try Data(contentsOf: URL(filePath: cases))))
        let answers = try RecordedAnswers(parsing: Array(try #require(input["dns"]).text.utf8))
        let envelopes = try #require(input["envelopes"]?.arrayValue)
        #expect(!envelopes.isEmpty)
        var output: [JSONValue] = []
        for envelope in envelopes { output.append(try await verdict(envelope, answers)) }
        try Data(JSONValue.array(output).text.utf8).write(to: URL(filePath: verdicts))
    }

    private func verdict(_ envelope: JSONValue, _ answers: RecordedAnswers) async throws -> JSONValue {
        let request = SPFRequest(
            clientAddress: try #require(IPAddress(envelope["ip"]?.stringValue ?? "")),
            helo: try #require(envelope["helo"]?.stringValue),
            mailFrom: try #require(envelope["mail_from"]?.stringValue),
            receivingHost: "receiver.example", at: UnixTime(seconds: 1_700_000_000))
        let resolver = AskedResolver(answers)
        let outcome = await SPFVerifier(resolver: resolver).checkHost(request)
        return [
            "number": envelope["number"] ?? .null, "result": .string(outcome.result.rawValue),
            "mechanism": JSONValue(outcome.mechanism), "explanation": JSONValue(outcome.explanation),
            "lookups": .integer(Int64(outcome.lookups)), "void_lookups": .integer(Int64(outcome.voidLookups)),
            "reason": .string(outcome.reason), "asked": .array(resolver.asked.map { .string($0) }),
        ]
    }
}
