internal import DANE
internal import DKIM
internal import DMARC
internal import DNS
internal import MTASTS
internal import MailBytes
internal import MailNames
internal import PostsealDashboard
internal import Rendering
internal import SPF
internal import TLSRPT
internal import Trace
internal import TransportPolicy
internal import UnboundResolver

/// Looks up how a domain is protected, side by side and within some seconds.
struct DashboardProtections: ProtectionSource {
    let resolver: @Sendable () -> CountingResolver
    let keeper: MTASTSKeeper
    /// The selectors that we sign a domain with.
    let ownSelectors: @Sendable (DomainName) -> [DomainName]
    let now: @Sendable () -> UnixTime

    /// All of it takes no longer.
    private static let timeLimit = Duration.seconds(5)
    private static let budget = DNSBudget(questionsMax: 60, timeLimit: .seconds(4))

    func protections(of domain: String, selectors: [String]) async -> [ProtectionState] {
        guard let name = try? DomainName(mailDomain: domain) else { return [] }
        var keys = ownSelectors(name)
        for selector in selectors {
            if let selector = try? DomainName(selector), !keys.contains(selector) { keys.append(selector) }
        }
        let all = keys
        var states: [Int: [ProtectionState]] = [:]
        await withTaskGroup(of: (Int, [ProtectionState])?.self) { group in
            group.addTask { (0, [await self.dmarc(name)]) }
            group.addTask { (1, [await self.spf(name)]) }
            group.addTask { (2, [await self.dkim(name, all)]) }
            group.addTask { (3, await self.transport(name)) }
            group.addTask { (4, [await self.tlsReports(name)]) }
            group.addTask {
                try? await Task.sleep(for: Self.timeLimit)
                return nil
            }
            for await found in group {
                guard let found else { break }
                states[found.0] = found.1
                if states.count == Self.names.count { break }
            }
            group.cancelAll()
        }
        return Self.names.enumerated().flatMap { index, names in
            states[index] ?? names.map { ProtectionState($0, .unknown, "DNS did not answer in time.") }
        }
    }

    private static let names = [["DMARC"], ["SPF"], ["DKIM"], ["MTA-STS", "DANE"], ["TLS reports"]]

    private var checks: BudgetedResolver<CountingResolver> { Self.budget.resolvers(resolver()).checks }

    private static func lines(_ check: String, _ trace: Trace) -> [String] {
        TraceText.render([(check, trace)]).split(separator: "\n").map(String.init)
    }

    // MARK: Records

