public import Databases
public import MailBytes
public import TLSRPT

/// The reports that we send: what waits, what was sent, and everything about it.
public protocol OutgoingReports: Sendable {
    /// Takes a report in with its destinations. One that is there already, by its period or identifier, changes
    /// nothing.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    func add(
        _ report: BuiltReport, to destinations: [ReportDestination], due: UnixTime, at now: UnixTime, by node: String
    ) async throws(DatabaseError) -> Bool

    /// Takes the next delivery that is due, and notes that an attempt begins. One whose last attempt has no end,
    /// because its node is gone, is taken again.
    ///
    /// - Parameter lease: for so many seconds it is nobody else's, by the clock of the place where reports are kept.
    func claim(by node: String, at now: UnixTime, lease: Int64) async throws(DatabaseError) -> OutgoingDelivery?

    /// Lets a lease last for so many seconds from now on.
    ///
    /// - Returns: false where it was over and somebody else has the delivery, or it has ended.
    func renew(_ delivery: OutgoingDelivery, lease: Int64) async throws(DatabaseError) -> Bool

    /// Notes what became of an attempt.
    ///
    /// - Returns: false where the lease was over and somebody else has it.
    @discardableResult
    func end(
        _ delivery: OutgoingDelivery, _ ending: OutgoingDelivery.Ending, at now: UnixTime
    ) async throws(DatabaseError) -> Bool

    /// Reports without their documents, the newest first.
    func reports(_ query: OutgoingQuery) async throws(DatabaseError) -> [OutgoingReport]

    /// One report by its number; nil if there is none.
    func report(_ id: Int64) async throws(DatabaseError) -> OutgoingReport?

    /// A report and the attempts to send it, as both were at one moment; nil if there is none.
    func history(of id: Int64) async throws(DatabaseError) -> OutgoingHistory?

    /// The document of a report as it was sent, packed; nil if there is none.
    func document(of id: Int64) async throws(DatabaseError) -> [UInt8]?

    /// How many deliveries are in each state.
    func deliveries() async throws(DatabaseError) -> [OutgoingDelivery.State: Int]

    /// The reports of which a delivery failed and is tried again, except where DNS does not say whether it is wanted;
    /// nil if there are none.
    func waitingFailures() async throws(DatabaseError) -> WaitingFailures?

    /// Forgets reports of days before this one, those that wait excepted.
    func forget(before day: TLSReportDay) async throws(DatabaseError)
}

/// Reports that did not get everywhere, and are tried again.
public struct WaitingFailures: Hashable, Sendable {
    /// How many reports; one that waits for several destinations is one.
    public var count: Int
    /// What came of the newest attempt at any of them.
    public var answer: String
}

/// Which reports are asked for; nil leaves it open.
public struct OutgoingQuery: Hashable, Sendable {
    /// About this domain.
    public var domain: String?
    public var kind: OutgoingReportKind?
    /// Reports with a delivery in this state.
    public var state: OutgoingDelivery.State?
    /// Of this day and later ones.
    public var since: TLSReportDay?
    /// Of this day and earlier ones.
    public var until: TLSReportDay?
    /// With this identifier.
    public var reportID: String?
    /// How many at most.
    public var count = 100
    /// Passes so many over.
    public var offset = 0

    public init() {}
}

/// A report of ours.
public struct OutgoingReport: Hashable, Sendable {
    /// Its number.
    public var id: Int64
    public var kind: OutgoingReportKind
    /// The day, in UTC.
    public var day: TLSReportDay
    /// The domain that it is about.
    public var domain: String
    /// What tells it from all other reports of ours.
    public var reportID: String
    /// What it is called where it arrives.
    public var fileName: String
    /// Of its mail.
    public var subject: String
    /// The domain that submits.
    public var submitter: String
    /// How many messages or sessions it is about.
    public var messages: Int
    /// Octets of the document, packed and unpacked.
    public var packedLength: Int
    /// See ``packedLength``.
    public var length: Int
    /// When it was made.
    public var made: UnixTime
    /// By which node.
    public var node: String
    /// Where it goes.
    public var deliveries: [OutgoingDelivery]

    /// The state of the whole: what still has to be done, or the best that there is.
    public var state: OutgoingDelivery.State {
        let states = deliveries.map(\.state)
        return [.sending, .waiting, .unverified, .sent, .failed].first(where: states.contains) ?? .refused
    }
}

/// A report and what was done to send it.
public struct OutgoingHistory: Hashable, Sendable {
    public var report: OutgoingReport
    /// In the order in which they began.
    public var attempts: [OutgoingAttempt]
}

/// A report on its way to one destination.
public struct OutgoingDelivery: Hashable, Sendable {
    /// How far it is.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It waits for its time.
        case waiting
        /// DNS did not say yet whether the destination wants it.
        case unverified
        /// An attempt has begun, and not ended as far as anybody knows.
        case sending
        /// The server has taken it.
        case sent
        /// It is given up.
        case failed
        /// The destination must not get it.
        case refused
    }

    /// How an attempt ends.
    public enum Ending: Hashable, Sendable {
        case sent(answer: String)
        /// For good.
        case failed(answer: String)
        /// Tried again; the number of failures grows.
        case retry(at: UnixTime, answer: String)
        /// The destination was looked at: it wants the report, at these URIs, of which there is at least one. Where
        /// another delivery of the report goes already there is none a second time.
        case verified(uris: [String], reason: String)
        /// It must not get it.
        case refused(reason: String)
        /// DNS did not say.
        case unverified(until: UnixTime, reason: String)
    }

    /// The report's number.
    public var report: Int64
    /// The number among its destinations, from 0.
    public var place: Int
    /// The URI that the domain asks for.
    public var requested: String
    /// The URI that it goes to.
    public var uri: String
    public var state: State
    /// Why it may go there, or what came of it last.
    public var reason: String
    /// When it is tried next.
    public var due: UnixTime
    /// How often it failed.
    public var failures: Int
    /// When it came to its end.
    public var ended: UnixTime?
    /// Whoever has it now: another word with each claim.
    public var owner: String
    /// The number of the attempt that has begun with the claim.
    public var attempt = 0
}

/// An attempt to send.
public struct OutgoingAttempt: Hashable, Sendable {
    /// Of which destination.
    public var place: Int
    /// From 1.
    public var number: Int
    /// Who tried.
    public var node: String
    /// When it began.
    public var began: UnixTime
    /// Nil while it goes on, and where its node was gone before its end.
    public var ended: UnixTime?
    /// `sent`, `failed`, `retry`, `verified`, `refused`, `unverified`; empty while it goes on.
    public var outcome: String
    /// What the server said, or we.
    public var answer: String
}
