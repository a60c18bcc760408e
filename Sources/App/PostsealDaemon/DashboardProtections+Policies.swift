internal import DMARC
internal import DNS
internal import MailBytes
internal import MailNames
internal import PostsealDashboard
internal import SPF
internal import Trace
internal import UnboundResolver

/// What a domain says of mail in its name: DMARC and SPF.
extension DashboardProtections {
    static func dmarc(_ domain: DomainName, _ resolver: some Resolver) async -> ProtectionState {
        let outcome = await DMARCVerifier(resolver: resolver).evaluate(
            DMARCRequest(authorDomain: domain), tracing: true)
        let evidence = lines("dmarc", outcome.trace)
        func state(_ rating: ProtectionState.Rating, _ text: String) -> ProtectionState {
            ProtectionState("DMARC", rating, text, evidence: evidence)
        }
        switch outcome.result {
        case .temperror: return state(.unknown, "DNS failed: \(outcome.reason).")
        case .permerror: return state(.broken, "The record can't be used: \(outcome.reason).")
        case .none:
            // What receivers can't use is nothing to them: for people it is something to mend.
            if let defect = await defect(at: outcome.queries, resolver) { return state(.broken, "\(defect).") }
            return state(.missing, "There is no DMARC record: anybody can write in the name of \(domain.text).")
        case .pass, .fail:
            let (rating, text) = rating(outcome)
            // Its own record would count before the one above it.
            if outcome.policyDomain != domain,
                let defect = await defect(at: Array(outcome.queries.prefix(1)), resolver)
            {
                return state(rating == .good ? .partial : rating, "\(text) \(defect).")
            }
            return state(rating, text)
        }
    }

    /// What receivers are asked to do.
    private static func rating(_ outcome: DMARCOutcome) -> (ProtectionState.Rating, String) {
        let place = outcome.policyDomain.map { $0 == outcome.domain ? "" : ", by the record of \($0.text)" } ?? ""
        switch outcome.applied {
        case .reject?: return (.good, "Receivers are asked to reject what fails\(place).")
        case .quarantine?: return (.partial, "Receivers are asked to set aside what fails\(place).")
        case DMARCPolicy.none?, nil:
            return (
                .partial,
                outcome.isTesting
                    ? "A policy is published as a test\(place): it is reported, and not followed."
                    : "Failures are reported, and nothing is done about them\(place)."
            )
        }
    }

    /// Why nobody uses what stands at the first of these names that has something like a record; nil if there is no
    /// such name.
    private static func defect(at names: [DomainName], _ resolver: some Resolver) async -> String? {
        for name in names {
            let texts = await resolver.answer(DNSQuestion(name, .txt)).texts.filter { isMeantForDMARC($0) }
            guard let text = texts.first else { continue }
            // RFC 9989 §4.10, steps 2 and 6.
            var (records, mistake): (Int, DMARCRecordError?) = (0, nil)
            for text in texts {
                do throws(DMARCRecordError) {
                    _ = try DMARCRecord(parsing: text)
                    records += 1
                } catch {
                    mistake = mistake ?? error
                }
            }
            if records > 1 { return "There are \(records) DMARC records at \(name.text): receivers use none of them" }
            guard records == 0, let mistake else { continue }
            return "The record at \(name.text) is none to receivers, for it can't be read: \(mistake.description), in "
                + "'\(String(decoding: text.prefix(80), as: UTF8.self))'"
        }
        return nil
    }

    /// Whether a text begins as a record does, whatever its letters and spaces are.
    private static func isMeantForDMARC(_ text: [UInt8]) -> Bool {
        let start = text.prefix(64).filter { $0 > UInt8(ascii: " ") }.prefix(7)
        return String(decoding: start, as: UTF8.self).lowercased() == "v=dmarc"
    }

    // MARK: SPF

    /// An address that no server has, for it is reserved: only what is said of all others matches it.
    private static let nobodysAddress = IPAddress.v4(0xF000_0001)
    /// The same of mailboxes, for records that name them by macros.
    private static let nobody = "nobody-writes-as-this"

    /// The same among those of IPv6.
    private static let nobodysV6Address = IPAddress.v6(0x0100 << 48, 1)

    /// What receivers come to with the records of a domain, whatever other records they lead to.
    static func spf(_ domain: DomainName, at now: UnixTime, _ resolver: some Resolver) async -> ProtectionState {
        let verifier = SPFVerifier(resolver: NobodysName(base: resolver))
        var request = SPFRequest(
            clientAddress: nobodysAddress, helo: domain.text, mailFrom: "\(nobody)@\(domain.text)", at: now)
        var outcome = await verifier.checkHost(request, tracing: true)
        if [.fail, .softfail, .neutral].contains(outcome.result) {
            // Hosts without IPv6 are no fault of the record: of that only a pass says something.
            request.clientAddress = nobodysV6Address
            let other = await verifier.checkHost(request, tracing: true)
            if other.result == .pass { outcome = other }
        }
        let (rating, text) = rating(outcome)
        return ProtectionState("SPF", rating, text, evidence: lines("spf", outcome.trace))
    }

    /// Gives these addresses a name, as nearly every server has one: without it `ptr` and `%{p}` would count as
    /// questions that lead nowhere (RFC 7208 §4.6.4).
    private struct NobodysName<Base: Resolver>: Resolver {
        let base: Base
        private static var name: DomainName? { try? DomainName("nobody.invalid") }

        func answer(_ question: DNSQuestion) async -> DNSAnswer {
            guard let name = Self.name else { return await base.answer(question) }
            let data: DNSRecordData? =
                switch question.type {
                case .ptr where [nobodysAddress, nobodysV6Address].contains { $0.reverseName == question.name }:
                    .ptr(name)
                case .a where question.name == name: .address(nobodysAddress)
                case .aaaa where question.name == name: .address(nobodysV6Address)
                default: nil
                }
            guard let data else { return await base.answer(question) }
            return DNSAnswer(
                question: question, status: .noError,
                records: [DNSRecord(name: question.name, type: question.type, ttlSeconds: 60, data: data)])
        }
    }

    /// What becomes of servers that a record does not name, by what became of one that none does.
    private static func rating(_ outcome: SPFOutcome) -> (ProtectionState.Rating, String) {
        let term = outcome.mechanism.map { $0 == "default" ? "" : " (\($0))" } ?? ""
        switch outcome.result {
        case .temperror: return (.unknown, "DNS failed: \(outcome.reason).")
        case .none: return (.missing, "There is no SPF record: the return path proves nothing.")
        case .permerror:
            return (.broken, "It does not work at receivers (permerror): \(outcome.reason).")
        case .fail: return (.good, "Servers that are not named are refused\(term).")
        case .softfail: return (.good, "Servers that are not named are doubtful\(term), which is enough for DMARC.")
        case .neutral: return (.partial, "Servers that are not named are not refused\(term).")
        case .pass: return (.broken, "Everybody may send\(term): whatever anybody forges passes.")
        }
    }
}
