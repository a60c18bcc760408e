internal import DKIM
internal import MailBytes
internal import MailCrypto

/// The body hashes that the message signatures of a chain need.
///
/// Each canonical form is made once. Where `l=` is not trusted, which is the default, it takes no hash of its own: a
/// signature that leaves a part of the body out is refused, and one that does not covers it all.
struct ARCBodyHashes: Sendable {
    struct Request: Hashable, Sendable {
        var form: DKIMCanonicalization.Form
        /// Nil for the whole body.
        var limit: Int?
    }

    private var hashers: [(request: Request, hasher: DKIMBodyHasher)] = []
    private var hashes: [Request: DKIMBodyHash] = [:]

    /// Asks for what a signature needs, in front of the body.
    mutating func request(for signature: ARCMessageSignature, _ options: DKIMOptions) {
        guard case .success(let content) = signature.content else { return }
        for form in signature.forms.map(\.body) {
            add(Request(form: form, limit: nil))
            if options.partialBody == .trust, let limit = content.bodyLength { add(Request(form: form, limit: limit)) }
        }
    }

    private mutating func add(_ request: Request) {
        guard !hashers.contains(where: { $0.request == request }) else { return }
        hashers.append((request, DKIMBodyHasher(request.form, lengthLimit: request.limit)))
    }

    mutating func update(_ octets: ArraySlice<UInt8>) {
        for index in hashers.indices { hashers[index].hasher.update(octets) }
    }

    mutating func finish() {
        for index in hashers.indices { hashes[hashers[index].request] = hashers[index].hasher.finish() }
    }

    /// Whether the body is what the signature says: RFC 6376 §6.1.3, step 3.
    func verdict(on signature: DKIMSignature, _ options: DKIMOptions) -> ARCVerdict {
        let form = signature.canonicalization.body
        guard let whole = hashes[Request(form: form, limit: nil)] else {
            return ARCVerdict(.fail, "the body was not hashed")
        }
        var hash = whole
        if let limit = signature.bodyLength, limit != whole.canonicalLength {
            // RFC 6376 §3.5: l= must not exceed the body.
            guard limit < whole.canonicalLength else {
                return ARCVerdict(.fail, "the body is shorter than l= says: it was cut off")
            }
            // RFC 6376 §8.2: whoever passed the message on could add anything.
            guard options.partialBody == .trust, let part = hashes[Request(form: form, limit: limit)] else {
                return ARCVerdict(
                    .policy, "l= leaves \(whole.canonicalLength - limit) octets of the body unsigned")
            }
            hash = part
        }
        return hash.digest.equals(signature.bodyHash)
            ? ARCVerdict(.pass) : ARCVerdict(.fail, "the body hash did not verify: the body was changed")
    }
}
