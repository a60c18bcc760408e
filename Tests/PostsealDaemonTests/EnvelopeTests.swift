import MailBytes
import MilterProtocol
import PostsealEngine
import Testing

@testable import PostsealDaemon

/// What a mail server says of a message at the milter, as the engine has it.
@Suite struct EnvelopeTests {
    /// RFC 3461 §4.4
    @Test(arguments: [
        (["ENVID=QQ314159"], "QQ314159"), (["SIZE=1000", "envid=a+2Bb+3Dc"], "a+b=c"), (["ENVID="], nil), ([], nil),
        (["ENVID=+2"], nil), (["ENVID=a=b"], nil), (["XENVID=a"], nil), (["RET=HDRS"], nil),
        (["ENVID=\(String(repeating: "a", count: 100))"], String(repeating: "a", count: 100)),
        (["ENVID=\(String(repeating: "a", count: 101))"], nil),
    ])
    func `the envelope's identifier is known`(arguments: [String], expected: String?) {
        var message = MilterMessage()
        message.sender = MilterPath("a@example.org", arguments: arguments)
        let transaction = MailTransaction(message, receivedAt: UnixTime(seconds: 1))
        #expect(transaction.envelope.envelopeID.map { String(decoding: $0, as: UTF8.self) } == expected)
        #expect(transaction.envelope.mailFrom == Array("a@example.org".utf8))
    }
}
