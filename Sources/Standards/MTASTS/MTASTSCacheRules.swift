/// When policies are asked for again, in seconds. What RFC 8461 suggests, where it says a number.
public struct MTASTSCacheRules: Hashable, Sendable {
    /// The age at which a policy is fetched anew though it is valid: a day (RFC 8461 §3.3). A policy that lives less
    /// than twice that is fetched anew after half its life.
    public var refreshSeconds: Int
    /// How long no fetch is tried after the first failure: five minutes, the least that RFC 8461 §3.3 has. Each
    /// further failure doubles it.
    public var backOffSeconds: Int
    /// What the doubling stops at. RFC 8461 has no number: an hour.
    public var backOffSecondsMax: Int
    /// Failures of one policy's refresh in a row from which on somebody should be told (RFC 8461 §10.2).
    public var warningFailures: Int
    /// Whether a policy that is not served as `text/plain` is used all the same. RFC 8461 §3.2: it SHOULD not.
    public var acceptsAnyMediaType: Bool

    /// The defaults: a day, five minutes, an hour, two failures, plain text alone. A back-off below five minutes is
    /// raised to that.
    public init(
        refreshSeconds: Int = 86_400, backOffSeconds: Int = 300, backOffSecondsMax: Int = 3_600,
        warningFailures: Int = 2, acceptsAnyMediaType: Bool = false
    ) {
        self.refreshSeconds = max(1, refreshSeconds)
        self.backOffSeconds = max(300, backOffSeconds)
        self.backOffSecondsMax = max(self.backOffSeconds, backOffSecondsMax)
        self.warningFailures = max(1, warningFailures)
        self.acceptsAnyMediaType = acceptsAnyMediaType
    }
}

extension MTASTSCacheRules {
    /// How long to wait after this many failures in a row.
    func backOff(failures: Int) -> Int {
        var seconds = backOffSeconds
        var doublings = failures - 1
        while doublings > 0, seconds < backOffSecondsMax {
            seconds = min(backOffSecondsMax, seconds * 2)
            doublings -= 1
        }
        return seconds
    }

    /// The age at which a policy is fetched anew.
    func refreshAge(maxAgeSeconds: Int) -> Int { min(refreshSeconds, max(1, maxAgeSeconds / 2)) }
}
