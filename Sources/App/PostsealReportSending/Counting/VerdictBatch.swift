/// Counts that are written together, once: run and number tell a batch from all others, so that one whose end nobody
/// heard of can be written again.
public struct VerdictBatch: Hashable, Sendable {
    /// The node's name, for people.
    public var node: String
    /// This run of the daemon: no other has the same.
    public var run: String
    /// The batch's number within the run; they are written in turn.
    public var sequence: Int64
    /// What was counted.
    public var counts: [VerdictCount]

    public init(node: String, run: String, sequence: Int64, counts: [VerdictCount]) {
        self.node = node
        self.run = run
        self.sequence = sequence
        self.counts = counts
    }

    /// How many messages there are in it.
    public var messages: Int { counts.reduce(0) { $0 + $1.messages } }
}

/// How much counting bears.
public struct VerdictCounterLimits: Hashable, Sendable {
    /// Different rows that wait to be written: a few hundred octets each. The database is away for a minute, and a
    /// thousand messages come in a second, each of its own kind.
    public var rowsWaitingMax = 100_000
    /// Different rows of a domain and day from this node; with as many more that are simplified
    /// (``CountedVerdict/simplified``). RFC 9990 has no limit; a report of as many has some 30 MB, and
    /// 1 MB when it is packed. What a sender can choose anew for each message is left out above.
    public var rowsOfDomainMax = 20_000
    /// Rows of all domains of the newest days that are remembered for that.
    public var rowsKnownMax = 1_000_000

    public init() {}
}
