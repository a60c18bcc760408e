public import MailBytes
public import MailNames

/// What a cache knows of one domain: the policy last fetched, and how the last fetch failed if it did.
///
/// A value without a clock: every question says at what time it is asked, and an update gives another value. Who keeps
/// entries asks ``step(for:at:rules:)`` when mail goes to the domain and in the background, fetches if that says so,
/// and keeps what ``updated(with:for:at:rules:)`` gives.
public struct MTASTSCacheEntry: Hashable, Sendable {
    /// A policy that was fetched.
    public struct Fetched: Hashable, Sendable {
        public var policy: MTASTSPolicy
        /// The `id` of the record that led to it.
        public var id: String
        /// When it came, the last time it came.
        public var fetchedAt: UnixTime

        public init(policy: MTASTSPolicy, id: String, fetchedAt: UnixTime) {
            self.policy = policy
            self.id = id
            self.fetchedAt = fetchedAt
        }

        /// The last moment at which the policy holds.
        public var expiresAt: UnixTime { fetchedAt.adding(seconds: Int64(policy.maxAgeSeconds)) }
    }

    /// A fetch, or several in a row, that gave no policy.
    public struct Failure: Hashable, Sendable {
        /// The `id` for which it was.
        public var id: String
        /// When the last one was.
        public var failedAt: UnixTime
        /// When the first one in the row was.
        public var firstFailedAt: UnixTime
        /// How many in a row, of whatever `id`.
        public var count: Int
        /// How many in a row of this `id`, which the back-off goes by.
        public var countForID: Int
        /// What RFC 8460 calls the last one.
        public var kind: MTASTSFetchFailure.Kind
        /// What happened the last time, as a clause.
        public var reason: String

        public init(
            id: String, failedAt: UnixTime, firstFailedAt: UnixTime, count: Int, countForID: Int,
            kind: MTASTSFetchFailure.Kind, reason: String
        ) {
            self.id = id
            self.failedAt = failedAt
            self.firstFailedAt = firstFailedAt
            self.count = count
            self.countForID = countForID
            self.kind = kind
            self.reason = reason
        }
    }

    /// The policy domain.
    public let domain: DomainName
    /// The policy that came last, valid or not.
    public var fetched: Fetched?
    /// Nil if the last fetch went well, or there was none.
    public var failure: Failure?

    public init(domain: DomainName, fetched: Fetched? = nil, failure: Failure? = nil) {
        self.domain = domain
        self.fetched = fetched
        self.failure = failure
    }
}

/// What to do for a domain now.
public enum MTASTSCacheStep: Hashable, Sendable {
    /// Nothing: what is in the cache holds, or there is nothing to hold.
    case rest
    /// Fetch the policy, for this `id`.
    case fetch(id: String, MTASTSFetchReason)
    /// A fetch is due, but the last one failed too short a time ago.
    case wait(until: UnixTime)
}

/// Why a policy is fetched.
public enum MTASTSFetchReason: String, Hashable, Sendable, CaseIterable {
    /// None is known.
    case first
    /// The one that is known holds no more.
    case expired
    /// The record has another `id` than the policy that is known.
    case newID = "new-id"
    /// It holds, and is old enough to be asked for again ahead of its end.
    case refresh
}
