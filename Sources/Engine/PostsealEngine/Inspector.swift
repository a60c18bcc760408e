internal import ARC
public import DKIM
public import DMARC
public import DNS
internal import MailFormat
internal import MailNames
public import SPF

/// What the inspection may do, and how much.
public struct InspectionOptions: Sendable {
    public var spf: SPFLimits
    public var dkim: DKIMOptions
    /// The name that this receiver calls itself in SPF explanations (`%{r}`).
    public var receivingHost: String
    public var dmarc: DMARCLimits
    /// Whether the outcomes carry their traces.
    public var tracing: Bool

    public init(
        spf: SPFLimits = SPFLimits(), dkim: DKIMOptions = DKIMOptions(), dmarc: DMARCLimits = DMARCLimits(),
        receivingHost: String = "unknown", tracing: Bool = false
    ) {
        self.spf = spf
        self.dkim = dkim
        self.dmarc = dmarc
        self.receivingHost = receivingHost
        self.tracing = tracing
    }
}

/// Runs every check on a message and gathers what they find.
///
/// Decides nothing; see ``DecisionPolicy``. The budget of DNS questions and time is the resolver's: pass one
/// resolver with a budget for each message.
public struct Inspector<R: Resolver>: Sendable {
    /// Who answers for all checks; it holds the budget of the message.
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
        guard let first = authors.domains.first else { return (nil, .noAuthorDomain) }
        // RFC 9989 §11.5: with several author domains the strictest failing policy holds.
        let outcome = await DMARCVerifier(resolver: resolver, limits: options.dmarc).evaluate(
            authorDomains: authors.domains, like: Self.request(for: first, spf: spf, dkim: dkim),
            tracing: options.tracing)
        return outcome.omitted > 0 ? (nil, .tooManyAuthorDomains) : (outcome.strictest, nil)
    }

    private static func request(for domain: DomainName, spf: SPFOutcome?, dkim: DKIMOutcomes) -> DMARCRequest {
        func domains(_ result: DKIMResult) -> [DomainName] {
            dkim.outcomes.filter { $0.result == result }.compactMap(\.domain)
        }
        func spfDomain(_ result: SPFResult) -> [DomainName] {
            guard let spf, spf.result == result, let domain = spf.domain else { return [] }
            return [domain]
        }
        return DMARCRequest(
            authorDomain: domain, spfPass: spfDomain(.pass), dkimPass: domains(.pass),
            spfTempErrorDomains: spfDomain(.temperror), dkimTempErrorDomains: domains(.temperror))
    }
}
