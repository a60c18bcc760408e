import Certificates
import DNS
import FoundationEssentials
import HTTPSFetch
import HTTPSServing
import MailBytes
import MailNames
import NIOCore
import NIOPosix
import NIOSSL
import Sockets
import Synchronization
import TestSupport
import Testing

/// A server with one page, and what was seen of it.
final class PageServer: HTTPSServerObserver {
    static let page = Array("version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n".utf8)
    private let events = Diary<HTTPSServerEvent>()
    private let box = Mutex<HTTPSPageServer?>(nil)

    static func pem(_ name: String) throws -> [UInt8] {
        try Suites.bytes(Suites.repository.appending(path: "Tests/Fixtures/https/\(name).pem"))
    }

    static func identity(_ name: String) throws -> HTTPSIdentity {
        try HTTPSIdentity(chain: pem(name), key: pem("server-key"))
    }

    func observe(_ event: HTTPSServerEvent, on address: ListenAddress) { events.add(event) }

    var seen: Diary<HTTPSServerEvent> { events }

    /// Runs a server for a test.
    static func with(
        _ options: HTTPSServerOptions = HTTPSServerOptions(), identity name: String? = "good",
        _ body: @escaping @Sendable (HTTPSPageServer, UInt16, PageServer) async throws -> Void
    ) async throws {
        let observer = PageServer()
        let host = try DomainName("mta-sts.example.org")
        let server = HTTPSPageServer(
            options: options, on: MultiThreadedEventLoopGroup.singleton, observer: observer
        ) { request in
            request.host == host && request.path == "/.well-known/mta-sts.txt"
                ? HTTPSAnswer(body: Self.page) : .notFound
        }
        if let name { try server.replaceIdentities([host: identity(name)]) }
        try await server.listeners.listen(on: [ListenSocket(.tcp(.v4(0x7F00_0001), port: 0))])
        guard case .tcp(_, let port)? = server.addresses.first else { return }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await server.run() }
            tasks.addTask {
                defer { server.shutdown() }
                try await body(server, port, observer)
            }
            try await tasks.waitForAll()
        }
    }
}

/// What a server says to octets, over TLS; empty where TLS does not come about.
func said(
    _ text: String, name: String? = "mta-sts.example.org", port: UInt16, most: TLSVersion = .tlsv13
) async throws -> String {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    configuration.minimumTLSVersion = .tlsv1
    configuration.maximumTLSVersion = most
    let context = try NIOSSLContext(configuration: configuration)
    let heard = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String.self)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                try pipeline.addHandler(Ear(heard))
            }
        }
        .connect(host: "127.0.0.1", port: Int(port)).get()
    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    return try await heard.futureResult.get()
}

private final class Ear: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let heard: EventLoopPromise<String>
    private var text = ""

    init(_ heard: EventLoopPromise<String>) { self.heard = heard }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { heard.succeed(text) }
}

@Suite("A server for pages by HTTPS", .timeLimit(.minutes(10)))
struct HTTPSServerTests {
    private static let get = "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.org\r\n\r\n"

    @Test("Our own fetcher, which trusts nobody, gets the page")
    func fetched() async throws {
        try await PageServer.with { _, port, observer in
            var options = HTTPSFetchOptions()
            options.port = port
            options.allowedNetworks = ["127.0.0.0/8"].compactMap { IPPrefix($0) }
            options.totalTimeout = .seconds(600)
            let fetcher = HTTPSFetcher(
                resolver: Zone(["mta-sts.example.org A 127.0.0.1", "mta-sts.example.org AAAA nodata"]),
                anchors: TrustAnchors(try Certificate.list(pem: PageServer.pem("root"))), options: options,
                on: MultiThreadedEventLoopGroup.singleton)
            let host = try DomainName("mta-sts.example.org")
            let resource = try #require(HTTPSResource(host: host, path: "/.well-known/mta-sts.txt"))
            let outcome = await fetcher.fetch(resource, at: UnixTime(seconds: 1_909_000_000))
            #expect(outcome.document?.body == PageServer.page, "\(outcome.reason)")
            #expect(outcome.document?.mediaType == "text/plain")
            await observer.seen.wait(for: .answered(status: 200))
        }
    }

