public import DNS

/// Checks whether an address may send for a domain: `check_host` of RFC 7208 §4.
///
/// The outcome is always set: a look-up that times out and a record that is broken are results, not errors.
///
/// It says nothing about the From field that people see: RFC 7208 §11.2, and DMARC for that.
public struct SPFVerifier<R: Resolver>: Sendable {
    private let resolver: R
    private let limits: SPFLimits
    private let cache: SPFRecordCache?

    /// - Parameters:
    ///   - resolver: Whom to ask. It also bounds the time (see ``SPFLimits``).
    ///   - cache: Parsed records to use and to add to; without it each record is parsed anew.
    public init(resolver: R, limits: SPFLimits = SPFLimits(), cache: SPFRecordCache? = nil) {
        self.resolver = resolver
        self.limits = limits
        self.cache = cache
    }

    /// Checks the reverse-path, or the HELO name if the reverse-path is null (RFC 7208 §2.4).
    public func checkHost(_ request: SPFRequest, tracing: Bool = false) async -> SPFOutcome {
        await check(request, .mailFrom, tracing)
    }

    /// Checks the HELO name (RFC 7208 §2.3).
    public func checkHELO(_ request: SPFRequest, tracing: Bool = false) async -> SPFOutcome {
        await check(request, .helo, tracing)
    }

    private func check(_ request: SPFRequest, _ identity: SPFIdentity, _ tracing: Bool) async -> SPFOutcome {
        var evaluation = SPFEvaluation(request, identity: identity, limits: limits, cache: cache, tracing: tracing)
        var step = evaluation.start()
        var questionsLeft = limits.questionsMax
        while case .ask(let question) = step, questionsLeft > 0 {
            questionsLeft -= 1
            step = evaluation.receive(await resolver.answer(question))
        }
        return evaluation.outcome()
    }
}
