/// What a client may be asked to hold a server to.
public struct DANEOptions: Hashable, Sendable {
    /// The digests that are believed, the strongest first (RFC 7671 §9). ``TLSAMatchingType/full`` is no digest and
    /// always counts.
    public var digests: [TLSAMatchingType]

    /// SHA-512 before SHA-256.
    public static let standardDigests: [TLSAMatchingType] = [.sha512, .sha256]

    public init(digests: [TLSAMatchingType] = standardDigests) { self.digests = digests }
}

/// The TLSA records of one server, sorted into what counts and what does not.
public struct TLSARecordSet: Hashable, Sendable {
    /// A record that does not count, and why.
    public struct Unusable: Hashable, Sendable {
        public var record: TLSARecord
        public var defect: TLSADefect
    }

    /// As they came.
    public let records: [TLSARecord]
    /// Those that authenticate a server, in the order they came in.
    public let usable: [TLSARecord]
    /// Those that can't.
    public let unusable: [Unusable]
    /// Those among the usable that count: without the digests that a stronger one stands beside.
    public let effective: [TLSARecord]
    /// The usable records that are passed over for a stronger digest.
    public let outclassed: [TLSARecord]

    /// Sorts the records of one server; the order among them does not matter.
    public init(_ records: [TLSARecord], options: DANEOptions = DANEOptions()) {
        self.records = records
        var usable: [TLSARecord] = []
        var unusable: [Unusable] = []
        for (index, record) in records.enumerated() {
            let defect =
                index < TLSALimits.recordsMax ? record.defect(digests: options.digests) : .overLimit
            if let defect {
                unusable.append(Unusable(record: record, defect: defect))
            } else {
                usable.append(record)
            }
        }
        self.usable = usable
        self.unusable = unusable
        // RFC 7671 §9: after the unusable are left out; within each usage and selector the strongest digest, and
        // what is published in full.
        func isOutclassed(_ record: TLSARecord) -> Bool {
            guard let rank = options.digests.firstIndex(of: record.matchingType) else { return false }
            return usable.contains { other in
                other.usage == record.usage && other.selector == record.selector
                    && options.digests.firstIndex(of: other.matchingType).map { $0 < rank } ?? false
            }
        }
        effective = usable.filter { !isOutclassed($0) }
        outclassed = usable.filter(isOutclassed)
    }

    /// Whether the server has to be authenticated by these.
    public var isUsable: Bool { !usable.isEmpty }
}