    private func dmarc(_ domain: DomainName) async -> ProtectionState {
        let outcome = await DMARCVerifier(resolver: checks).evaluate(DMARCRequest(authorDomain: domain), tracing: true)
        let evidence = Self.lines("dmarc", outcome.trace)
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("DMARC", rating, text, evidence: evidence)
        }
        switch outcome.result {
        case .temperror: return state(.unknown, "DNS failed: \(outcome.reason).")
        case .permerror: return state(.broken, "The record can't be used: \(outcome.reason).")
        case .none: return state(.missing, "There is no DMARC record: anybody can write in the name of \(domain.text).")
        case .pass, .fail:
            let place = outcome.policyDomain.map { $0 == domain ? "" : ", by the record of \($0.text)" } ?? ""
            switch outcome.applied {
            case .reject?: return state(.good, "Receivers are asked to reject what fails\(place).")
            case .quarantine?: return state(.partial, "Receivers are asked to set aside what fails\(place).")
            case DMARCPolicy.none?, nil:
                return state(
                    .partial,
                    outcome.isTesting
                        ? "A policy is published as a test\(place): it is reported, and not followed."
                        : "Failures are reported, and nothing is done about them\(place).")
            }
        }
    }

    private func spf(_ domain: DomainName) async -> ProtectionState {
        let answer = await checks.answer(DNSQuestion(domain, .txt))
        let texts = answer.texts.filter { SPFRecord.isRecord($0) }
        let evidence = texts.map { String(decoding: $0, as: UTF8.self) }
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("SPF", rating, text, evidence: evidence)
        }
        if answer.status.isFailure { return state(.unknown, "DNS failed: \(answer.status).") }
        guard let text = texts.first else {
            return state(.missing, "There is no SPF record: the return path proves nothing.")
        }
        guard texts.count == 1 else {
            return state(.broken, "There are \(texts.count) SPF records, which is an error.")
        }
        do throws(SPFSyntaxError) {
            let record = try SPFRecord(parsing: text)
            // RFC 7208 §4.6.4: no more than ten, with those of records that are included.
            let lookups = record.lookupTermCount
            if lookups > 10 {
                return state(.broken, "It asks for \(lookups) look-ups, more than the ten that are allowed.")
            }
            let (rating, sentence) = Self.rating(record)
            return state(rating, sentence)
        } catch {
            return state(.broken, "The record can't be read: \(error).")
        }
    }

    /// What becomes of servers that a record does not name. RFC 7208 §5.1: the first `all` decides, and where there is
    /// one no redirect takes place.
    static func rating(_ record: SPFRecord) -> (ProtectionState.Rating, String) {
        for case .directive(let qualifier, .all) in record.terms {
            return switch qualifier {
            case .fail: (.good, "Servers that are not named are refused (-all).")
            case .softfail: (.good, "Servers that are not named are doubtful (~all), which is enough for DMARC.")
            case .neutral: (.partial, "Servers that are not named are not refused (?all).")
            case .pass: (.broken, "Everybody may send (+all): whatever anybody forges passes.")
            }
        }
        for case .redirect in record.terms { return (.good, "Another record decides (redirect).") }
        return (.partial, "Servers that are not named are not refused.")
    }

    private func dkim(_ domain: DomainName, _ selectors: [DomainName]) async -> ProtectionState {
        guard !selectors.isEmpty else {
            return ProtectionState(
                "DKIM", .unknown, "No key is known by name: none is in the configuration or in the newest reports.")
        }
        var evidence: [String] = []
        var good = 0
        var failures = 0
        let resolver = checks
        for selector in selectors.prefix(10) {
            var trace = Trace(isEnabled: true)
            let keys = await DKIMKeyLookup(resolver: resolver).keys(
                selector: selector, domain: domain, at: now(), trace: &trace)
            evidence += Self.lines("dkim", trace)
            switch keys.keys {
            case .success(let records) where records.contains { !$0.record.isRevoked }: good += 1
            case .success: evidence.append("  \(selector.text): revoked")
            case .failure(let failure):
                if failure.result == .temperror { failures += 1 }
                evidence.append("  \(selector.text): \(failure.reason)")
            }
        }
        let count = min(selectors.count, 10)
        if good == count {
            return ProtectionState(
                "DKIM", .good,
                count == 1
                    ? "The key that is in use is published." : "All \(count) keys that are in use are published.",
                evidence: evidence)
        }
        if failures > 0 { return ProtectionState("DKIM", .unknown, "DNS failed for some keys.", evidence: evidence) }
        return ProtectionState(
            "DKIM", good > 0 ? .partial : .broken,
            "\(count - good) of \(count) keys that were seen are not published any more.",
            evidence: evidence)
    }

    // MARK: The way to the servers

    private func transport(_ domain: DomainName) async -> [ProtectionState] {
        let plan = await TransportPlanner(resolver: checks, keeper: keeper).plan(
            for: .domain(domain), at: now(), tracing: true)
        let evidence = TransportPage.text(plan).split(separator: "\n").map(String.init)
        return [sts(plan, evidence), dane(plan, evidence)]
    }

    private func sts(_ plan: TransportPlan, _ evidence: [String]) -> ProtectionState {
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("MTA-STS", rating, text, evidence: evidence)
        }
        if let policy = plan.sts.active?.policy {
            return policy.mode == .enforce
                ? state(.good, "Senders are told to insist on TLS with servers that prove who they are.")
                : state(
                    .partial, "The policy is in mode \(policy.mode.rawValue): senders report, and deliver all the same."
                )
        }
        switch plan.sts.finding {
        case .record?: return state(.broken, "There is a record, but the policy can't be had.")
        case .unusable(let error)?: return state(.broken, "The record can't be used: \(error).")
        case .failure(let status)?: return state(.unknown, "DNS failed: \(status).")
        case .nothing?: return state(.missing, "There is no MTA-STS policy.")
        case nil: return state(.unknown, "It was not looked up.")
        }
    }

    private func dane(_ plan: TransportPlan, _ evidence: [String]) -> ProtectionState {
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("DANE", rating, text, evidence: evidence)
        }
        guard !plan.servers.isEmpty else { return state(.unknown, plan.reason.sentenceCase + ".") }
        let proved = plan.servers.count { $0.demand.dane?.level == .authenticated }
        if plan.servers.contains(where: { $0.obstacle != nil }), proved == 0 {
            return state(.unknown, "Some servers could not be looked up.")
        }
        if proved == plan.servers.count {
            return state(.good, "All servers are bound to their certificates by signed TLSA records.")
        }
        if proved > 0 { return state(.partial, "\(proved) of \(plan.servers.count) servers have TLSA records.") }
        return state(.missing, "No server has signed TLSA records.")
    }

    func mailServers(of domain: String) async -> [String]? {
        guard let name = try? DomainName(mailDomain: domain) else { return nil }
        let answer = await checks.answer(DNSQuestion(name, .mx))
        guard !answer.status.isFailure else { return nil }
        let servers = answer.data.compactMap { if case .mx(_, let exchange) = $0 { exchange } else { nil } }
        // RFC 5321 §5.1: without MX records the domain is its own server. RFC 7505 §3: the root means that there is
        // none.
        return servers.isEmpty ? [name.text] : servers.filter { !$0.isRoot }.map(\.text)
    }

    private func tlsReports(_ domain: DomainName) async -> ProtectionState {
        var trace = Trace(isEnabled: true)
        let finding = await TLSRPTLookup(resolver: checks).finding(at: domain, &trace)
        let evidence = Self.lines("tlsrpt", trace)
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("TLS reports", rating, text, evidence: evidence)
        }
        switch finding {
        case .record: return state(.good, "Senders are asked to report how TLS went.")
        case .nothing: return state(.missing, "Nobody is asked to report how TLS went.")
        case .unusable(let error): return state(.broken, "The record can't be used: \(error).")
        case .failure(let status): return state(.unknown, "DNS failed: \(status).")
        }
    }
}

extension String {
    fileprivate var sentenceCase: String { prefix(1).uppercased() + dropFirst() }
}
