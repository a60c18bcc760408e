internal import Databases

/// Why the store could not do what it was asked for. Nothing of what reports say is in it.
public struct ReportStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failures, which callers tell apart.
    public enum Problem: String, Hashable, Sendable {
        /// There is no such file, or it may not be opened.
        case cannotOpen
        /// Nobody has made a store there yet, and it is only to be read.
        case empty
        /// The file is something else than a store of reports.
        case notAStore
        /// A later version of Postseal made it.
        case newerVersion
        /// Another program kept it locked for longer than is waited.
        case busy
        /// The disk is full.
        case full
        /// The file is damaged.
        case damaged
        /// The server can't be reached, or the connection to it is lost. The next use tries again.
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

    public init(_ problem: Problem, _ detail: String = "") {
        self.problem = problem
        self.detail = detail
    }

    init(_ error: DatabaseError) {
        switch error.problem {
        case .cannotOpen: self.init(.cannotOpen, error.detail)
        case .foreign: self.init(.notAStore)
        case .newerVersion: self.init(.newerVersion)
        case .olderVersion:
            self.init(
                .cannotOpen, "an earlier version made it: start the daemon once, or import ('postseal report import')")
        case .empty: self.init(.empty)
        case .busy: self.init(.busy)
        case .full: self.init(.full)
        case .damaged: self.init(.damaged, error.detail)
        case .disconnected: self.init(.disconnected, error.detail)
        case .failed: self.init(.failed, error.detail)
        }
        isOutcomeUnknown = error.isOutcomeUnknown
    }

    public var description: String {
        let clause =
            switch problem {
            case .cannotOpen: "the store of reports can't be opened"
            case .empty: "there is no store of reports yet"
            case .notAStore: "it is no store of reports"
            case .newerVersion: "the store of reports was made by a later version"
            case .busy: "another program keeps the store of reports locked"
            case .full: "the disk is full"
            case .damaged: "the store of reports is damaged"
            case .disconnected: "the store of reports can't be reached"
            case .failed: "the store of reports failed"
            }
        return detail.isEmpty ? clause : "\(clause): \(detail)"
    }
}
