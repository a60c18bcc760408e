/// Why octets are not a DMARC policy record at all, as opposed to one with mistakes in it.
public struct DMARCRecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// The first tag is not `v`.
        case versionNotFirst
        /// The version is not exactly `DMARC1`.
        case unknownVersion
        /// More octets than a TXT record can hold.
        case tooLong
    }

    public var problem: Problem
    /// Offset of the octet at which it shows.
    public var offset: Int

    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String {
        switch problem {
        case .versionNotFirst: "expected 'v=DMARC1' at byte \(offset)"
        case .unknownVersion: "version is not exactly 'DMARC1' at byte \(offset)"
        case .tooLong: "longer than a TXT record can be at byte \(offset)"
        }
    }
}

/// Something in a record that was ignored, or replaced by a default.
public struct DMARCRecordNote: Hashable, Sendable, CustomStringConvertible {
    /// What is remarkable.
    public enum Problem: String, Hashable, Sendable, CaseIterable {
        /// A tag of RFC 7489 that RFC 9989 made historic: `pct`, `rf`, `ri`.
        case historicTag = "historic-tag"
        /// A tag that the registry does not have.
        case unknownTag = "unknown-tag"
        /// A value that is not of the tag's syntax; the default holds.
        case badValue = "bad-value"
        /// The tag was there before; the first one holds.
        case duplicateTag = "duplicate-tag"
        /// Something between semicolons that is no tag.
        case noTag = "no-tag"
        /// A destination that is no URI, or a `mailto:` without a proper address; the others hold.
        case badURI = "bad-uri"
        /// The obsolete size limit behind a destination.
        case reportSize = "report-size"
        /// More tags or destinations than are read.
        case tooMany = "too-many"
    }

    public var problem: Problem
    /// The name of the tag in small letters; empty where there is none.
    public var tag: String
    /// Offset of the octet at which it shows.
    public var offset: Int

    public init(_ problem: Problem, tag: String = "", at offset: Int) {
        self.problem = problem
        self.tag = tag
        self.offset = offset
    }

    public var description: String {
        switch problem {
        case .historicTag: "tag '\(tag)' at byte \(offset) is historic and ignored"
        case .unknownTag: "tag '\(tag)' at byte \(offset) is unknown and ignored"
        case .badValue: "value of tag '\(tag)' at byte \(offset) is not one it can have, the default holds"
        case .duplicateTag: "tag '\(tag)' at byte \(offset) was there before, the first one holds"
        case .noTag: "no tag at byte \(offset), ignored"
        case .badURI: "destination of tag '\(tag)' at byte \(offset) is not usable, ignored"
        case .reportSize: "report size in tag '\(tag)' at byte \(offset) is obsolete and ignored"
        case .tooMany: "more at byte \(offset) than is read, the rest is ignored"
        }
    }
}
