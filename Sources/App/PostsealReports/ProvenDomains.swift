internal import MailNames

/// Domains that records prove, looked at once for each text: a report has few of them, again and again.
struct ProvenDomains {
    /// What a text comes to.
    enum Proof: Sendable {
        /// The policy's domain, or one below it.
        case own
        /// One that the policy's domain is below: its own, where it is aligned, and somebody else's where not.
        case above(String)
        case foreign(String)
        /// No name at all.
        case none
    }

    /// What proves a domain.
    enum Mechanism {
        case dkim
        case spf
    }

    private let domain: String
    private let isDKIMStrict: Bool
    private let isSPFStrict: Bool
    private var known = FewEntries<String, Proof>()

    init(_ domain: String, isDKIMStrict: Bool, isSPFStrict: Bool) {
        self.domain = domain
        self.isDKIMStrict = isDKIMStrict
        self.isSPFStrict = isSPFStrict
    }

    mutating func proof(_ text: String) -> Proof {
        if let known = known[text] { return known }
        // A name that can't be one is not shown as one.
        var proof = Proof.none
        if let name = try? DomainName(text), name.isHostName {
            let text = name.text
            if text == domain || text.hasSuffix("." + domain) {
                proof = .own
            } else if domain.hasSuffix("." + text), text.utf8.contains(UInt8(ascii: ".")) {
                proof = .above(text)
            } else {
                proof = .foreign(text)
            }
        }
        known.add(text, proof)
        return proof
    }

    /// Whether a domain that passed is aligned with the author's (RFC 9989 §4.4.1), as far as names tell: what shares
    /// the policy's domain, or has it below itself, has the same organizational domain.
    mutating func isAligned(_ text: String?, _ author: String, by mechanism: Mechanism) -> Bool {
        guard let text else { return false }
        switch mechanism {
        case .dkim where isDKIMStrict, .spf where isSPFStrict: return text == author
        case .dkim, .spf: break
        }
        switch proof(text) {
        case .own, .above: return author == domain || author.hasSuffix("." + domain)
        case .foreign, .none: return false
        }
    }
}
