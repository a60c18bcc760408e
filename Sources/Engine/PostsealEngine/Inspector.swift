public import ARC
public import DKIM
public import DMARC
public import DNS
public import MailFormat
internal import MailNames
public import SPF

/// What the inspection may do, and how much.
public struct InspectionOptions: Sendable {
    public var spf: SPFLimits
    public var dkim: DKIMOptions
    /// The name that this receiver calls itself in SPF explanations (`%{r}`).
    public var receivingHost: String
    /// Author domains that are evaluated at most: RFC 9989 §11.5 warns of messages that name many.
    public var authorDomainsMax: Int
    /// Whether the outcomes carry their traces.
    public var tracing: Bool

    public init(
        spf: SPFLimits = SPFLimits(), dkim: DKIMOptions = DKIMOptions(), receivingHost: String = "unknown",
        authorDomainsMax: Int = 8, tracing: Bool = false
    ) {
        self.spf = spf
        self.dkim = dkim
        self.receivingHost = receivingHost
        self.authorDomainsMax = authorDomainsMax
        self.tracing = tracing
    }
}

/// Runs every check on a message and gathers what they find.
///
/// Decides nothing; see ``DecisionPolicy``. The budget of DNS questions and time is the resolver's: pass one
/// resolver with a budget for each message.
public struct Inspector<R: Resolver>: Sendable {
    public let resolver: R
    public let options: InspectionOptions
    private let records: SPFRecordCache?
    private let keys: DKIMKeyCache?

    /// - Parameters:
    ///   - records: parsed SPF records to share between messages.
    ///   - keys: parsed DKIM keys to share between messages.
    public init(
        resolver: R, options: InspectionOptions = InspectionOptions(), records: SPFRecordCache? = nil,
        keys: DKIMKeyCache? = nil
    ) {
        self.resolver = resolver
        self.options = options
        self.records = records
        self.keys = keys
    }

    /// All checks, side by side where they wait for DNS.
    public func inspect(_ transaction: MailTransaction) async -> Findings {
        let authors = AuthorField.read(transaction.message)
        async let spfOutcome = checkSPF(transaction)
        async let arcOutcome = ARCVerifier(resolver: resolver, options: options.dkim, cache: keys)
            .verify(transaction.message, at: transaction.receivedAt, tracing: options.tracing)
        let dkim = await DKIMVerifier(resolver: resolver, options: options.dkim, cache: keys)
            .verify(transaction.message, at: transaction.receivedAt, tracing: options.tracing)
        let spf = await spfOutcome
        let arc = await arcOutcome
        let (dmarc, obstacle) = await evaluateDMARC(authors: authors, spf: spf, dkim: dkim)
        return Findings(
            authors: authors, spf: spf, dkim: dkim, arc: arc, dmarc: dmarc, dmarcObstacle: obstacle,
            indirectFlow: IndirectFlowSign.signs(
                header: transaction.message.header, authors: authors.domains, dkim: dkim, arc: arc),
            messageDefects: transaction.message.defects)
    }

    private func checkSPF(_ transaction: MailTransaction) async -> SPFOutcome? {
        guard let address = transaction.clientAddress, let mailFrom = transaction.mailFrom ?? heloOnly(transaction)
        else { return nil }
        let request = SPFRequest(
            clientAddress: address, helo: transaction.helo, mailFrom: mailFrom,
            receivingHost: options.receivingHost, at: transaction.receivedAt)
        return await SPFVerifier(resolver: resolver, limits: options.spf, cache: records)
            .checkHost(request, tracing: options.tracing)
    }

    /// Without a known reverse-path only HELO can be checked, and only if there was one.
    private func heloOnly(_ transaction: MailTransaction) -> [UInt8]? { transaction.helo.isEmpty ? nil : [] }

    private func evaluateDMARC(
        authors: Authors, spf: SPFOutcome?, dkim: DKIMOutcomes
    ) async -> (DMARCOutcome?, DMARCObstacle?) {
        // RFC 9989 §5.3.1: without an author domain there is nothing to evaluate.
        guard authors.fieldCount > 0 else { return (nil, .noFromField) }
        guard !authors.domains.isEmpty else { return (nil, .noAuthorDomain) }
        guard authors.domains.count <= options.authorDomainsMax else { return (nil, .tooManyAuthorDomains) }
        let verifier = DMARCVerifier(resolver: resolver)
        var strictest: DMARCOutcome?
        for domain in authors.domains {
            let outcome = await verifier.evaluate(
                Self.request(for: domain, spf: spf, dkim: dkim), tracing: options.tracing)
            strictest = strictest.map { Self.stricter($0, outcome) } ?? outcome
        }
        return (strictest, nil)
    }

    private static func request(for domain: DomainName, spf: SPFOutcome?, dkim: DKIMOutcomes) -> DMARCRequest {
        // RFC 9989 §4.4: a signature counts if it passes; one in testing mode counts as none (RFC 6376 §3.6.1).
        let passed = dkim.outcomes.filter { $0.result == .pass }.compactMap(\.domain)
        return DMARCRequest(
            authorDomain: domain, spfPass: spf?.result == .pass ? [spf?.domain].compactMap(\.self) : [],
            dkimPass: passed, spfTempError: spf?.result == .temperror,
            dkimTempError: dkim.outcomes.contains { $0.result == .temperror })
    }

    /// RFC 9989 §11.5: with several author domains the strictest failing policy holds.
    private static func stricter(_ first: DMARCOutcome, _ second: DMARCOutcome) -> DMARCOutcome {
        func rank(_ outcome: DMARCOutcome) -> Int {
            switch (outcome.result, outcome.applied) {
            case (.fail, .reject?): 5
            case (.fail, .quarantine?): 4
            case (.temperror, _), (.permerror, _): 3
            case (.fail, _): 2
            case (.none, _): 1
            case (.pass, _): 0
            }
        }
        return rank(second) > rank(first) ? second : first
    }
}
