internal import DMARC
public import DNS
public import MailNames

/// Who wants the aggregate report about a domain now.
public enum ReportWish: Hashable, Sendable {
    /// At least one of these may get it, or DNS does not say.
    case destinations([ReportDestination])
    /// Nobody, and why.
    case nothing(reason: String)
    /// DNS does not say.
    case unknown(reason: String)

    /// Looks up the domain's record of today: the one that messages were judged by may be gone.
    public static func look(for domain: DomainName, _ resolver: some Resolver) async -> ReportWish {
        switch await DMARCVerifier(resolver: resolver).record(at: domain) {
        case .failure(let failure): return .unknown(reason: failure.description)
        case .nothing: return .nothing(reason: "it publishes no DMARC record any more")
        case .record(let record):
            guard !record.aggregateReports.isEmpty else {
                return .nothing(reason: "its DMARC record has no rua any more")
            }
            let destinations = await DestinationVerifier(resolver: resolver)
                .destinations(record.aggregateReports, of: domain)
            guard destinations.contains(where: { $0.permission != .refused }) else {
                return .nothing(reason: destinations.first?.reason ?? "there is no destination")
            }
            return .destinations(destinations)
        }
    }
}
