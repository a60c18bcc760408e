public import Databases
public import MailBytes
public import TLSRPT

/// Where counts are kept until they are in reports.
public protocol VerdictLedger: Sendable {
    /// Writes a batch, once: one that is written already changes nothing. What is counted for a day that is closed
    /// counts for the day of `now`, or the first one after it that is not closed.
    func write(_ batch: VerdictBatch, at now: UnixTime) async throws(DatabaseError) -> VerdictWriting

    /// The earlier one of this time and that of the clock where counts are kept: by one clock that is ahead nothing is
    /// closed, or forgotten.
    func time(_ now: UnixTime) async throws(DatabaseError) -> UnixTime

    /// Looks at the clock by which things are done and forgotten, which may be wrong: nothing may be by one that is not
    /// believed, nor by one that is far ahead of a database elsewhere, whose own is.
    ///
    /// - Returns: nil where it is believed; else when it was believed last.
    func doubt(of time: UnixTime) async throws(DatabaseError) -> UnixTime?

    /// Closes days that are over by both clocks: nothing is added to them any more, and their reports are due.
    ///
    /// - Returns: what was closed just now.
    func close(_ schedule: SendingSchedule, at now: UnixTime) async throws(DatabaseError) -> [TLSReportDay]

    /// What is counted of a domain on a day.
    func counts(of domain: String, on day: TLSReportDay) async throws(DatabaseError) -> [VerdictCount]

    /// Domains of which there is anything on a day, with the number of messages.
    func domains(on day: TLSReportDay) async throws(DatabaseError) -> [(domain: String, messages: Int)]

    /// Takes the next report that is due to be made.
    ///
    /// - Parameter lease: for so many seconds it is nobody else's, by the clock of the place where counts are kept.
    func claimPeriod(by node: String, at now: UnixTime, lease: Int64) async throws(DatabaseError) -> ReportPeriod?

    /// Lets a lease last for so many seconds from now on.
    ///
    /// - Returns: false where it was over and somebody else has the period, or it has ended.
    func renew(_ period: ReportPeriod, lease: Int64) async throws(DatabaseError) -> Bool

    /// Puts a period off that failed just now.
    func retry(
        _ period: ReportPeriod, at due: UnixTime, reason: String, now: UnixTime
    ) async throws(DatabaseError)

    /// Ends a period with its reports and where they are to go, at once: nobody makes them again.
    ///
    /// - Returns: false where the lease is over and somebody else has done it; nothing is changed then.
    @discardableResult
    func finish(
        _ period: ReportPeriod, _ ending: ReportPeriod.Ending, at now: UnixTime
    ) async throws(DatabaseError) -> Bool

    /// Forgets counts that are in reports, of days before this one.
    func forgetCounts(before day: TLSReportDay) async throws(DatabaseError)
}

/// What became of a batch.
public enum VerdictWriting: Hashable, Sendable {
    /// It is written; so many messages counted for a later day than their own.
    case written(moved: Int)
    /// It was written before.
    case known
}

/// The reports of one domain and day, which one node is to make.
public struct ReportPeriod: Hashable, Sendable {
    public var day: TLSReportDay
    /// Whose policy the reports are about.
    public var domain: String
    /// How often it failed.
    public var failures: Int
    /// When it failed first; nil where it did not.
    public var firstFailure: UnixTime?
    /// The name of the node that has it.
    public var node: String
    /// Whoever has it: another word with each claim.
    public var owner: String

    /// How a period ends.
    public enum Ending: Hashable, Sendable {
        /// With these reports, each with its destinations and the moment when they are due.
        case reports([BuiltReport], [ReportDestination], due: UnixTime)
        /// Nobody wants a report.
        case unwanted(reason: String)
        /// It could not be found out, or made.
        case failed(reason: String)

        /// As it is kept.
        var state: String {
            switch self {
            case .reports: "done"
            case .unwanted: "unwanted"
            case .failed: "failed"
            }
        }

        var reason: String {
            switch self {
            case .reports: ""
            case .unwanted(let reason), .failed(let reason): reason
            }
        }
    }
}
