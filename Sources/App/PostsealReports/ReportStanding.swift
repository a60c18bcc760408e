/// What a report is worth beside another that claims to be the same.
public enum ReportStanding: Int, Comparable, Sendable {
    /// It is kept apart, and in no sum: it should prove whose it is, and does not.
    case apart
    /// It counts, although nothing proves whose it is: there is nothing that could, as for TLS reports that are posted
    /// (RFC 8460 §3). One that an administrator takes in takes its place, and one that the domain signs which it names
    /// for questions.
    case unproven
    /// It counts, and nothing takes its place: its mail proves whose it is, or an administrator vouches for it.
    case proven

    public static func < (left: ReportStanding, right: ReportStanding) -> Bool { left.rawValue < right.rawValue }
}
