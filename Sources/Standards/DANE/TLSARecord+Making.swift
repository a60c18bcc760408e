public import Certificates
internal import MailCrypto

extension TLSARecord {
    /// The record that names this certificate, or its key.
    ///
    /// - Returns: nil for a selector or matching type that is not known.
    public init?(
        naming certificate: Certificate, usage: TLSAUsage, selector: TLSASelector, matchingType: TLSAMatchingType
    ) {
        let octets: [UInt8]
        switch selector {
        case .certificate: octets = certificate.derOctets
        case .publicKey: octets = certificate.subjectPublicKeyInfo
        default: return nil
        }
        guard let data = matchingType.association(of: octets) else { return nil }
        self.init(usage: usage, selector: selector, matchingType: matchingType, data: data)
    }

    /// The record that names this key, whatever certificate it is in: selector SPKI(1).
    ///
    /// - Returns: nil for a matching type that is not known.
    public init?(naming key: SubjectPublicKey, usage: TLSAUsage, matchingType: TLSAMatchingType) {
        guard let data = matchingType.association(of: key.derOctets) else { return nil }
        self.init(usage: usage, selector: .publicKey, matchingType: matchingType, data: data)
    }
}

extension TLSAMatchingType {
    /// What stands in a record for these octets; nil where the type is not known.
    func association(of octets: [UInt8]) -> [UInt8]? {
        switch self {
        case .full: octets
        case .sha256: SHA256Hasher.hash(octets).bytes
        case .sha512: SHA512Hash.hash(octets[...])
        default: nil
        }
    }
}
