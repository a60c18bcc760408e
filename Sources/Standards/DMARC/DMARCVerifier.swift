public import DNS
public import MailNames
internal import Trace

/// Finds the DMARC policy for an author domain and holds what was authenticated against it (RFC 9989 §5.3).
///
/// Shows that the use of the author domain is authorized by its owner, or that nothing shows so. Says nothing about
/// the local part, the display name, look-alike domains or the content; and `applied` is the owner's wish, not a
/// decision: RFC 9989 §7.4 forbids to reject for `p=reject` alone.
public struct DMARCVerifier<R: Resolver>: Sendable {
    /// Who answers where records are asked for.
    public let resolver: R
    public let limits: DMARCLimits

    /// A verifier that asks this resolver.
    public init(resolver: R, limits: DMARCLimits = DMARCLimits()) {
        self.resolver = resolver
        self.limits = limits
    }

    /// Evaluates one author domain.
    ///
    /// Asks at most eight questions for the author domain and for each identifier that needs a walk, and one for
    /// whether the author domain exists; within one evaluation no question is asked twice.
    ///
    /// - Parameter findingOrganization: walks for the author's organizational domain also where the result does not
    ///   need it (RFC 9989 §4.10.2), for people who want to know it.
    public func evaluate(
        _ request: DMARCRequest, findingOrganization: Bool = false, tracing: Bool = false
    ) async -> DMARCOutcome {
        var evaluation = DMARCEvaluation(
            request: request, limits: limits, findsOrganization: findingOrganization,
            source: DMARCRecordSource(resolver: resolver, trace: Trace(isEnabled: tracing)))
        var outcome = await evaluation.run()
        outcome.queries = evaluation.source.queries
        outcome.trace = evaluation.source.trace
        return outcome
    }

    /// Evaluates each author domain of a message that names several (RFC 9989 §11.5).
    ///
    /// - Parameters:
    ///   - authorDomains: in any order; one that comes twice is evaluated once.
    ///   - request: what was authenticated; its author domain is replaced by each of the domains.
    public func evaluate(
        authorDomains: [DomainName], like request: DMARCRequest, tracing: Bool = false
    ) async -> DMARCAuthorsOutcome {
        var distinct: [DomainName] = []
        var omitted: Set<DomainName> = []
        for domain in authorDomains where !distinct.contains(domain) {
            if distinct.count < limits.authorDomainsMax { distinct.append(domain) } else { omitted.insert(domain) }
        }
        var outcomes: [DMARCOutcome] = []
        for domain in distinct {
            var request = request
            request.authorDomain = domain
            outcomes.append(await evaluate(request, tracing: tracing))
        }
        return DMARCAuthorsOutcome(outcomes: outcomes, omitted: omitted.count)
    }

    /// The record at a domain, and no other's.
    public func record(at domain: DomainName) async -> DMARCFinding {
        var source = DMARCRecordSource(resolver: resolver, trace: .disabled)
        return await source.finding(at: domain)
    }

    /// The tree walk from a domain, to learn its organizational domain (RFC 9989 §4.10.2).
    public func walk(from domain: DomainName) async -> DMARCTreeWalk {
        var source = DMARCRecordSource(resolver: resolver, trace: .disabled)
        return await source.walk(from: domain)
    }
}
