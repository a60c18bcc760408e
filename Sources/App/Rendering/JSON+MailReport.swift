public import MailBytes
internal import MailNames
public import MailReports
internal import TLSRPT

extension ReportFinding {
    /// The object of `postseal report read`: `kind`, `report_id`, `organization`, `email`, `begin`, `end`, `quirks`,
    /// then what the kind has; or `error`, `reason`, `line`, `column` where it is no report. `part` is where it was.
    public var normalizedJSON: JSONValue {
        let part = JSONMember("part", path.isEmpty ? .null : .array(path.map { .string($0) }))
        switch outcome {
        case .success(let report): return .object([part] + report.members(quirks: quirks))
        case .failure(let error):
            var members = [
                part, JSONMember("error", .string(error.description)), JSONMember("reason", .string(error.word)),
            ]
            if let (line, column) = error.place {
                members += [JSONMember("line", JSONValue(line)), JSONMember("column", JSONValue(column))]
            }
            return .object(members)
        }
    }
}

extension MailReportError {
    /// Line and column, from 1, where the reason has a place.
    var place: (line: Int, column: Int)? {
        switch self {
        case .aggregate(let error): return (error.line, error.column)
        case .tls(let error):
            guard let line = error.line, let column = error.column else { return nil }
            return (line, column)
        case .container, .failure: return nil
        }
    }
}

extension MailReport {
    fileprivate func members(quirks: [String]) -> [JSONMember] {
        let quirks = JSONMember("quirks", .array(quirks.map { .string($0) }))
        switch self {
        case .aggregate(let report):
            return head(
                report.reportID, report.organizationName, report.email, report.begin, report.end) + [quirks]
                + report.members
        case .failure(let report):
            return head(
                report.sender?.messageID, report.reportingHost ?? report.sender?.domain?.text,
                report.sender?.address, report.arrivalDate, report.arrivalDate) + [quirks] + report.members
        case .tls(let report):
            return head(report.reportID, report.organizationName, report.contactInfo, report.begin, report.end)
                + [quirks, JSONMember("policies", .array(report.policies.map(\.normalizedJSON)))]
        }
    }

    private func head(
        _ id: String?, _ organization: String?, _ email: String?, _ begin: UnixTime?, _ end: UnixTime?
    ) -> [JSONMember] {
        func seconds(_ time: UnixTime?) -> JSONValue { time.map { .integer($0.seconds) } ?? .null }
        return [
            JSONMember("kind", .string(kind)), JSONMember("report_id", JSONValue(id)),
            JSONMember("organization", JSONValue(organization)), JSONMember("email", JSONValue(email)),
            JSONMember("begin", seconds(begin)), JSONMember("end", seconds(end)),
        ]
    }
}
