public import DKIM
public import DNS
public import MailBytes
public import MailFormat
internal import MailNames
internal import Trace

/// The validation of one message's chain whose body comes in piece by piece, as a milter gets it.
///
///     var verification = ARCVerification(header: header, at: now)
///     if verification.needsBody { for await chunk in body { verification.update(chunk) } }
///     let outcome = await verification.finish(resolver: resolver)
public struct ARCVerification: Sendable {
    let chain: ARCChain
    let options: DKIMOptions
    let now: UnixTime
    /// The message signatures of the chain, from the oldest; empty if the chain has failed already.
    private(set) var signatures: [ARCMessageSignature] = []
    /// The seals of the chain, likewise.
    private(set) var seals: [ARCSeal] = []
    private(set) var bodies = ARCBodyHashes()
    private var outcome: ARCOutcome
    /// Whether nothing is left to find out.
    private var isSettled = false

    /// Reads the chain in a header, and checks what needs neither keys nor body: RFC 8617 §5.2, steps 1 to 3.
    public init(header: HeaderSection, options: DKIMOptions = DKIMOptions(), at now: UnixTime, tracing: Bool = false) {
        chain = ARCChain(header)
        self.options = options
        self.now = now
        outcome = ARCOutcome(result: .none, trace: tracing ? .enabled : .disabled)
        guard !chain.isEmpty else {
            outcome.trace.decided("none: the message has no ARC fields", .rfc(8617, "5.2"))
            isSettled = true
            return
        }
        outcome.instances = chain.instances
        outcome.sets = chain.summary
        outcome.sealer = outcome.sets.last?.sealer
        checkStructure()
        guard !isSettled else { return }
        signatures = chain.sets.compactMap { set in
            set.messageSignatures.first.map { ARCMessageSignature($0, options, now) }
        }
        seals = chain.sets.compactMap { set in set.seals.first.map { ARCSeal($0, options) } }
        for signature in signatures { bodies.request(for: signature, options) }
    }

    /// Steps 1 to 3.
    private mutating func checkStructure() {
        if chain.isTooLong {
            outcome.trace.limit("more than \(ARCLimits.setsMax) sets", .rfc(8617, "5.2"))
            return fail("the message has more than \(ARCLimits.setsMax) ARC sets", "5.2")
        }
        if chain.isDeclaredBroken {
            outcome.isTerminal = true
            let name = outcome.sealer.map { "\($0.text), the newest sealer," } ?? "the newest seal"
            return fail("\(name) says that the chain was broken when the message came in (cv=fail)", "5.2")
        }
        if let defect = chain.defect { return fail(defect, "5.2") }
        outcome.trace.found("\(chain.instances) sets, each complete, with the right cv=", .rfc(8617, "5.2"))
        // Limit: what all seals together hash is as long as the fields of the chain.
        if chain.octets > DKIMLimits.signedHeaderOctetsMax {
            outcome.trace.limit("ARC fields of \(chain.octets) octets")
            fail("the ARC fields have more than \(DKIMLimits.signedHeaderOctetsMax) octets", "5.2")
        }
    }

    /// Whether the body must be hashed.
    public var needsBody: Bool { !isSettled }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: ArraySlice<UInt8>) { bodies.update(octets) }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: [UInt8]) { bodies.update(octets[...]) }

    /// Ends the body, fetches the keys and gives the outcome: RFC 8617 §5.2, steps 4 to 7. To be called once.
    public mutating func finish(resolver: some Resolver, cache: DKIMKeyCache? = nil) async -> ARCOutcome {
        guard !isSettled else { return outcome }
        isSettled = true
        bodies.finish()
        var keys = ARCKeys(lookup: DKIMKeyLookup(resolver: resolver, cache: cache), now: now)
        await validate(&keys)
        return outcome
    }

    // MARK: Results

    /// Settles the chain as failed.
    mutating func fail(_ reason: String, _ section: String, isTemporary: Bool = false) {
        outcome.result = .fail
        outcome.reason = reason
        // RFC 8617 §5.2.1: final, even if it comes from DNS.
        outcome.isTemporary = isTemporary
        outcome.oldestPass = nil
        outcome.trace.decided("fail: \(reason)", .rfc(8617, section))
        isSettled = true
    }

    mutating func pass(oldestPass: Int) {
        outcome.result = .pass
        outcome.oldestPass = oldestPass
        outcome.trace.decided(
            "pass: all seals verify, and the message signatures from set \(max(1, oldestPass)) on", .rfc(8617, "5.2"))
    }

    /// Puts what became of one signature into the outcome.
    mutating func note(_ verdict: ARCVerdict, _ what: String, _ change: (inout ARCOutcome) -> Void) {
        change(&outcome)
        outcome.trace.compared(verdict.isPass, what + (verdict.reason.map { ": \($0)" } ?? ""), .rfc(8617, "5.2"))
    }

    mutating func append(_ trace: Trace) { outcome.trace.append(trace) }

    var isTracing: Bool { outcome.trace.isEnabled }
}
