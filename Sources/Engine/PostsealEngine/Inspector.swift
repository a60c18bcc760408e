public import DKIM
public import DMARC
public import DNS
internal import MailFormat
public import SPF

/// What the inspection may do, and how much.
public struct InspectionOptions: Sendable {
    public var spf: SPFLimits
    public var dkim: DKIMOptions
    /// The name that this receiver calls itself in SPF explanations (`%{r}`).
    public var receivingHost: String
    public var dmarc: DMARCLimits
    /// Whether the client's host name is looked for (``IPRevCheck``).
    public var checksHostName: Bool
    /// Whether the outcomes carry their traces.
    public var tracing: Bool

    public init(
        spf: SPFLimits = SPFLimits(), dkim: DKIMOptions = DKIMOptions(), dmarc: DMARCLimits = DMARCLimits(),
        receivingHost: String = "unknown", checksHostName: Bool = false, tracing: Bool = false
    ) {
        self.spf = spf
        self.dkim = dkim
        self.dmarc = dmarc
        self.receivingHost = receivingHost
        self.checksHostName = checksHostName
        self.tracing = tracing
    }
}

/// What inspections share: parsed SPF records and DKIM keys.
public struct InspectionCaches: Sendable {
    public var records: SPFRecordCache?
    public var keys: DKIMKeyCache?

    /// Shares nothing, unless told what.
    public init(records: SPFRecordCache? = nil, keys: DKIMKeyCache? = nil) {
        self.records = records
        self.keys = keys
    }
}

/// Runs every check on a message and gathers what they find.
///
/// Decides nothing; see ``DecisionPolicy``. The budget of DNS questions and time is the resolver's: pass one
/// resolver with a budget for each message, or two, so that DMARC has one of its own
/// (see ``GuardedMessage/finish(resolver:policyResolver:)``).
public struct Inspector<R: Resolver>: Sendable {
    /// Who answers for all checks; it holds the budget of the message.
    public let resolver: R
    private let policyResolver: R
    public let options: InspectionOptions
    private let caches: InspectionCaches

    /// - Parameters:
    ///   - policyResolver: who answers for DMARC; nil for the same as for everything else.
    ///   - records: parsed SPF records to share between messages.
    ///   - keys: parsed DKIM keys to share between messages.
    public init(
        resolver: R, policyResolver: R? = nil, options: InspectionOptions = InspectionOptions(),
        records: SPFRecordCache? = nil, keys: DKIMKeyCache? = nil
    ) {
        self.resolver = resolver
        self.policyResolver = policyResolver ?? resolver
        self.options = options
        caches = InspectionCaches(records: records, keys: keys)
    }

    /// All checks, side by side where they wait for DNS.
    public func inspect(_ transaction: MailTransaction) async -> Findings {
        var inspection = MessageInspection(transaction, options: options)
        if inspection.needsBody { inspection.update(transaction.message.bodyBytes) }
        return await inspection.finish(resolver: resolver, policyResolver: policyResolver, caches: caches)
    }
}
