internal import ARC
internal import DKIM
internal import DMARC
public import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import SPF

/// The inspection of one message whose body comes in piece by piece.
///
///     var inspection = MessageInspection(transaction, options: options)
///     if inspection.needsBody { for await chunk in body { inspection.update(chunk) } }
///     let findings = await inspection.finish(resolver: budget)
///
/// Holds the header, and of the body no more than its hashes.
public struct MessageInspection: Sendable {
    private let envelope: MailEnvelope
    private let header: HeaderSection
    private let defects: Set<MessageDefect>
    private let options: InspectionOptions
    private let authors: Authors
    private var dkim: DKIMVerification
    private var arc: ARCVerification

    /// Reads the header; asks nothing yet.
    ///
    /// - Parameter transaction: with the header; a body that it holds is not looked at.
    public init(_ transaction: MailTransaction, options: InspectionOptions) {
        envelope = transaction.envelope
        header = transaction.message.header
        defects = transaction.message.defects
        var options = options
        // RFC 8460 §3: keys that are for TLS reports alone sign these.
        if header.reportType == "tlsrpt" { options.dkim.services.insert("tlsrpt") }
        self.options = options
        authors = AuthorField.read(transaction.message)
        dkim = DKIMVerification(
            header: header, options: options.dkim, at: envelope.receivedAt, tracing: options.tracing)
        arc = ARCVerification(header: header, options: options.dkim, at: envelope.receivedAt, tracing: options.tracing)
    }

    /// Whether anything is left for which the body must be seen.
    public var needsBody: Bool { dkim.needsBody || arc.needsBody }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: ArraySlice<UInt8>) {
        dkim.update(octets)
        arc.update(octets)
    }

    /// Ends the body and runs the checks, side by side where they wait for DNS. To be called once.
    ///
    /// - Parameters:
    ///   - resolver: who answers for all checks; it holds the budget of the message.
    ///   - caches: parsed records and keys to share between messages.
    public mutating func finish(
        resolver: some Resolver, caches: InspectionCaches = InspectionCaches()
    ) async -> Findings {
        await finish(resolver: resolver, policyResolver: resolver, caches: caches)
    }

    /// As ``finish(resolver:caches:)``, with a budget of its own for DMARC, which nothing that a sender publishes can
    /// use up.
    public mutating func finish(
        resolver: some Resolver, policyResolver: some Resolver, caches: InspectionCaches = InspectionCaches()
    ) async -> Findings {
        let start = self
        async let spfOutcome = start.checkSPF(resolver, caches)
        async let iprevOutcome = start.checkHostName(resolver)
        async let arcOutcome = start.validateARC(resolver, caches)
        let dkim = await dkim.finish(resolver: resolver, cache: caches.keys)
        let spf = await spfOutcome
        let (dmarc, obstacle) = await evaluateDMARC(policyResolver, spf: spf, dkim: dkim)
        let arc = await arcOutcome
        return Findings(
            clientAddress: envelope.clientAddress?.unmapped, iprev: await iprevOutcome, authors: authors, spf: spf,
            dkim: dkim, arc: arc, dmarc: dmarc, dmarcObstacle: obstacle,
            indirectFlow: IndirectFlowSign.signs(header: header, authors: authors.domains, dkim: dkim, arc: arc),
            messageDefects: defects)
    }

    private func validateARC(_ resolver: some Resolver, _ caches: InspectionCaches) async -> ARCOutcome {
        var arc = arc
        return await arc.finish(resolver: resolver, cache: caches.keys)
    }

    private func checkHostName(_ resolver: some Resolver) async -> IPRevOutcome? {
        guard options.checksHostName, let address = envelope.clientAddress else { return nil }
        return await IPRevCheck(resolver: resolver).check(address.unmapped)
    }

    private func checkSPF(_ resolver: some Resolver, _ caches: InspectionCaches) async -> SPFOutcome? {
        guard let address = envelope.clientAddress, let mailFrom = envelope.mailFrom ?? heloOnly else { return nil }
        let request = SPFRequest(
            clientAddress: address, helo: envelope.helo, mailFrom: mailFrom,
            receivingHost: options.receivingHost, at: envelope.receivedAt)
        return await SPFVerifier(resolver: resolver, limits: options.spf, cache: caches.records)
            .checkHost(request, tracing: options.tracing)
    }

    /// Without a known reverse-path only HELO can be checked, and only if there was one.
    private var heloOnly: [UInt8]? { envelope.helo.isEmpty ? nil : [] }

    private func evaluateDMARC(
        _ resolver: some Resolver, spf: SPFOutcome?, dkim: DKIMOutcomes
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
