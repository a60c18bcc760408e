internal import DKIM
internal import MailBytes
internal import MailCrypto
internal import MailFormat
internal import MailNames

/// An ARC-Seal field, read: RFC 8617 §4.1.3.
struct ARCSeal: Sendable {
    struct Content: Sendable {
        var algorithm: DKIMAlgorithm
        var signature: [UInt8]
        var domain: DomainName
        var selector: DomainName
    }

    let position: Int
    /// The octets of `b=` that are left out of the hash.
    let blank: Range<Int>
    /// What it says, or what is wrong with it. Instance and status are for the chain to look at.
    let content: Result<Content, ARCRefusal>

    init(_ field: ARCChain.TagField, _ options: DKIMOptions) {
        position = field.position
        blank = field.tags.tag("b")?.extent ?? 0..<0
        do throws(DKIMSyntaxError) {
            let read = try Self.read(field.tags)
            content =
                options.refusedDomains.contains(read.domain)
                ? .failure(
                    ARCRefusal(verdict: ARCVerdict(.policy, "seals of \(read.domain.text) are not accepted here")))
                : .success(read)
        } catch {
            content = .failure(ARCRefusal(verdict: ARCVerdict(error)))
        }
    }

    private static func read(_ tags: DKIMTagList) throws(DKIMSyntaxError) -> Content {
        // RFC 8617 §4.1.3: with h= the status is "fail". Unspecified: bh= and other tags that a seal does not have;
        // RFC 6376 §3.2 has unknown tags passed over, and the seal covers them.
        if let names = tags.tag("h") { throw tags.bad(names, expected: "allowed in a seal") }
        let content = Content(
            algorithm: try tags.algorithm(),
            signature: try tags.base64("b", octetsMax: DKIMLimits.signatureValueOctetsMax),
            domain: try tags.domain(), selector: try tags.selector())
        // The time has no effect, but must be one if it is there.
        _ = try tags.time("t")
        return content
    }

    /// Whether the seal verifies.
    ///
    /// - Parameter digest: the hash of all that it covers, itself included.
    func verdict(_ digest: SHA256Digest, _ keys: DKIMKeySet?, _ options: DKIMOptions) -> ARCVerdict {
        switch content {
        case .failure(let refusal): return refusal.verdict
        case .success(let seal):
            guard let keys else { return ARCVerdict(.permerror, "selector and domain make too long a name") }
            return ARCVerdict(keys.verify(seal.signature, algorithm: seal.algorithm, options: options) { digest })
        }
    }

    /// Tag `cv=`; nil if there is none or it is no status.
    static func status(_ tags: DKIMTagList) -> ARCResult? {
        guard let value = tags.value("cv") else { return nil }
        // RFC 5234 §2.3: words that the grammar gives in quotes are the same in any case.
        return ARCResult.allCases.first { value.equalsIgnoringASCIICase(Array($0.rawValue.utf8)[...]) }
    }
}
