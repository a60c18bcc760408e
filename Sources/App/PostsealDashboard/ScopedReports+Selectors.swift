internal import MailReports
internal import PostsealReports

/// The keys that a domain's mail is signed with, as far as reports tell.
extension ScopedReports {
    /// Limit: reports that are looked at for the names of keys.
    private static let reportsMax = 20
    /// Limit: of these, reports that name some: what others name is hardly different.
    private static let namingReportsMax = 3
    /// Limit: octets of files that are read for it, as they came, with some for each record, of which a small file can
    /// have many. The one that gets there is the last.
    private static let octetsMax = 4 << 20
    private static let octetsPerRecord = 256
    /// Limit: records of a report that are looked through.
    private static let recordsMax = 2000
    /// Limit: names of keys.
    private static let selectorsMax = 10

    /// The names of keys whose signatures pass, by the newest reports that count: what is kept apart anybody can have
    /// mailed. Those that have been read where too many wait for their reports.
    func selectors(of domain: String) async throws -> [String] {
        let newest = try await reports(
            ReportQuery(domain: domain, kind: "dmarc-aggregate", isCounted: true, count: Self.reportsMax))
        var (selectors, octets, naming): ([String], Int, Int) = ([], 0, 0)
        for report in newest {
            guard octets < Self.octetsMax, naming < Self.namingReportsMax, selectors.count < Self.selectorsMax else {
                break
            }
            do {
                guard let found = try await keys(of: domain, in: report) else { continue }
                octets += found.octets
                if !found.selectors.isEmpty { naming += 1 }
                for selector in found.selectors where !selectors.contains(selector) { selectors.append(selector) }
            } catch is Refusal {
                // Too many reports are being read: the page has the rest all the same.
                break
            }
        }
        return Array(selectors.prefix(Self.selectorsMax))
    }

    /// Those of one report, and the octets of its file; nil where that is not kept any more.
    private func keys(
        of domain: String, in report: StoredReport
    ) async throws -> (selectors: [String], octets: Int)? {
        let (store, id) = (store, report.id)
        return try await desk.read {
            try await store.original(of: id)
        } using: { file in
            let octets = file.original.octets.count
            guard case .aggregate(let aggregate)? = content(of: report, in: file).finding?.report else {
                return ([], octets)
            }
            return (
                aggregate.selectors(of: domain, recordsMax: Self.recordsMax, max: Self.selectorsMax),
                octets + aggregate.records.count * Self.octetsPerRecord
            )
        }
    }
}

extension DMARCAggregateReport {
    /// The names of keys of a domain whose signatures pass in the first records, no more than so many.
    fileprivate func selectors(of domain: String, recordsMax: Int, max: Int) -> [String] {
        var selectors: [String] = []
        for signature in records.prefix(recordsMax).lazy.flatMap(\.dkim)
        where signature.result == .pass && signature.domain == domain {
            guard let selector = signature.selector, !selectors.contains(selector) else { continue }
            selectors.append(selector)
            if selectors.count == max { break }
        }
        return selectors
    }
}
