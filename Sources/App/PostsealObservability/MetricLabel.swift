/// What may label a metric: one of a list that is known when the program is built.
///
/// There is no way to label by a text, and so none by a domain or an address: what mail and clients send cannot add
/// time series. Every combination is there from the start, with 0.
public protocol MetricLabel: CaseIterable, Equatable, Sendable, RawRepresentable<String> {
    /// The name of the label, as Prometheus wants it: `[a-z_]+`.
    static var labelName: StaticString { get }
}

/// Stands for a label that is not there.
public enum NoLabel: String, MetricLabel {
    case none = ""
    /// Empty: nothing is printed.
    public static var labelName: StaticString { "" }
}

/// Which way a message goes.
public enum MessageDirection: String, MetricLabel {
    /// From elsewhere: checked.
    case incoming
    /// Ours: signed.
    case outgoing
    /// Handed in over HTTP: judged, and nothing done.
    case http
    /// `direction`
    public static var labelName: StaticString { "direction" }
}

/// What became of a message.
public enum MessageDisposition: String, MetricLabel {
    case accept, tag, quarantine, reject, tempfail
    /// The mail server gave the message up before it was judged.
    case aborted
    /// `disposition`
    public static var labelName: StaticString { "disposition" }
}

/// A method of RFC 8601 that Postseal evaluates.
public enum VerdictMethod: String, MetricLabel {
    case spf, dkim, dmarc, arc, iprev
    /// `method`
    public static var labelName: StaticString { "method" }

    /// The results that RFC 8601 §2.7 has for the method.
    var results: [VerdictResult] {
        switch self {
        case .spf: [.none, .neutral, .pass, .fail, .softfail, .policy, .temperror, .permerror]
        case .dkim: [.none, .neutral, .pass, .fail, .policy, .temperror, .permerror]
        case .dmarc: [.none, .pass, .fail, .temperror, .permerror]
        case .arc: [.none, .pass, .fail]
        case .iprev: [.pass, .fail, .temperror, .permerror]
        }
    }
}

/// A result, in the words of RFC 8601 §2.7.
public enum VerdictResult: String, MetricLabel {
    case none, neutral, pass, fail, softfail, policy, temperror, permerror
    /// `result`
    public static var labelName: StaticString { "result" }
}

/// Why a message could not be judged.
public enum CheckFailure: String, MetricLabel {
    case dns, overload
    case internalError = "internal"
    /// `cause`
    public static var labelName: StaticString { "cause" }
}

/// What a signature is for.
public enum SignatureKind: String, MetricLabel {
    case dkim, arc
    /// `kind`
    public static var labelName: StaticString { "kind" }
}

/// The algorithm of a signature or key.
public enum SignatureAlgorithm: String, MetricLabel {
    case rsa = "rsa-sha256"
    case ed25519 = "ed25519-sha256"
    /// `algorithm`
    public static var labelName: StaticString { "algorithm" }
}

/// Why a message that should have been signed or sealed was not.
public enum SigningRefusal: String, MetricLabel {
    /// The domain publishes no record for the key.
    case notPublished = "not_published"
    /// The domain publishes another key.
    case mismatch
    /// Whether the key is published could not be told.
    case dns
    /// The message cannot be signed so that it means something, having no From field or several, or so that the
    /// signature survives; or its ARC chain is closed.
    case message
    case internalError = "internal"
    /// `reason`
    public static var labelName: StaticString { "reason" }
}

/// What is known of a signing key.
public enum SigningKeyState: String, MetricLabel {
    case usable
    case notPublished = "not_published"
    case mismatch
    /// Not looked for yet, or DNS did not answer.
    case unknown
    /// `state`
    public static var labelName: StaticString { "state" }
}

/// How a look-up ended.
public enum LookupOutcome: String, MetricLabel {
    case answered
    /// No such name, or no such record.
    case negative
    /// The servers failed or refused.
    case failed
    case timeout
    /// DNSSEC proves the answer forged, or cannot be proved where it must.
    case bogus
    /// Not asked: the message had used up its questions or its time.
    case budget
    /// `outcome`
    public static var labelName: StaticString { "outcome" }
}

/// Whether something worked.
public enum Success: String, MetricLabel {
    case success, failure
    /// `result`
    public static var labelName: StaticString { "result" }
}

/// What of the HTTP interface was asked for.
public enum HTTPRouteLabel: String, MetricLabel {
    case verify, reports, metrics, health, description, index
    /// Nothing that is there.
    case other
    /// `route`
    public static var labelName: StaticString { "route" }
}

/// The class of an HTTP status.
public enum HTTPStatusLabel: String, MetricLabel {
    case good = "2xx"
    case refused = "4xx"
    case failed = "5xx"
    /// `status`
    public static var labelName: StaticString { "status" }

    /// The class of a status; what is neither 4xx nor 5xx counts as good.
    public init(status: Int) {
        self = status >= 500 ? .failed : status >= 400 ? .refused : .good
    }
}
