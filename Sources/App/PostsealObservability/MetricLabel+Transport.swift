/// What protects mail to a domain.
public enum TransportPolicyLabel: String, MetricLabel {
    case dane, sts, opportunistic
    /// There is no server to send to.
    case none
    /// `policy`
    public static var labelName: StaticString { "policy" }
}

/// What became of a session of the relay with a server.
public enum RelaySessionLabel: String, MetricLabel {
    case opened
    /// A message went over a session that was there.
    case reused
    /// The server did not hold to its policy.
    case refused
    case unreachable
    /// `session`
    public static var labelName: StaticString { "session" }
}

/// How far DNSSEC works from here.
public enum DNSSECLabel: String, MetricLabel {
    case works, unavailable, off, unknown
    /// `validation`
    public static var labelName: StaticString { "validation" }
}

/// Who told of a session that is counted for TLS reports.
public enum TLSSessionSourceLabel: String, MetricLabel {
    case relay, postfix
    /// `source`
    public static var labelName: StaticString { "source" }
}

/// How such a session went.
public enum TLSSessionLabel: String, MetricLabel {
    case success, failure
    /// `result`
    public static var labelName: StaticString { "result" }
}

/// How reports came in.
public enum ReportWayLabel: String, MetricLabel {
    /// In a mail that proves to be its sender's, or by an administrator's hand.
    case verified
    /// In a mail that proves nothing.
    case unverified
    /// Over HTTP.
    case posted
    /// `way`
    public static var labelName: StaticString { "way" }
}

/// What became of reports that came in.
public enum ReportFateLabel: String, MetricLabel {
    /// They are stored.
    case new
    /// They were there before.
    case known
    /// Others with the same identifier were there before.
    case conflicting
    /// They were none, or could not be read.
    case refused
    /// They have to come again.
    case deferred
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}

/// What became of the TLS report to a domain.
public enum TLSReportLabel: String, MetricLabel {
    /// It waits in the outbox.
    case built
    /// The domain asks for none.
    case unwanted
    /// The domain could not be looked up for too long.
    case givenUp = "given-up"
    /// Nobody has sent it for too long.
    case removed
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}

/// How a request to the policy hosts ended.
public enum PolicyRequestLabel: String, MetricLabel {
    case found
    case notFound = "not-found"
    /// It was no request for a page.
    case refused
    /// TLS did not come about.
    case noTLS = "no-tls"
    /// It took too long, or had too much in it.
    case cutOff = "cut-off"
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}

/// How the policy that is published compares with the one that is wanted.
public enum PublishedPolicyLabel: String, MetricLabel {
    case asWanted = "as-wanted"
    /// In force, and a server does not hold to it.
    case failing
    /// In the mode `testing` instead of `enforce`.
    case heldBack = "held-back"
    /// The one before it.
    case previous
    /// `state`
    public static var labelName: StaticString { "state" }
}

/// What senders make of a policy host's certificate.
public enum PolicyCertificateLabel: String, MetricLabel {
    case good
    /// It ends within a week.
    case expiring
    case bad
    /// `state`
    public static var labelName: StaticString { "state" }
}

/// Whether DNS leads to the policy that is published.
public enum PolicyRecordLabel: String, MetricLabel {
    case agrees, differs, unknown
    /// `state`
    public static var labelName: StaticString { "state" }
}

/// What a mail server that asked through the socketmap was told.
public enum SocketmapAnswerLabel: String, MetricLabel {
    case found
    case notFound = "not-found"
    case temporary, permanent
    /// `answer`
    public static var labelName: StaticString { "answer" }
}

/// What became of a message that the proxy gave to the server behind.
public enum ProxyDeliveryLabel: String, MetricLabel {
    case delivered, refused, deferred
    /// The connection was lost before the end of the message.
    case lost
    /// The connection was lost behind it.
    case unknowable
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}
