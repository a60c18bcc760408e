public import MailNames

/// Whether answers must be proved by DNSSEC where their zone is signed.
public enum DNSSECValidation: String, Hashable, Sendable {
    /// Validate where that works; where the servers we ask keep DNSSEC's records from us, take their answers as
    /// ``DNS/DNSSECState/indeterminate`` rather than refuse every signed domain. With a trust anchor file of the
    /// administrator's own this is the same as ``required``.
    case automatic
    /// Validate, whatever comes: behind servers that don't pass DNSSEC on, every signed domain fails.
    case required
    /// Don't validate.
    case off
}

/// Servers that are asked for one zone and everything below it, instead of the usual ones.
public struct ZoneServers: Hashable, Sendable {
    /// The names at and below which the servers are asked.
    public var zone: DomainName
    public var servers: [ServerAddress]

    public init(_ zone: DomainName, servers: [ServerAddress]) {
        self.zone = zone
        self.servers = servers
    }
}

/// What an ``UnboundResolver`` asks, believes, keeps and waits for.
///
/// The default is what an administrator expects of a program that was told nothing: it asks the name servers of
/// `/etc/resolv.conf`, and checks their answers itself from the root's trust anchor that the system has.
public struct UnboundConfiguration: Hashable, Sendable {
    /// Recursive servers to ask. Empty: those of ``systemServersFile``.
    public var servers: [ServerAddress] = []
    /// A file of the form of resolv.conf(5), read when the resolver is made; only `nameserver` lines count. Nil, or
    /// a file without name servers: ask from the root of DNS downwards.
    public var systemServersFile: String? = "/etc/resolv.conf"
    /// Root servers, in zone file format, for asking from the root downwards; nil: libunbound's own list.
    public var rootHintsFile: String?
    /// Zones that have servers of their own: split DNS, a company's internal names. The servers may be recursive
    /// or authoritative.
    public var zoneServers: [ZoneServers] = []

    public var validation: DNSSECValidation = .automatic
    /// DS or DNSKEY records, in zone file format, that proofs start from. Nil: the first of
    /// ``systemTrustAnchorFiles`` that there is.
    public var trustAnchorFile: String?
    /// Zones that are taken as unsigned, whatever their parents say (RFC 7646): internal names below a signed
    /// parent that does not know them.
    public var insecureZones: [DomainName] = []

    /// How long one look-up may take, if its caller does not say.
    public var lookupLimit: Duration = .seconds(5)
    /// How many questions libunbound may have at once; more wait for a place, while their time runs.
    public var lookupsMax = 4096
    /// How many of these may be about one domain and what is below it, so that a domain whose servers don't answer
    /// can't hold up the others.
    public var lookupsPerDomainMax = 64
    /// Sockets that questions go out from, each from a port that nobody can guess, opened as they are needed; also
    /// how many questions can be open at once on the network. Never more than a quarter of the descriptors that the
    /// process may have.
    public var outgoingSocketsMax = 1024
    /// TCP connections at once.
    public var outgoingConnectionsMax = 32
    /// How much libunbound keeps, in octets; memory is taken as it fills.
    public var cacheOctetsMax = 32 << 20
    /// How many parsed answers are kept in front of libunbound, for answers without a change of thread.
    public var answersKeptMax = 10_000
    /// For how long "there is nothing" is believed at most, whatever the zone says: who publishes a record wants
    /// to see it.
    public var negativeSecondsMax = 900

    /// Where Debian's packages `dns-root-data` and `unbound` put the root's trust anchor.
    public static let systemTrustAnchorFiles = ["/usr/share/dns/root.key", "/var/lib/unbound/root.key"]

    public init() {}
}

/// Why a resolver can't be made.
public struct UnboundResolverError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A clause that says what is wrong, with the file's name where there is one.
    public var description: String

    init(_ description: String) { self.description = description }
}
