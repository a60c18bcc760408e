import Certificates
import DNS
import Foundation
import HTTPSFetch
import MailBytes
import MailNames
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// The certificates of `Tests/Fixtures/https`.
enum Fixtures {
    static func pem(_ name: String) throws -> [UInt8] {
        try Suites.bytes(Suites.repository.appending(path: "Tests/Fixtures/https/\(name).pem"))
    }

    static func anchors() throws -> TrustAnchors { TrustAnchors(try Certificate.list(pem: pem("root"))) }
}

/// Within the validity of all certificates.
let now = UnixTime(seconds: 1_909_000_000)

extension HTTPSResource {
    static func policy(_ host: String = "mta-sts.example.org") throws -> HTTPSResource {
        try #require(HTTPSResource(host: DomainName(host), path: "/.well-known/mta-sts.txt"))
    }
}

extension HTTPSFetchOptions {
    /// For servers on the loopback.
    static func test(_ port: UInt16, _ change: (inout HTTPSFetchOptions) -> Void = { _ in }) -> HTTPSFetchOptions {
        var options = HTTPSFetchOptions()
        options.port = port
        // A machine that has other things to do must not make a test fail.
        options.totalTimeout = .seconds(3600)
        options.dnsTimeout = .seconds(3600)
        options.connectTimeout = .seconds(3600)
        options.handshakeTimeout = .seconds(3600)
        options.responseTimeout = .seconds(3600)
        options.bodyTimeout = .seconds(3600)
        options.allowedNetworks = ["127.0.0.0/8", "::1/128"].compactMap { IPPrefix($0) }
        change(&options)
        return options
    }
}

let loopback = Zone(["mta-sts.example.org A 127.0.0.1", "mta-sts.example.org AAAA nodata"])

/// Fetches the policy from a server that is told what to do, or posts something there, and waits until it has no
/// connections any more.
func fetch(
    _ steps: [ServerStep], certificate: String? = "good", zone: Zone = loopback, at time: UnixTime = now,
    host: String = "mta-sts.example.org", versions: (TLSVersionBound, TLSVersionBound) = (.v12, .v13),
    posting upload: HTTPSUpload? = nil, change: (inout HTTPSFetchOptions) -> Void = { _ in }
) async throws -> (outcome: HTTPSFetchOutcome, notes: [ServerNote]) {
    let server = try await TestServer(
        steps, certificate: certificate, versions: (versions.0.version, versions.1.version))
    let fetcher = HTTPSFetcher(
        resolver: zone, anchors: try Fixtures.anchors(), options: .test(server.port, change),
        on: MultiThreadedEventLoopGroup.singleton)
    let resource = try HTTPSResource.policy(host)
    let outcome =
        if let upload { await fetcher.post(upload, to: resource, at: time) } else {
            await fetcher.fetch(resource, at: time)
        }
    await server.closed()
    await server.close()
    return (outcome, server.notes.values)
}

/// A response with a body.
func response(_ body: String, _ fields: String = "Content-Type: text/plain\r\n", status: String = "200 OK") -> String {
    "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}
