internal import MailCrypto
internal import MailNames
internal import Trace

/// What the body makes of a verdict on the header: RFC 6376 §6.1.3, steps 3 and 4.
enum DKIMBodyJudgement {
    static func apply(
        _ body: DKIMBodyHashes.Answer, to verdict: inout DKIMKeyVerdict, _ signature: DKIMSignature,
        options: DKIMOptions
    ) {
        // Without a usable key the signature is void already, whatever the body says.
        guard verdict.result == .pass || verdict.result == .fail else { return }
        let headerHolds = verdict.result == .pass
        guard let digest = body.digest else {
            // RFC 6376 §3.5: l= must not exceed the body.
            verdict.result = .fail
            verdict.reason =
                "the body has \(body.canonicalLength) octets in canonical form, fewer than l= asks for: it was cut off"
            return
        }
        guard digest.equals(signature.bodyHash) else {
            verdict.result = .fail
            verdict.reason =
                headerHolds
                ? "the body hash did not verify: the body was changed after signing, the signed header fields were not"
                : "neither body hash nor signature verified"
            return
        }
        guard headerHolds else {
            verdict.reason =
                "the signature did not verify: a signed header field was changed or added, or the key is another one "
                + "(the body is unchanged)"
            return
        }
        if !body.coversAll, options.partialBody == .policy {
            // RFC 6376 §8.2: whoever passed the message on could add anything.
            verdict.result = .policy
            verdict.reason =
                "l= leaves \(body.canonicalLength - (signature.bodyLength ?? 0)) octets of the body unsigned"
        }
    }
}

extension DKIMCandidate {
    /// Takes over a verdict.
    mutating func settle(_ verdict: DKIMKeyVerdict) {
        outcome.keyBits = verdict.keyBits
        outcome.isTesting = verdict.isTesting
        outcome.result = verdict.result
        outcome.reason = verdict.reason
        if verdict.isTesting, verdict.result != .pass {
            // RFC 6376 §3.6.1: mail of a domain that tests must not fare worse than unsigned mail.
            // Deviation: a pass stays one, where the text wants it treated as unsigned too. Many domains never take
            // the flag away; the risk is small, because only who holds the key can gain by it.
            outcome.result = .neutral
            outcome.reason = (verdict.reason ?? "not verified") + "; the domain tests DKIM (t=y), so this is no failure"
        }
        let (result, reason) = (outcome.result, outcome.reason)
        outcome.trace.decided(
            "\(result.rawValue)" + (reason.map { ": \($0)" } ?? ""), .rfc(6376, "6.1.3"))
    }

    /// Puts the comparisons into the trace.
    mutating func note(_ verdict: DKIMKeyVerdict, body: DKIMBodyHashes.Answer, _ signature: DKIMSignature) {
        guard outcome.trace.isEnabled else { return }
        if let bits = verdict.keyBits { outcome.trace.found("key of \(bits) bits", .rfc(6376, "6.1.2")) }
        outcome.trace.compared(
            body.digest?.equals(signature.bodyHash) ?? false,
            "hash of the body (\(body.canonicalLength) octets in canonical form) and bh=", .rfc(6376, "6.1.3"))
        if verdict.result == .pass || verdict.result == .fail {
            outcome.trace.compared(verdict.result == .pass, "signature and header hash", .rfc(6376, "6.1.3"))
        }
    }
}
