/// What became of a verdict that is counted for reports.
public enum VerdictCountLabel: String, MetricLabel {
    case counted
    /// With less to tell it apart by, for there was too much of its domain.
    case simplified
    /// Not at all, for there was too much.
    case omitted
    /// For a later day than its own, which was closed.
    case moved
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}

/// A kind of report that we send.
public enum SentReportLabel: String, MetricLabel {
    case aggregate = "dmarc-aggregate"
    case failure = "dmarc-failure"
    case tls = "tlsrpt"
    /// `kind`
    public static var labelName: StaticString { "kind" }
}

/// What became of a report that we send, or of an attempt to send it.
public enum SendingLabel: String, MetricLabel {
    case built, sent, retried, failed, refused, unwanted
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}

/// How far a delivery of a report of ours is.
public enum DeliveryStateLabel: String, MetricLabel {
    case waiting, unverified, sending
    /// `state`
    public static var labelName: StaticString { "state" }
}
