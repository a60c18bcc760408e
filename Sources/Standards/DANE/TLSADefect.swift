internal import Certificates

/// Why a record is of no use: RFC 6698 §4.1 calls it unusable.
public enum TLSADefect: Hashable, Sendable, CustomStringConvertible {
    /// Neither DANE-TA(2) nor DANE-EE(3).
    case usage(TLSAUsage)
    /// Neither the certificate nor its key.
    case selector(TLSASelector)
    /// A matching type that is not known or not wanted.
    case matchingType(TLSAMatchingType)
    /// A digest that has not as many octets as its function gives.
    case digestLength(expected: Int, found: Int)
    /// A full certificate or key that is none.
    case content
    /// More records than ``TLSALimits/recordsMax``: not looked at.
    case overLimit

    public var description: String {
        switch self {
        case .usage(.pkixTA), .usage(.pkixEE): "usages 0 and 1 do not apply to mail"
        case .usage(let usage): "\(usage) is unknown"
        case .selector(let selector): "\(selector) is unknown"
        case .matchingType(let type): "\(type) is unknown"
        case .digestLength(let expected, let found): "a digest of \(found) octets, not \(expected)"
        case .content: "the data are no certificate or key"
        case .overLimit: "more than \(TLSALimits.recordsMax) records, the rest is not looked at"
        }
    }
}

extension TLSARecord {
    /// Why the record can't authenticate a mail server; nil if it can.
    ///
    /// - Parameter digests: the digests that are believed, the strongest first.
    public func defect(digests: [TLSAMatchingType] = DANEOptions.standardDigests) -> TLSADefect? {
        // RFC 7672 §3.1.3: usages 0 and 1 add nothing for mail between servers, and may be taken as unusable.
        guard usage == .daneTA || usage == .daneEE else { return .usage(usage) }
        guard selector == .certificate || selector == .publicKey else { return .selector(selector) }
        if matchingType == .full {
            // RFC 6698 §4.1: what is malformed for its parameters is unusable.
            let isReadable =
                selector == .certificate
                ? (try? Certificate(der: data)) != nil : (try? SubjectPublicKey(der: data)) != nil
            return isReadable ? nil : .content
        }
        guard digests.contains(matchingType), let length = matchingType.digestOctets else {
            return .matchingType(matchingType)
        }
        return data.count == length ? nil : .digestLength(expected: length, found: data.count)
    }
}
