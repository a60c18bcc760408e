internal import Certificates

/// A presented chain with what records are compared with. Each digest is taken once, and only if it is asked for.
struct DANEChain {
    let presented: PresentedChain
    let certificates: [Certificate]
    private var digests: [Key: [UInt8]] = [:]

    private struct Key: Hashable {
        var depth: Int
        var selector: TLSASelector
        var matchingType: TLSAMatchingType
    }

    init(_ presented: PresentedChain) {
        self.presented = presented
        certificates = presented.certificates
    }

    /// Whether the record names the certificate at this depth.
    mutating func matches(_ record: TLSARecord, depth: Int) -> Bool {
        guard certificates.indices.contains(depth) else { return false }
        let certificate = certificates[depth]
        let octets = record.selector == .publicKey ? certificate.subjectPublicKeyInfo : certificate.derOctets
        guard record.matchingType != .full else { return octets == record.data }
        let key = Key(depth: depth, selector: record.selector, matchingType: record.matchingType)
        if let digest = digests[key] { return digest == record.data }
        guard let digest = record.matchingType.association(of: octets) else { return false }
        digests[key] = digest
        return digest == record.data
    }
}
