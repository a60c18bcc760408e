public import MailBytes
public import MailReports

/// What a report that was stored is known by among those of its file. Its place there is that of the day on which it
/// was read: a better reader finds others in front of it.
public struct ReportMark: Sendable {
    /// Of what kind it is, as a word.
    public var kind: String
    /// Who made it.
    public var organization: String
    /// Its identifier.
    public var reportID: String
    /// When what it is about began.
    public var begin: UnixTime?
    /// Where it stood, from 0.
    public var place: Int

    /// Which of the findings in its file it is: the one in its place, if that is called what it was called, else
    /// another one of that name; else the only one of its kind, whose name may be read better now. Nil if it is none.
    public func place(in findings: [ReportFinding]) -> Int? {
        let own = findings.indices.filter { findings[$0].report?.kind == kind }
        let same = own.filter { index in
            guard let report = findings[index].report else { return false }
            let head = ReportHead(report)
            return (head.organization, head.reportID) == (organization, reportID) && head.begin == begin
        }
        if same.contains(place) { return place }
        return same.first ?? (own.count == 1 ? own.first : nil)
    }
}

extension StoredReport {
    /// What it is known by among the reports of its file.
    public var mark: ReportMark {
        ReportMark(kind: kind, organization: organization, reportID: reportID, begin: begin, place: place)
    }
}
