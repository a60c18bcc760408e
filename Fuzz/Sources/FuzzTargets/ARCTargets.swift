import ARC
import AuthenticationResults
import DKIM
import DNS
import MailBytes
import MailFormat
import MailNames

/// A message with ARC fields: an outcome holds together, and a message that can be sealed passes, or stays failed,
/// when it has been.
let fuzzARCSet: WaitingBody = { bytes in
    let message = MailMessage(parsing: MailMessage.withNetworkLineEndings(bytes))
    let now = UnixTime(seconds: 1_700_000_000)
    let chain = await verify(message, now)
    let names = ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"]
    let isEmpty = names.allSatisfy { message.header.positions(named: $0).isEmpty }
    precondition((chain.result == .none) == isEmpty, "a chain is there, or not")
    precondition((chain.oldestPass != nil) == (chain.result == .pass), "oldest-pass belongs to a pass")
    precondition((chain.reason != nil) == (chain.result == .fail), "a reason belongs to a failure")
    precondition(chain.instances == chain.sets.count && chain.instances <= 50, "instances and sets")

    guard let key = fuzzKey else { preconditionFailure("no key") }
    let sealer = ARCSealer(key: key, authservID: "a.example")
    guard let set = try? sealer.seal(message, chain: chain, at: now) else { return }
    // A line in front of the header, from a mailbox file, is no part of the message.
    let isFromMailbox = message.defects.contains(.mboxFromLine)
    guard let start = isFromMailbox ? message.header.fields.first?.whole.lowerBound : 0 else { return }
    let sealed = MailMessage(parsing: set + message.bytes[start...])
    let again = await verify(sealed, now)
    precondition(again.instances == chain.instances + 1, "one set more")
    if chain.result == .fail {
        precondition(again.result == .fail && again.isTerminal, "a failed chain stays failed")
    } else {
        precondition(again.result == .pass, "what was sealed verifies: \(again.reason ?? "")")
    }
}

private let fuzzKey: DKIMSigningKey? = {
    guard let domain = try? DomainName("a.example"), let selector = try? DomainName("s"),
        let key = try? DKIMPrivateKey(pem: fuzzPEM)
    else { return nil }
    return DKIMSigningKey(domain: domain, selector: selector, privateKey: key)
}()

/// A key for tests alone: fast, and always the same, so that findings can be had again.
private let fuzzPEM = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
    -----END PRIVATE KEY-----
    """

private let fuzzAnswers: RecordedAnswers = {
    var answers = RecordedAnswers()
    guard let key = fuzzKey, let name = DKIMKeySet.name(selector: key.selector, domain: key.domain) else {
        return answers
    }
    let text = Array(key.privateKey.publicRecord.text.utf8)
    let record = DNSRecord(name: name, type: .txt, ttlSeconds: 300, data: .text([text]))
    answers.add(DNSAnswer(question: DNSQuestion(name, .txt), status: .noError, records: [record]))
    return answers
}()

private func verify(_ message: MailMessage, _ now: UnixTime) async -> ARCOutcome {
    await ARCVerifier(resolver: fuzzAnswers).verify(message, at: now, tracing: true)
}
