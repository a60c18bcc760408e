internal import DKIM
internal import MailBytes
internal import MailCrypto
internal import MailFormat
internal import MailNames

/// An ARC-Message-Signature field, read: RFC 8617 §4.1.2.
struct ARCMessageSignature: Sendable {
    let position: Int
    /// The octets of `b=` that are left out of the hash.
    let blank: Range<Int>
    /// What it says, or what is wrong with it before anything is hashed or asked.
    let content: Result<DKIMSignature, ARCRefusal>
    /// Whether there is no tag `c=`.
    let lacksCanonicalization: Bool

    init(_ field: ARCChain.TagField, _ options: DKIMOptions, _ now: UnixTime) {
        position = field.position
        blank = field.tags.tag("b")?.extent ?? 0..<0
        lacksCanonicalization = field.tags.tag("c") == nil
        do throws(DKIMSyntaxError) {
            let signature = try DKIMSignature(field.tags, profile: .arc)
            content =
                Self.objection(to: signature, options, now).map { .failure(ARCRefusal(verdict: $0)) }
                ?? .success(signature)
        } catch {
            content = .failure(ARCRefusal(verdict: ARCVerdict(error)))
        }
    }

    private static func objection(to signature: DKIMSignature, _ options: DKIMOptions, _ now: UnixTime) -> ARCVerdict? {
        // RFC 8617 §4.1.2: it must not cover fields of ARC. Seals come after it, so that one which claims to cover
        // them cannot have been made so. Deviation: the other two are accepted, because sealers did sign older ones
        // of them, and whoever does breaks nobody's chain but his own.
        let seal = Array(ARCFieldName.seal.rawValue.utf8)[...]
        let names = signature.fieldNames
        if (0..<names.count).contains(where: { names.name(at: $0).equalsIgnoringASCIICase(seal) }) {
            return ARCVerdict(.permerror, "it covers \(ARCFieldName.seal.rawValue)")
        }
        if options.refusedDomains.contains(signature.domain) {
            return ARCVerdict(.policy, "signatures of \(signature.domain.text) are not accepted here")
        }
        // RFC 6376 §3.5: past x=, with room for clocks that differ.
        if let expiresAt = signature.expiresAt, now > expiresAt.adding(seconds: options.clockSkewSeconds) {
            return ARCVerdict(.permerror, "it has expired")
        }
        return nil
    }

    /// The canonical forms to try, in their order.
    ///
    /// Without `c=` the form is simple/simple, as RFC 6376 §3.5 has it. Deviation: if that fails, relaxed/relaxed is
    /// tried, because there are sealers that leave the tag out and mean that, and the public test suite wants it.
    /// The signature is the sealer's either way; what it can be made to cover differs by white space alone.
    var forms: [DKIMCanonicalization] {
        guard case .success(let signature) = content else { return [] }
        return lacksCanonicalization ? [.simple, .relaxed] : [signature.canonicalization]
    }

    /// Whether the signature verifies: RFC 6376 §6.1.3.
    func verdict(
        _ bodies: ARCBodyHashes, _ keys: DKIMKeySet?, _ header: HeaderSection, _ options: DKIMOptions
    ) -> ARCVerdict {
        var signature: DKIMSignature
        switch content {
        case .success(let read): signature = read
        case .failure(let refusal): return refusal.verdict
        }
        var first: ARCVerdict?
        for form in forms {
            signature.canonicalization = form
            let verdict = verdict(on: signature, bodies, keys, header, options)
            if verdict.result != .fail { return verdict }
            first = first ?? verdict
        }
        return first ?? ARCVerdict(.permerror, "no canonical form")
    }

    private func verdict(
        on signature: DKIMSignature, _ bodies: ARCBodyHashes, _ keys: DKIMKeySet?, _ header: HeaderSection,
        _ options: DKIMOptions
    ) -> ARCVerdict {
        let body = bodies.verdict(on: signature, options)
        guard body.isPass else { return body }
        guard let keys else { return ARCVerdict(.permerror, "selector and domain make too long a name") }
        guard let fields = selectFields(signature, header) else {
            return ARCVerdict(
                .policy, "the signed header fields have more than \(DKIMLimits.signedHeaderOctetsMax) octets")
        }
        return ARCVerdict(
            keys.verify(signature.signature, algorithm: signature.algorithm, options: options) {
                var hash = DKIMHeaderHash(signature.canonicalization.header)
                for field in fields { hash.add(field, of: header) }
                hash.add(signatureField: header.fields[position], blanking: blank, of: header)
                return hash.finish()
            })
    }

    /// The fields that `h=` names, in its order; nil if they are too large together.
    private func selectFields(_ signature: DKIMSignature, _ header: HeaderSection) -> [HeaderField]? {
        var selector = DKIMFieldSelector(header, except: position)
        var fields: [HeaderField] = []
        var octets = header.fields[position].whole.count
        for index in 0..<signature.fieldNames.count {
            guard let field = selector.next(signature.fieldNames.name(at: index)) else { continue }
            octets += field.whole.count
            guard octets <= DKIMLimits.signedHeaderOctetsMax else { return nil }
            fields.append(field)
        }
        return fields
    }
}

/// A field that is no good whatever the message, the keys and the seals say.
struct ARCRefusal: Error {
    var verdict: ARCVerdict
}
