internal import MailReports

/// How the octets of a file are kept.
package enum OriginalPacking: Int64, Sendable {
    /// As they came.
    case none = 0
    /// By gzip.
    case gzip = 1
    /// As ``PackedLines`` has them: mails with something in Base64.
    case lines = 2
}

/// A file as it is kept.
package struct PackedOriginal: Sendable {
    /// Files of which this much is Base64 are packed without it.
    private static let base64ShareMin = 4

    package let packing: OriginalPacking
    package let octets: [UInt8]

    /// Packs a file; what gets no smaller stays as it is.
    package init(_ octets: [UInt8]) {
        // What is packed already.
        let isPacked = octets.starts(with: [0x1F, 0x8B]) || octets.starts(with: [0x50, 0x4B, 3, 4])
        if !isPacked {
            if let lines = PackedLines(octets), lines.decodedCount >= octets.count / Self.base64ShareMin {
                let packed = lines.packed()
                if packed.count < octets.count {
                    self.init(packing: .lines, octets: packed)
                    return
                }
            }
            let packed = ReportPacking.gzip(octets, level: 6)
            if !packed.isEmpty, packed.count < octets.count {
                self.init(packing: .gzip, octets: packed)
                return
            }
        }
        self.init(packing: .none, octets: octets)
    }

    private init(packing: OriginalPacking, octets: [UInt8]) {
        self.packing = packing
        self.octets = octets
    }

    /// A file as it came.
    init(asItCame octets: [UInt8]) { self.init(packing: .none, octets: octets) }

    /// The octets of a file that is kept like this; nil if they are damaged.
    package static func unpack(_ octets: [UInt8], _ packing: Int64, length: Int64) -> [UInt8]? {
        switch OriginalPacking(rawValue: packing) {
        case OriginalPacking.none?: octets
        case .gzip?: ReportPacking.gunzip(octets, length: Int(clamping: length))
        case .lines?: PackedLines.unpack(octets, length: Int(clamping: length))
        case nil: nil
        }
    }
}
