public import MailNames

/// How an ``HTTPSFetcher`` goes about it, and how much it bears.
public struct HTTPSFetchOptions: Hashable, Sendable {
    /// Where servers listen. Another port is for tests.
    public var port: UInt16 = 443
    /// Networks that may be reached although they are not part of the public internet: those of a closed network, and
    /// of tests.
    public var allowedNetworks: [IPPrefix] = []

    /// The most octets of a body. RFC 8461 §3.3: 64 kilobytes for a policy.
    public var bodyOctetsMax = 64 * 1024
    /// The most octets of the names and values of a response's fields together.
    public var headerOctetsMax = 16 * 1024
    /// The most fields of a response.
    public var fieldsMax = 100
    /// The most addresses that are tried, one after the other.
    public var addressesMax = 6

    /// For everything together, from the first question to the last octet. RFC 8461 §3.3: a minute for a policy.
    public var totalTimeout: Duration = .seconds(60)
    /// For the addresses.
    public var dnsTimeout: Duration = .seconds(20)
    /// For each address until there is a connection.
    public var connectTimeout: Duration = .seconds(10)
    /// For the TLS handshake.
    public var handshakeTimeout: Duration = .seconds(15)
    /// From the request to the last octet of the response's header.
    public var responseTimeout: Duration = .seconds(20)
    /// For the body.
    public var bodyTimeout: Duration = .seconds(20)

    /// The options as they are above.
    public init() {}

    /// Octets of a body that is cut into very small chunks, against those of the body itself. Whoever sends more of
    /// anything than a header and so much has gone too far.
    private static let chunkOverhead = 8

    /// The most octets of a response with everything around it.
    var responseOctetsMax: Int {
        let body = max(bodyOctetsMax, 0).multipliedReportingOverflow(by: Self.chunkOverhead)
        let whole = body.partialValue.addingReportingOverflow(2 * max(headerOctetsMax, 4096))
        return body.overflow || whole.overflow ? .max : whole.partialValue
    }
}
