import DNS
import DNSWire
import MailNames

/// A DNS message as a name server may send it: read without a trap; what was read can be written, and read again as
/// the same message; and no answer that is made of it holds records that nobody asked for.
let fuzzDNSPacket: PlainBody = { bytes in
    guard let message = try? DNSMessage(parsing: bytes) else { return }
    // Uncompressed, a message may be too large to be written.
    if let wire = message.wire {
        guard let again = try? DNSMessage(parsing: wire) else { fatalError("cannot read what was written") }
        precondition(again == message, "the round trip changed the message")
    }
    let question = message.question ?? DNSQuestion(.root, .txt)
    let answer = DNSAnswer(question, message: message, security: .secure)
    precondition(answer.records.allSatisfy { $0.type == question.type || $0.type == .cname }, "a stranger's record")
    precondition(!answer.status.isFailure || answer.records.isEmpty, "records after a failure")
    precondition(answer.ttlSeconds <= 0x7FFF_FFFF, "a TTL that RFC 2181 does not allow")
    for record in answer.records {
        let text = record.data.presentation
        precondition(!text.isEmpty || record.data == .text([]), "content without a presentation")
    }
}
