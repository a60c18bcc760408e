internal import DKIM
internal import DNS
internal import MailFormat
internal import MailNames
internal import Trace

// RFC 8617 §5.2, steps 4 to 7, in their order.

extension ARCVerification {
    mutating func validate(_ keys: inout ARCKeys<some Resolver>) async {
        let newest = signatures.count
        // The newest set is of whoever sent the message; other names are asked for only when it has proved good.
        await fetch([messageSignatureKey(newest), sealKey(newest)], &keys)

        // Step 4.
        let verdict = messageSignatureVerdict(newest, keys)
        guard verdict.isPass else {
            return fail(
                "the message signature of set \(newest) is no good: \(verdict.explanation)", "5.2",
                isTemporary: verdict.isTemporary)
        }
        // Step 5.
        let oldestPass = await oldestPass(&keys)

        // Step 6.
        let digests = chain.sealDigests(seals)
        for instance in stride(from: newest, through: 1, by: -1) {
            await fetch(ahead(from: instance).map(sealKey), &keys, ifLacking: sealKey(instance))
            let verdict = seals[instance - 1].verdict(digests[instance - 1], keys.keys(sealKey(instance)), options)
            note(verdict, "seal of set \(instance)") { $0.sets[instance - 1].seal = verdict.result }
            guard verdict.isPass else {
                return fail(
                    "the seal of set \(instance) is no good: \(verdict.explanation)", "5.2",
                    isTemporary: verdict.isTemporary)
            }
        }
        // Step 7.
        pass(oldestPass: oldestPass)
    }

    /// Step 5: from the second newest message signature down to the first that does not verify.
    private mutating func oldestPass(_ keys: inout ARCKeys<some Resolver>) async -> Int {
        for instance in stride(from: signatures.count - 1, through: 1, by: -1) {
            await fetch(
                ahead(from: instance).map(messageSignatureKey), &keys, ifLacking: messageSignatureKey(instance))
            guard messageSignatureVerdict(instance, keys).isPass else { return instance + 1 }
        }
        return 0
    }

    private mutating func messageSignatureVerdict(_ instance: Int, _ keys: ARCKeys<some Resolver>) -> ARCVerdict {
        let verdict = signatures[instance - 1].verdict(
            bodies, keys.keys(messageSignatureKey(instance)), chain.header, options)
        note(verdict, "message signature of set \(instance)") {
            $0.sets[instance - 1].messageSignature = verdict.result
        }
        return verdict
    }

    // MARK: Keys

    /// A set and those below it whose keys are fetched along with its own.
    private func ahead(from instance: Int) -> [Int] {
        Array((max(1, instance - ARCLimits.keysAhead + 1)...instance).reversed())
    }

    private mutating func fetch(
        _ names: [ARCKeyName?], _ keys: inout ARCKeys<some Resolver>, ifLacking needed: ARCKeyName?
    ) async {
        if !keys.knows(needed) { await fetch(names, &keys) }
    }

    private mutating func fetch(_ names: [ARCKeyName?], _ keys: inout ARCKeys<some Resolver>) async {
        let trace = await keys.fetch(names.compactMap(\.self), tracing: isTracing)
        append(trace)
    }

    private func messageSignatureKey(_ instance: Int) -> ARCKeyName? {
        guard case .success(let signature) = signatures[instance - 1].content else { return nil }
        return ARCKeyName(selector: signature.selector, domain: signature.domain)
    }

    private func sealKey(_ instance: Int) -> ARCKeyName? {
        guard case .success(let seal) = seals[instance - 1].content else { return nil }
        return ARCKeyName(selector: seal.selector, domain: seal.domain)
    }
}
