public import DMARC
public import DNS
public import MailNames

/// A place that reports are to go to, and whether they may.
public struct ReportDestination: Hashable, Sendable {
    /// Whether reports may go there.
    public enum Permission: Hashable, Sendable {
        case granted
        /// They may not, or can't.
        case refused
        /// DNS did not say: asked again later.
        case unknown
    }

    /// The URI that the policy's owner asks for.
    public var requested: String
    /// Where the report goes: that, or what its host has put in its place.
    public var uri: String
    public var permission: Permission
    /// Why, as a clause.
    public var reason: String

    public init(requested: String, uri: String, permission: Permission, reason: String) {
        self.requested = requested
        self.uri = uri
        self.permission = permission
        self.reason = reason
    }

    /// What is the same for all ways to write one destination.
    var identity: String { Self.identity(of: uri) }

    /// Of a mailbox the local part as it is decoded, and the domain in small letters; any other URI is as it stands.
    static func identity(of uri: String) -> String { ReportMailMaker.address(of: uri) ?? uri }
}

/// Finds out whether those who are to get reports want them (RFC 9990 §4).
///
/// Without it, whoever publishes a policy could have the whole world send reports to somebody else.
public struct DestinationVerifier<R: Resolver>: Sendable {
    /// Which reports are to be sent.
    public enum Tag: String, Hashable, Sendable {
        case rua, ruf
    }

    /// Limit: destinations of one report. RFC 9990 §3.2 leaves the number to us; each is one more mail.
    public static var destinationsMax: Int { 10 }

    let resolver: R

    /// - Parameter resolver: who answers; it holds the budget.
    public init(resolver: R) { self.resolver = resolver }

    /// Looks at each URI of a policy's tag, in their order. An address that comes twice is one destination.
    public func destinations(
        _ uris: [DMARCReportURI], of policyDomain: DomainName, _ tag: Tag = .rua
    ) async -> [ReportDestination] {
        var found: [ReportDestination] = []
        var (asked, known): (Set<String>, Set<String>) = ([], [])
        let distinct = uris.filter { asked.insert(ReportDestination.identity(of: $0.text)).inserted }
        for uri in distinct.prefix(Self.destinationsMax) {
            for destination in await destinations(uri, of: policyDomain, tag)
            where known.insert(destination.identity).inserted { found.append(destination) }
        }
        for uri in distinct.dropFirst(Self.destinationsMax) {
            found.append(
                .init(requested: uri.text, uri: uri.text, permission: .refused, reason: "too many destinations"))
        }
        return found
    }

    private func destinations(
        _ uri: DMARCReportURI, of policyDomain: DomainName, _ tag: Tag
    ) async -> [ReportDestination] {
        func one(_ permission: ReportDestination.Permission, _ reason: String) -> [ReportDestination] {
            [ReportDestination(requested: uri.text, uri: uri.text, permission: permission, reason: reason)]
        }
        // RFC 9989 §4.6: mailto is what has to be supported.
        guard let host = uri.mailbox?.domain else { return one(.refused, "reports are not sent by '\(uri.scheme)'") }
        if host == policyDomain { return one(.granted, "it is the domain's own") }
        let verifier = DMARCVerifier(resolver: resolver)
        let owner = await verifier.walk(from: policyDomain)
        let target = await verifier.walk(from: host)
        guard let ownerOrganization = owner.organizationalDomain, let organization = target.organizationalDomain else {
            let failure = owner.failure ?? target.failure
            return one(.unknown, failure?.description ?? "the organizational domain is not known")
        }
        if ownerOrganization == organization {
            return one(.granted, "it is of the same organizational domain, \(organization.text)")
        }
        // RFC 9990 §4, steps 2 to 4.
        guard let name = Self.name(policyDomain, at: host) else {
            return one(.refused, "the name that would permit it is longer than a name can be")
        }
        let answer = await resolver.answer(DNSQuestion(name, .txt))
        if answer.status.isFailure { return one(.unknown, "\(answer.status) for \(name.text)") }
        // Steps 6 and 7.
        let records = answer.texts.compactMap { try? DMARCRecord(parsing: $0) }
        guard !records.isEmpty else { return one(.refused, "there is no record at \(name.text)") }
        // Step 9.
        let overrides = records.map { tag == .rua ? $0.aggregateReports : $0.failureReports }.filter { !$0.isEmpty }
        guard let others = overrides.first else { return one(.granted, "\(name.text) permits it") }
        // Of each record: which of several comes first is chance.
        guard overrides.joined().allSatisfy({ $0.mailbox?.domain == host }) else {
            return one(.refused, "\(name.text) names a destination at another host")
        }
        return others.prefix(Self.destinationsMax).map { other in
            ReportDestination(
                requested: uri.text, uri: other.text, permission: .granted,
                reason: "\(name.text) permits it, and says where")
        }
    }

    /// `policy-domain._report._dmarc.host`; nil where that is too long.
    static func name(_ policyDomain: DomainName, at host: DomainName) -> DomainName? {
        try? DomainName(policyDomain.bytes + Array("._report._dmarc.".utf8) + host.bytes)
    }
}
