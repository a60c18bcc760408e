public import Databases
internal import Glibc
public import MailBytes
internal import MailNames
internal import MailReports
internal import TLSRPT

/// Takes TLS reports out of the folder that they are laid in (`PostsealTransport/TLSReportOutbox`), to be sent.
///
/// A report's files go when it is in the database. One that was taken in before, by a run that ended in between, is
/// there already, and its files go as well.
public struct TLSOutboxIntake: Sendable {
    private let folder: String

    /// Limit: octets of a report, and of the file beside it.
    static let reportOctetsMax = 64 << 20
    static let destinationsOctetsMax = 1 << 20

    /// - Parameter folder: with `<id>.json` and `<id>.to.json` in it.
    public init(folder: String) { self.folder = folder }

    /// What was taken in.
    public struct Outcome: Hashable, Sendable {
        /// Identifiers of reports that are new.
        public var taken: [String] = []
        /// Files that can't be read as they should, and stay.
        public var unreadable: [String] = []
        /// Files with reports that the database has otherwise under the same identifier, and that stay: another
        /// machine's, with other sessions.
        public var conflicting: [String] = []
        /// The same, where it was this node's: its reports of the day were made before, and then more was counted.
        public var overdue: [String] = []
    }

    /// Takes in all that is there.
    public func run(
        into outgoing: any OutgoingReports, schedule: SendingSchedule, at now: UnixTime, by node: String
    ) async throws(DatabaseError) -> Outcome {
        var outcome = Outcome()
        for name in Self.names(in: folder) where name.hasSuffix(".to.json") {
            let stem = String(name.dropLast(".to.json".count))
            guard let entry = Entry(folder: folder, stem: stem) else {
                outcome.unreadable.append(name)
                continue
            }
            let due = max(schedule.due(entry.report.domain, of: entry.report.day), now)
            if try await outgoing.add(entry.report, to: entry.destinations, due: due, at: now, by: node) {
                outcome.taken.append(entry.report.reportID)
            } else {
                let kept = try await Self.kept(like: entry.report, by: outgoing)
                guard kept.isSame else {
                    if kept.node == node { outcome.overdue.append(name) } else { outcome.conflicting.append(name) }
                    continue
                }
            }
            // In this order: the second says that there is a report.
            unlink("\(folder)/\(name)")
            unlink("\(folder)/\(stem).json")
        }
        return outcome
    }

    /// Whether what is in the database under a report's identifier says the same, and which node's it is.
    private static func kept(
        like report: BuiltReport, by outgoing: any OutgoingReports
    ) async throws(DatabaseError) -> (isSame: Bool, node: String?) {
        var query = OutgoingQuery()
        query.reportID = report.reportID
        guard let kept = try await outgoing.reports(query).first,
            let document = try await outgoing.document(of: kept.id)
        else { return (false, nil) }
        // Another version may pack otherwise.
        let isSame =
            document == report.document
            || kept.length == report.documentLength
                && ReportPacking.gunzip(document, length: kept.length)
                    == ReportPacking.gunzip(report.document, length: report.documentLength)
        return (isSame, kept.node)
    }

    /// How many reports there are.
    public var waiting: Int { Self.names(in: folder).count { $0.hasSuffix(".to.json") } }

    private struct Entry {
        var report: BuiltReport
        var destinations: [ReportDestination]

        init?(folder: String, stem: String) {
            guard
                let beside = TLSOutboxIntake.content(of: "\(folder)/\(stem).to.json", destinationsOctetsMax),
                let value = try? JSONValue(parsing: beside), value["kind"]?.stringValue == "tlsrpt",
                let document = TLSOutboxIntake.content(of: "\(folder)/\(stem).json", reportOctetsMax),
                let reportID = value["report_id"]?.stringValue, let domain = value["domain"]?.stringValue,
                let submitter = value["submitter"]?.stringValue, let begin = value["begin"]?.integerValue,
                let fileName = value["file_name"]?.stringValue, let subject = value["subject"]?.stringValue,
                let uris = value["destinations"]?.arrayValue?.compactMap(\.stringValue)
            else { return nil }
            report = BuiltReport(
                kind: .tlsrpt, period: reportID, domain: domain,
                day: TLSReportDay(containing: UnixTime(seconds: begin)),
                reportID: reportID, fileName: fileName + ".gz", subject: subject, submitter: submitter,
                messages: Self.sessions(document), document: ReportPacking.gzip(document),
                documentLength: document.count)
            // RFC 8460 §3: whoever publishes the record says where, and no consent of others is asked for.
            var known: Set<String> = []
            let distinct = uris.filter { known.insert(ReportDestination.identity(of: $0)).inserted }
            destinations = distinct.prefix(destinationsMax).map {
                ReportDestination(requested: $0, uri: $0, permission: .granted, reason: "the domain asks for it")
            }
        }

        /// How many sessions a report is about.
        private static func sessions(_ document: [UInt8]) -> Int {
            let policies = (try? JSONValue(parsing: document))?["policies"]?.arrayValue ?? []
            var sum: Int64 = 0
            for policy in policies {
                for name in ["total-successful-session-count", "total-failure-session-count"] {
                    sum &+= policy["summary"]?[name]?.integerValue ?? 0
                }
            }
            return Int(sum)
        }
    }

    /// Limit: destinations of one report.
    private static let destinationsMax = 10

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func content(of path: String, _ octetsMax: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while content.count <= octetsMax {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return content }
            content += piece[..<count]
        }
        return nil
    }
}
