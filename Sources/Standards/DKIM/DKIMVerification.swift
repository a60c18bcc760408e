public import DNS
public import MailBytes
internal import MailCrypto
public import MailFormat
internal import MailNames
internal import Trace

/// The verification of one message whose body comes in piece by piece, as a milter gets it.
///
///     var verification = DKIMVerification(header: header, at: now)
///     if verification.needsBody { for await chunk in body { verification.update(chunk) } }
///     let outcomes = await verification.finish(resolver: resolver)
///
/// Holds no more of the body than a few thousand octets.
public struct DKIMVerification: Sendable {
    private let header: HeaderSection
    private let options: DKIMOptions
    private let now: UnixTime
    private var candidates: [DKIMCandidate] = []
    private var bodies: DKIMBodyHashes
    private let omitted: Int

    /// Reads the signatures of a header, from the top, and checks what needs neither key nor body.
    public init(header: HeaderSection, options: DKIMOptions = DKIMOptions(), at now: UnixTime, tracing: Bool = false) {
        self.header = header
        self.options = options
        self.now = now
        // The number of signatures is limited before anything is read (RFC 6376 §8.4).
        let positions = header.positions(named: "DKIM-Signature")
        let chosen = positions.prefix(max(0, options.signaturesMax))
        omitted = positions.count - chosen.count
        bodies = DKIMBodyHashes()
        candidates.reserveCapacity(chosen.count)
        for position in chosen {
            var candidate = DKIMCandidate(
                position: position, header: header, options: options, at: now, tracing: tracing)
            if let signature = candidate.field?.signature {
                candidate.bodySlot = bodies.slot(form: signature.canonicalization.body, limit: signature.bodyLength)
            }
            candidates.append(candidate)
        }
        bodies.start()
    }

    /// Whether any signature is left for which the body must be hashed.
    public var needsBody: Bool { candidates.contains { $0.field != nil } }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: ArraySlice<UInt8>) { bodies.update(octets) }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: [UInt8]) { bodies.update(octets[...]) }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: RawSpan) { bodies.update(octets) }

    /// Ends the body, fetches the keys and gives the outcomes. To be called once.
    public mutating func finish(resolver: some Resolver, cache: DKIMKeyCache? = nil) async -> DKIMOutcomes {
        bodies.finish()
        let keys = await DKIMKeyFetch(lookup: DKIMKeyLookup(resolver: resolver, cache: cache), now: now)
            .fetch(for: &candidates)
        for index in candidates.indices {
            guard let field = candidates[index].field, index < keys.count, let keys = keys[index] else { continue }
            settle(&candidates[index], field, keys)
        }
        distinguish()
        return DKIMOutcomes(outcomes: candidates.map(\.outcome), omitted: omitted)
    }

    /// RFC 6008 §4: where the first characters of two signatures are the same, as many more are reported as tell
    /// them apart.
    private mutating func distinguish() {
        guard candidates.count > 1 else { return }
        let prefixes = candidates.map(\.outcome.signaturePrefix)
        for index in candidates.indices where prefixes[index] != nil {
            let twins = candidates.indices.filter { $0 != index && prefixes[$0] == prefixes[index] }
            guard !twins.isEmpty, let own = candidates[index].field?.signature.signature else { continue }
            let text = Array(Base64.text(own).utf8)
            var length = 0
            for twin in twins {
                guard let other = candidates[twin].field?.signature.signature, other != own else { continue }
                let shared = zip(text, Base64.text(other).utf8).prefix { $0 == $1 }.count
                length = max(length, shared + 1)
            }
            if length > 0 { candidates[index].outcome.signaturePrefix = String(lossy: text.prefix(length)) }
        }
    }

    /// Steps 3 to 5 of RFC 6376 §6.1.3, with the key at hand.
    private func settle(_ candidate: inout DKIMCandidate, _ field: ParsedField, _ keys: DKIMKeySet) {
        let signature = field.signature
        let body = bodies.result(slot: candidate.bodySlot, limit: signature.bodyLength)
        candidate.outcome.security = keys.security
        let fields = selectFields(signature, own: candidate.position)
        guard let fields else {
            let limit = DKIMLimits.signedHeaderOctetsMax
            candidate.settle(
                DKIMKeyVerdict(.policy, "the signed header fields have more than \(limit) octets"))
            candidate.outcome.trace.limit("signed header fields of more than \(limit) octets")
            return
        }
        let isExact = signature.identityDomain == signature.domain
        let (form, blank, position) = (signature.canonicalization.header, field.blank, candidate.position)
        var verdict = keys.verify(
            signature.signature, algorithm: signature.algorithm, identityIsExact: isExact, options: options
        ) {
            var hash = DKIMHeaderHash(form)
            for field in fields { hash.add(field, of: header) }
            hash.add(signatureField: header.fields[position], blanking: blank, of: header)
            return hash.finish()
        }
        candidate.note(verdict, body: body, signature)
        DKIMBodyJudgement.apply(body, to: &verdict, signature, options: options)
        candidate.outcome.coversWholeBody = body.coversAll
        candidate.settle(verdict)
    }

    /// The fields that `h=` names, in its order; nil if they are too large together.
    private func selectFields(_ signature: DKIMSignature, own: Int) -> [HeaderField]? {
        var selector = DKIMFieldSelector(header, except: own)
        var fields: [HeaderField] = []
        fields.reserveCapacity(min(signature.fieldNames.count, header.fields.count))
        var octets = header.fields[own].whole.count
        for index in 0..<signature.fieldNames.count {
            // RFC 6376 §3.5: a name without a field stands for nothing.
            guard let field = selector.next(signature.fieldNames.name(at: index)) else { continue }
            octets += field.whole.count
            guard octets <= DKIMLimits.signedHeaderOctetsMax else { return nil }
            fields.append(field)
        }
        return fields
    }
}
