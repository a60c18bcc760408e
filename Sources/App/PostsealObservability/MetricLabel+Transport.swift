/// What protects mail to a domain.
public enum TransportPolicyLabel: String, MetricLabel {
    case dane, sts, opportunistic
    /// There is no server to send to.
    case none
    /// `policy`
    public static var labelName: StaticString { "policy" }
}

/// What a mail server that asked through the socketmap was told.
public enum SocketmapAnswerLabel: String, MetricLabel {
    case found
    case notFound = "not-found"
    case temporary, permanent
    /// `answer`
    public static var labelName: StaticString { "answer" }
}