    @Test(
        "Requests and what they get",
        arguments: [
            (get, "200"), (get.replacingFirst("GET", "HEAD"), "200"),
            (get.replacingFirst("Host: mta-sts.example.org", "hOsT: MTA-STS.example.org:443"), "200"),
            (get.replacingFirst("txt", "txt?x=1"), "200"), (get.replacingFirst(".txt", ""), "404"),
            (get.replacingFirst("Host: mta-sts", "Host: other"), "404"),
            (get.replacingFirst("Host: mta-sts.example.org\r\n", ""), "400"),
            (get.replacingFirst("Host: mta-sts.example.org", "Host: a.example\r\nHost: b.example"), "400"),
            (get.replacingFirst("GET", "POST"), "405"), (get.replacingFirst("GET", "DELETE"), "405"),
            (get.replacingFirst("1.1", "1.0"), "200"), ("nonsense\r\n\r\n", "400"),
            (get.replacingFirst("\r\n\r\n", "\r\nX: \(String(repeating: "y", count: 9000))\r\n\r\n"), "431"),
            (get.replacingFirst("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\nabc"), "200"),
            (get + get, "200"),
        ])
    func requests(_ text: String, _ status: String) async throws {
        try await PageServer.with { _, port, _ in
            let answer = try await said(text, port: port)
            let parts = answer.components("\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(200))")
            #expect(answer.contains("Connection: close\r\n"))
            let isPage = status == "200" && !text.hasPrefix("HEAD")
            #expect(parts.dropFirst().joined(separator: "\r\n\r\n").hasPrefix("version: STSv1\r\n") == isPage)
            #expect(answer.contains("Content-Length: \(PageServer.page.count)\r\n") == (status == "200"))
        }
    }

    @Test("Without a name that is known, or with old TLS, there is no TLS")
    func names() async throws {
        try await PageServer.with { _, port, observer in
            let refused = [
                try await said(Self.get, name: "other.example.org", port: port),
                try await said(Self.get, name: nil, port: port),
                try await said(Self.get, port: port, most: .tlsv11),
            ]
            #expect(refused == ["", "", ""])
            await observer.seen.wait { $0.count { $0 == .handshakeFailed } == 3 }
            let taken = try await said(Self.get, port: port, most: .tlsv12)
            #expect(taken.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("Another certificate is shown from the next connection on, and none where there is none")
    func renewal() async throws {
        try await PageServer.with(identity: nil) { server, port, _ in
            let host = try DomainName("mta-sts.example.org")
            await #expect(throws: (any Error).self) { _ = try await nothing(said(Self.get, port: port)) }
            try server.replaceIdentities([host: try PageServer.identity("self-signed")])
            let answer1 = try await said(Self.get, port: port)
            #expect(answer1.hasPrefix("HTTP/1.1 200 "))
            try server.replaceIdentities([host: try PageServer.identity("good")])
            let answer2 = try await said(Self.get, port: port)
            #expect(answer2.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("Who says nothing is cut off, and so are more than there may be")
    func bounds() async throws {
        var options = HTTPSServerOptions()
        options.connectionTimeout = .milliseconds(200)
        options.connectionsMax = 1
        try await PageServer.with(options) { _, port, observer in
            let answer3 = try await said("GET", port: port)
            #expect(answer3 == "")
            await observer.seen.wait(for: .cutOff)
        }
    }

    @Test("A key that is another's, and what is no PEM, are told of")
    func identities() throws {
        let other = try CertificateFixtures.pem("key-ec")
        #expect(throws: HTTPSServerError.self) { try HTTPSIdentity(chain: PageServer.pem("good"), key: other) }
        #expect(throws: HTTPSServerError.self) { try HTTPSIdentity(chain: [], key: other) }
        #expect(throws: HTTPSServerError.self) { try HTTPSIdentity(chain: PageServer.pem("good"), key: [1]) }
    }
}

/// Throws where there is nothing.
private func nothing(_ text: String) throws -> String {
    struct Nothing: Error {}
    if text.isEmpty { throw Nothing() }
    return text
}

extension String {
    fileprivate func replacingFirst(_ part: String, _ other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return replacingCharacters(range, other)
    }

    private func replacingCharacters(_ range: Range<String.Index>, _ other: String) -> String {
        String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }

    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
