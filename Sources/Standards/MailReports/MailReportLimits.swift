/// How much of a report is read and kept. What is over a limit is refused with a reason, unless said otherwise.
public enum MailReportLimits {
    /// Octets of one document, unpacked. The largest reports in use have a few megabytes.
    public static let documentBytesMax = 32 << 20
    /// Octets of all that is unpacked of one file.
    public static let unpackedBytesMax = 128 << 20
    /// How many times larger something may be unpacked. Reports of ten thousand records reach 83, and deflate cannot
    /// exceed 1032.
    public static let unpackingRatioMax = 400
    /// Octets to which anything may be unpacked, whatever the ratio.
    public static let unpackingRatioFreeBytes = 4 << 20
    /// Packings and mails within each other: a gzip file in a zip file in a mail in a mail.
    public static let nestingMax = 5
    /// Entries of a zip file that are looked at.
    public static let zipEntriesMax = 1000
    /// Mails of mbox files that are packed or sent in a mail.
    public static let boxedMailsMax = 1000
    /// Reports, and refusals, of one file.
    public static let findingsMax = 200
    /// Records with their results, policies and failure details of all reports of one file. One report may have as
    /// many; what comes behind it is not read.
    public static let itemsMax = 400_000
    /// A report that is read is one of these for so many octets at least: reading it takes time, whatever comes of it.
    /// Those in use have some 200 for each.
    static let readBytesPerItem = 128
    /// The same of a report that is refused, which takes memory for a while.
    static let refusedBytesPerItem = 32

    /// XML elements within each other. A report needs six levels.
    public static let depthMax = 32
    /// Records of an aggregate report.
    public static let recordsMax = 100_000
    /// Results of DKIM and SPF, and reasons, of an aggregate report.
    public static let resultsMax = 300_000
    /// Results, or reasons, of one record. RFC 9990 §3.1.4 has 100 signatures.
    public static let resultsPerRecordMax = 1000
    /// Octets of a text that are kept; the rest is cut off.
    public static let textBytesMax = 4096
    /// Errors of an aggregate report that are kept.
    public static let errorsMax = 100
    /// The greatest count: larger ones are none.
    public static let countMax = 9_007_199_254_740_991

    /// Octets of the machine-readable part of a failure report.
    public static let feedbackBytesMax = 4 << 20
    /// Fields of the machine-readable part of a failure report.
    public static let feedbackFieldsMax = 1000
}
