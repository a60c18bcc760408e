public import MailReports
public import PostsealReports

/// What became of octets in which reports were looked for.
public enum ReportReception: Hashable, Sendable {
    /// They were looked through, and what was found is on the disk.
    case done(ReportTaking)
    /// The store can't take them now: who sent them is to come again.
    case failed(ReportStoreError)
    /// There are too many already: who sent them is to come again.
    case busy
    /// DNS does not say now whose they are, and nothing is stored: who sent them is to come again.
    case undecided
    /// They are more than is looked through.
    case tooLarge
}

/// What was found in octets, and stored.
public struct ReportTaking: Hashable, Sendable {
    /// Reports that were not there before.
    public var new = 0
    /// Reports that were there before.
    public var known = 0
    /// Reports of which others with the same identity were there before: they are kept apart.
    public var conflicting = 0
    /// What was refused, as reports.
    public var refusals: [MailReportError] = []
    /// Whether those that are new are counted.
    public var isCounted = false

    /// Nothing.
    public init() {}

    /// Reports that are in the store now, or were before.
    public var reports: Int { new + known + conflicting }

    mutating func add(_ intake: ReportIntake) {
        switch intake {
        case .new: new += 1
        case .known: known += 1
        case .conflicting: conflicting += 1
        case .refused(let error): refusals.append(error)
        }
    }
}
