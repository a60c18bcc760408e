public import MTASTS
public import MailBytes
public import MailNames

/// What is known of a domain's MTA-STS policy at a moment.
public struct STSState: Hashable, Sendable {
    /// What DNS says; nil if it was not asked.
    public var finding: MTASTSRecordFinding?
    /// What the cache has, after this moment's fetch if there was one.
    public var entry: MTASTSCacheEntry?
    /// The policy in force; nil if there is none, or its mode is `none`.
    public var active: MTASTSCacheEntry.Fetched?
    /// Whether a policy was fetched just now.
    public var wasFetched = false
    /// Since when nobody can tell whether there is a policy: DNS fails, and none is kept. Nil where it is known.
    public var unknownSince: UnixTime?

    public init(finding: MTASTSRecordFinding? = nil, entry: MTASTSCacheEntry? = nil) {
        self.finding = finding
        self.entry = entry
    }

    /// Nothing is known, because nobody asks.
    public static let off = STSState()
}

/// Keeps what was learnt of MTA-STS policies, over restarts if it can: a policy is worth most to those who know it
/// already (RFC 8461 §10.2).
public protocol MTASTSStore: Sendable {
    /// What is known of a domain.
    func entry(for domain: DomainName) async -> MTASTSCacheEntry?
    /// Keeps an entry in the place of the one that there is. Failures to write are the store's own to report.
    func keep(_ entry: MTASTSCacheEntry) async
}

/// A store that forgets everything when the program ends; for one-off questions and tests.
public actor MTASTSMemory: MTASTSStore {
    private var entries: [DomainName: MTASTSCacheEntry] = [:]

    /// A store that begins with these.
    public init(_ entries: [MTASTSCacheEntry] = []) {
        for entry in entries { self.entries[entry.domain] = entry }
    }

    /// What is known of a domain.
    public func entry(for domain: DomainName) -> MTASTSCacheEntry? { entries[domain] }

    /// Keeps an entry.
    public func keep(_ entry: MTASTSCacheEntry) { entries[entry.domain] = entry }
}
