/// Why a database did not do what it was asked for. No value of a statement, and no password, is in it.
public struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failures, which callers tell apart.
    public enum Problem: String, Hashable, Sendable {
        /// There is no such file, or it may not be opened, or not be written.
        case cannotOpen
        /// It is something else than a database of ours.
        case foreign
        /// A later version of Postseal made it.
        case newerVersion
        /// An earlier version made it, and it is only to be read.
        case olderVersion
        /// There is nothing of ours in it yet, and it is only to be read.
        case empty
        /// Others kept it locked for longer than is waited.
        case busy
        /// The disk is full.
        case full
        /// The file, or the server's, is damaged.
        case damaged
        /// The server can't be reached, or the connection to it is lost. The next use opens it again.
        case disconnected
        /// Anything else.
        case failed
    }

    public var problem: Problem
    /// What the database, or the system, says about it; empty if nothing.
    public var detail: String
    /// Whether it may have been done all the same: the connection was lost after it was asked for and before the
    /// answer.
    public var isOutcomeUnknown = false
    /// Whether the transaction failed only because of what others did at the same time.
    var isWorthAnotherTry = false

    public init(_ problem: Problem, _ detail: String = "") {
        self.problem = problem
        self.detail = detail
    }

    public var description: String {
        let clause =
            switch problem {
            case .cannotOpen: "the database can't be opened"
            case .foreign: "it is no database of Postseal"
            case .newerVersion: "a later version made the database"
            case .olderVersion: "an earlier version made the database, and the daemon brings it up to date at its start"
            case .empty: "there is nothing in the database yet"
            case .busy: "others keep the database locked"
            case .full: "the disk is full"
            case .damaged: "the database is damaged"
            case .disconnected: "the database can't be reached"
            case .failed: "the database failed"
            }
        return detail.isEmpty ? clause : "\(clause): \(detail)"
    }
}
