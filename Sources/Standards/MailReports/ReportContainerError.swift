/// Why what reports come in is not unpacked, or holds none.
public struct ReportContainerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    public enum Problem: Hashable, Sendable {
        /// It ends in the middle.
        case truncated
        /// It is not of its form, or its checksum differs.
        case damaged
        /// More than ``MailReportLimits/documentBytesMax`` or ``MailReportLimits/unpackedBytesMax`` come out.
        case tooLarge
        /// More than ``MailReportLimits/unpackingRatioMax`` times as much comes out.
        case ratio
        /// Deeper than ``MailReportLimits/nestingMax``.
        case tooNested
        /// More than ``MailReportLimits/zipEntriesMax`` or ``MailReportLimits/findingsMax``.
        case tooMany
        /// An entry of a zip file that is encrypted.
        case encrypted
        /// An entry of a zip file that is packed in another way than by deflate.
        case unsupportedMethod(Int)
        /// A zip file of more than 4 GB, or one that says it is in the form for those and is not.
        case zip64
        /// Something that is called a report and is none.
        case notReport
        /// There is no report in it.
        case noReport
    }

    public var problem: Problem

    init(_ problem: Problem) { self.problem = problem }

    /// The problem as a word.
    public var word: String {
        switch problem {
        case .truncated: "truncated"
        case .damaged: "damaged"
        case .tooLarge: "too-large"
        case .ratio: "unpacking-ratio"
        case .tooNested: "too-nested"
        case .tooMany: "too-many"
        case .encrypted: "encrypted"
        case .unsupportedMethod: "unsupported-method"
        case .zip64: "zip64"
        case .notReport: "not-report"
        case .noReport: "no-report"
        }
    }

    public var description: String {
        switch problem {
        case .truncated: "the packed octets end in the middle"
        case .damaged: "the packed octets are damaged"
        case .tooLarge: "more than \(MailReportLimits.documentBytesMax) octets come out of unpacking"
        case .ratio: "unpacking makes it more than \(MailReportLimits.unpackingRatioMax) times larger"
        case .tooNested: "packed more than \(MailReportLimits.nestingMax) times"
        case .tooMany: "more entries or reports than the limit"
        case .encrypted: "the entry is encrypted"
        case .unsupportedMethod(let method): "the entry is packed by method \(method), which is not read"
        case .zip64: "zip files for more than 4 gigabytes are not read"
        case .notReport: "neither XML, JSON nor anything else that reports come in"
        case .noReport: "there is no report in it"
        }
    }
}

/// Something about what a report came in that is not as it should be, and leaves no doubt.
public enum ReportContainerQuirk: UInt8, Hashable, Sendable, CaseIterable {
    /// The media type or the name of the file says something else than the octets.
    case mislabelled
    /// Octets behind the end of what is packed.
    case trailingOctets
    /// Octets in front of a zip file.
    case leadingOctets
    /// A zip file without its directory.
    case zipDirectoryMissing
    /// Packed by zlib without the wrapping of gzip.
    case bareZlib
    /// Packed several times.
    case packedTwice
    /// Base64 where nothing says so.
    case bareBase64
    /// uuencode where nothing says so.
    case bareUuencode
    /// A transfer encoding that is not well-formed.
    case badTransferEncoding
    /// A mail in base64 or quoted-printable, which RFC 2045 §6.4 forbids.
    case encodedMessage
    /// A byte order mark in front of a mail.
    case byteOrderMark

    /// The quirk as a word: `trailing-octets`.
    public var word: String {
        switch self {
        case .mislabelled: "mislabelled"
        case .trailingOctets: "trailing-octets"
        case .leadingOctets: "leading-octets"
        case .zipDirectoryMissing: "zip-directory-missing"
        case .bareZlib: "bare-zlib"
        case .packedTwice: "packed-twice"
        case .bareBase64: "bare-base64"
        case .bareUuencode: "bare-uuencode"
        case .badTransferEncoding: "bad-transfer-encoding"
        case .encodedMessage: "encoded-message"
        case .byteOrderMark: "byte-order-mark"
        }
    }
}
