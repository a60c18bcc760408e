internal import Databases
internal import MailBytes
internal import TLSRPT

/// Statements about reports that both the ledger and the store of reports need.
enum OutgoingRows {
    /// Puts a report in, within a transaction. False where there is one of the same period or identifier.
    static func add(
        _ report: BuiltReport, _ destinations: [ReportDestination], _ due: UnixTime, _ now: UnixTime, by node: String,
        _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> Bool {
        let given = try connection.giveNumbers(1, for: "outgoing_reports")
        let values: [DatabaseValue] = [
            .text(report.kind.rawValue), .integer(report.day.number), .text(report.period), .text(report.domain),
            .text(report.reportID), .text(report.fileName), .text(report.subject), .text(report.submitter),
            .integer(Int64(report.messages)), .blob(report.document), .integer(Int64(report.documentLength)),
            .integer(now.seconds), .text(node),
        ]
        let (column, place) = given == nil ? ("", "") : ("id, ", "?, ")
        let changed = try connection.run(
            """
            INSERT INTO outgoing_reports(\(column)kind, day, period, domain, report_id, file_name, subject, submitter,
            messages, document, length, made, node) VALUES(\(place)?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """, (given.map { [.integer($0)] } ?? []) + values)
        guard changed == 1 else { return false }
        let id = try connection.number("SELECT id FROM outgoing_reports WHERE report_id = ?", [.text(report.reportID)])
        guard let id else { throw DatabaseError(.failed, "a report that was put in is not there") }
        try connection.insert(
            """
            INSERT INTO outgoing_deliveries(report, place, requested, uri, state, reason, due, failures, owner, lease,
            ended)
            """,
            destinations.enumerated().map { place, destination in
                let state: OutgoingDelivery.State =
                    switch destination.permission {
                    case .granted: .waiting
                    case .refused: .refused
                    case .unknown: .unverified
                    }
                return [
                    .integer(id), .integer(Int64(place)), .text(destination.requested), .text(destination.uri),
                    .text(state.rawValue), .text(destination.reason), .integer(due.seconds), .integer(0), .text(""),
                    .integer(0), state == .refused ? .integer(now.seconds) : .null,
                ]
            })
        return true
    }

    /// Adds deliveries of a report to further places than the one that it was to go to.
    ///
    /// - Parameter last: the highest number among the report's destinations.
    static func add(
        _ uris: [String], like delivery: OutgoingDelivery, behind last: Int64, _ reason: String,
        _ connection: any DatabaseConnection
    ) throws(DatabaseError) {
        try connection.insert(
            """
            INSERT INTO outgoing_deliveries(report, place, requested, uri, state, reason, due, failures, owner, lease,
            ended)
            """,
            uris.enumerated().map { index, uri in
                [
                    .integer(delivery.report), .integer(last + 1 + Int64(index)), .text(delivery.requested), .text(uri),
                    .text(OutgoingDelivery.State.waiting.rawValue), .text(reason), .integer(delivery.due.seconds),
                    .integer(0), .text(""), .integer(0), .null,
                ]
            })
    }

    static let deliveryColumns = "report, place, requested, uri, state, reason, due, failures, ended, owner"

    static func delivery(_ row: DatabaseRow) -> OutgoingDelivery {
        OutgoingDelivery(
            report: row.integer(0), place: Int(row.integer(1)), requested: row.text(2), uri: row.text(3),
            state: OutgoingDelivery.State(rawValue: row.text(4)) ?? .failed, reason: row.text(5),
            due: UnixTime(seconds: row.integer(6)), failures: Int(row.integer(7)),
            ended: row.integerOrNil(8).map { UnixTime(seconds: $0) }, owner: row.text(9))
    }
}
