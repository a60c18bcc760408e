internal import MailReports

/// Why a report is kept apart, and so whether it can be let count.
public enum ApartReason: Hashable, Sendable {
    /// It names no domain: there is none that it could count for.
    case noDomain
    /// This other report of the same reporter, identifier, domain and period counts, and says other things.
    case otherCounts(Int64)
    /// This other report of them counts, says other things, and nothing proves whose it is. This one may be verified,
    /// but not by the domain that the other one names for questions: an administrator can let it take the place.
    case unprovenCounts(Int64)
    /// Nobody could verify who sent it.
    case unverified

    /// Whether an administrator can let it count, as long as its file can be read.
    public var canCount: Bool {
        switch self {
        case .noDomain, .otherCounts: false
        case .unprovenCounts, .unverified: true
        }
    }

    /// What stands behind "because".
    public var words: String {
        switch self {
        case .noDomain: "it names no domain that it could count for"
        case .otherCounts: "another report of the same identifier counts, and says other things"
        case .unprovenCounts:
            "a report of the same identifier was posted before, and says other things; whose that is, nothing proves"
        case .unverified: "nobody could verify who sent it"
        }
    }

    /// The report that counts in its place; nil if there is none.
    public var counted: Int64? {
        switch self {
        case .otherCounts(let id), .unprovenCounts(let id): id
        case .noDomain, .unverified: nil
        }
    }
}

extension ReportStore {
    /// Why a report is kept apart; nil if it is not.
    public func reasonApart(of report: StoredReport) async throws(ReportStoreError) -> ApartReason? {
        guard !report.isCounted else { return nil }
        guard report.domain != nil else { return .noDomain }
        // The word tells that there was another one when it came, not that it counts.
        guard report.quirks.contains(SQLReportStore.conflictQuirk) else { return .unverified }
        let domains = Set(try await domains(of: report.id))
        let others = try await reports(
            ReportQuery(
                domain: report.domain, reportID: report.reportID, kind: report.kind, isCounted: true,
                count: ReportQuery.countMax))
        for other in others
        where other.organization.lowercased() == report.organization.lowercased()
            && (other.begin, other.end) == (report.begin, report.end)
        {
            guard Set(try await self.domains(of: other.id)) == domains else { continue }
            // One that nothing proves makes room, as long as its file says what it brought.
            return other.isUnproven && other.hasOriginal ? .unprovenCounts(other.id) : .otherCounts(other.id)
        }
        return .unverified
    }
}
