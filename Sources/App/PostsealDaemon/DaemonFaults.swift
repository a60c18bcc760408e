internal import Synchronization

/// What does not work although mail goes on: reports that can't be stored or sent, for instance. Whoever meets a fault
/// says so here, and takes it back once it is over.
final class DaemonFaults: Sendable {
    /// What a fault is of: there is one of each at most.
    enum Place: Hashable, Comparable, Sendable {
        /// Reports that come in are not stored.
        case receivedReports
        /// What is old can't be removed from the store.
        case oldReports
        /// A folder that is looked through can't be read.
        case folder(String)
        /// Verdicts that our own reports are made of are not written.
        case verdicts
        /// Our own reports are not made or looked after.
        case sending
        /// Our own reports that failed wait for another attempt.
        case waitingReports
    }

    struct Fault: Hashable, Sendable {
        /// A clause.
        var text: String
        /// What others said about it, for people who may see it; nil if nothing.
        var detail: String?

        /// All of it.
        var description: String { detail.map { "\(text): \($0)" } ?? text }
    }

    private let faults = Mutex<[Place: Fault]>([:])

    subscript(place: Place) -> Fault? {
        get { faults.withLock { $0[place] } }
        set { faults.withLock { $0[place] = newValue } }
    }

    /// All of them, in an order that stays.
    var all: [Fault] { faults.withLock { faults in faults.sorted { $0.key < $1.key }.map(\.value) } }

    /// Forgets folders that are not looked through any more.
    func keepFolders(_ folders: [String]) {
        faults.withLock { faults in
            faults = faults.filter { place, _ in
                if case .folder(let folder) = place { folders.contains(folder) } else { true }
            }
        }
    }
}
