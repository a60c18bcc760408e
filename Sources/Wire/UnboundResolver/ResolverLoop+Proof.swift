internal import DNS
internal import Synchronization

/// Whether DNSSEC works with the servers that we ask.
extension ResolverLoop {
    func startSelfTest(_ continuation: CheckedContinuation<ResolverSelfTest, Never>) {
        proof.listeners.append { continuation.resume(returning: $0) }
        checkProof()
    }

    /// Asks for a proof from the trust anchor; and if there is none, whether anybody is there at all.
    func checkProof() {
        guard !proof.isRunning else { return }
        proof.begin()
        guard validating != nil else { return checkReachable(.off, reason: nil) }
        probe(DNSQuestion(proof.zone, .dnskey), validating) { [unowned self] answer in
            guard !isEnding else { return }
            if answer.security == .secure {
                conclude(ResolverSelfTest(validation: .works, isReachable: true))
            } else {
                // Others need not wait for the rest, if it was slow already.
                if answer.status == .timeout { proof.release() }
                let reason = answer.whyBogus ?? "no proof: \(answer.status), \(answer.security.rawValue)"
                later { [unowned self] in checkReachable(.unavailable, reason: reason) }
            }
        }
    }

    private func checkReachable(_ validation: ResolverSelfTest.Validation, reason: String?) {
        if plain == nil { plain = try? UnboundContext(configuration, validating: false, base: base) }
        probe(DNSQuestion(proof.zone, .soa), plain) { [unowned self] answer in
            guard !isEnding else { return }
            // A refusal is an answer too: that of a server which has some zones and nothing to say about this one.
            let isReachable = answer.status != .timeout
            let known = isReachable || validation == .off
            conclude(
                ResolverSelfTest(
                    validation: known ? validation : .unknown, isReachable: isReachable, reason: reason))
        }
    }

    private func conclude(_ result: ResolverSelfTest) {
        let wasGivenUp = proof.isGivenUp
        let final = proof.conclude(result, at: .now)
        if proof.isGivenUp != wasGivenUp {
            // What was kept or asked under the other regime says "unproved" of what can be proved, or the reverse.
            shared.cache.clear()
            open = open.filter { underway[ObjectIdentifier($0.value)] == nil }
        }
        shared.selfTest.withLock { $0 = final }
        proof.tell(final)
        wakeSelf()
    }
}
