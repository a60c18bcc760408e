public import Certificates
public import DNS
internal import HTTPSFetch
public import MailBytes
public import MailNames
public import NIOCore
internal import SMTPProtocol
internal import SMTPTransport
public import Sockets

/// Sends by the mail server that is configured, and by HTTPS.
public struct ServerReportTransport: ReportTransport {
    /// The mail server.
    public var server: ListenAddress
    /// What we call ourselves there.
    public var name: String
    /// Who answers where hosts are asked for.
    public var resolver: any Resolver
    /// Whom a web server's certificate has to lead to.
    public var anchors: TrustAnchors
    /// Private networks that reports may be posted to.
    public var allowedNetworks: [IPPrefix]
    private let group: any EventLoopGroup

    /// Limit: all of an attempt.
    static let timeLimit = Duration.seconds(600)

    public init(
        server: ListenAddress, name: String, resolver: any Resolver, anchors: TrustAnchors,
        allowedNetworks: [IPPrefix] = [], on group: any EventLoopGroup
    ) {
        self.server = server
        self.name = name
        self.resolver = resolver
        self.anchors = anchors
        self.allowedNetworks = allowedNetworks
        self.group = group
    }

    // MARK: - Mail

    /// As ``ReportTransport`` promises.
    public func send(_ mail: [UInt8], from returnPath: String, to recipient: String) async -> TransportOutcome {
        let sender: SMTPPath
        let address: SMTPAddress
        do throws(SMTPSyntaxError) {
            sender = returnPath.isEmpty ? .null : .mailbox(try SMTPAddress(returnPath, allowsUTF8: true))
            address = try SMTPAddress(recipient, allowsUTF8: true)
        } catch {
            return .refused(answer: "the address can't be written in an envelope")
        }
        var parameters = SMTPMailParameters()
        parameters.size = mail.count
        parameters.smtpUTF8 = sender.isInternationalised || address.isInternationalised
        let envelope = SMTPEnvelope(
            sender: SMTPSender(sender, parameters), recipients: [SMTPRecipient(.mailbox(address))])
        return await withTaskGroup(of: TransportOutcome?.self) { tasks in
            tasks.addTask { await self.send(mail, envelope) }
            tasks.addTask {
                try? await Task.sleep(for: Self.timeLimit)
                return nil
            }
            var (outcome, isLate) = (TransportOutcome.later(answer: "cancelled"), false)
            for await result in tasks {
                // What the server has said counts, whatever ended first.
                if let result { outcome = result } else { isLate = isLate || !tasks.isCancelled }
                tasks.cancelAll()
            }
            if case .later = outcome, isLate { return .later(answer: "it took too long") }
            return outcome
        }
    }

    private func send(_ mail: [UInt8], _ envelope: SMTPEnvelope) async -> TransportOutcome {
        let client: SMTPClient
        do throws(SMTPClientError) {
            client = try await SMTPClient.connect(to: server, options: options, on: group)
        } catch {
            return .later(answer: "\(error), at the server \(server)")
        }
        let outcome = await client.send(envelope) { body in
            var rest = mail[...]
            while !rest.isEmpty {
                guard await body.write(Array(rest.prefix(Self.pieceOctets))) else { return true }
                rest = rest.dropFirst(Self.pieceOctets)
            }
            return true
        }
        switch outcome.recipients.first {
        case .delivered(let reply)?:
            await client.quit()
            return .accepted(answer: reply.description)
        case .refused(let reply, at: _)?:
            await client.quit()
            return reply.isPermanent ? .refused(answer: reply.description) : .later(answer: reply.description)
        case .lost(let isUnknowable)?:
            let why = await client.failure()?.description ?? "the connection was lost"
            await client.close()
            return .later(answer: isUnknowable ? "\(why); the server may have taken it" : why)
        case nil:
            await client.close()
            return .later(answer: "there was no answer")
        }
    }

    /// Octets that are written at once.
    private static let pieceOctets = 64 * 1024

    private var options: SMTPClientOptions {
        var options = SMTPClientOptions(configuration: SMTPClientConfiguration(name: name))
        // RFC 8460 §3: a report gets through whatever TLS does. On the machine itself there is nobody to hide from.
        if !server.isLocal, let tls = try? SMTPClientTLS(versions: .tls12 ... .tls13) {
            options.tls = tls
            options.tlsUse = .ifOffered
        }
        options.times.greeting = .seconds(60)
        options.times.command = .seconds(120)
        return options
    }

    // MARK: - HTTPS

    /// As ``ReportTransport`` promises: redirects are not followed, and nobody in a private network is reached.
    public func post(
        _ document: [UInt8], as mediaType: String, to uri: String, at now: UnixTime
    ) async -> TransportOutcome {
        guard let place = HTTPSPlace(uri), let upload = HTTPSUpload(mediaType: mediaType, body: document) else {
            return .refused(answer: "the URI can't be used")
        }
        var options = HTTPSFetchOptions()
        options.port = place.port
        options.allowedNetworks = allowedNetworks
        options.responseTimeout = .seconds(120)
        options.totalTimeout = .seconds(300)
        let fetcher = HTTPSFetcher(resolver: resolver, anchors: anchors, options: options, on: group)
        let outcome = await fetcher.post(upload, to: place.resource, at: now)
        switch outcome.result {
        case .fetched(let document): return .accepted(answer: "\(outcome.reason), status \(document.status)")
        // RFC 8460 §5.4, §5.5: what the code says is for the sender to judge. Those of 4xx that are about the moment
        // are 408, 425 (too early) and 429 (too many requests).
        case .failed(.status(let code)) where (400..<500).contains(code) && ![408, 425, 429].contains(code):
            return .refused(answer: outcome.reason)
        case .failed: return .later(answer: outcome.reason)
        }
    }
}

/// The host, port and path of an `https:` URI.
struct HTTPSPlace: Hashable {
    var resource: HTTPSResource
    var port: UInt16

    /// Nil for everything else, and for URIs with a user, a host that is an address, or a port that is none.
    init?(_ uri: String) {
        guard uri.lowercased().hasPrefix("https://") else { return nil }
        let rest = uri.dropFirst(8).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count)
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard !authority.contains("@"), (1...2).contains(parts.count), let host = try? DomainName(String(parts[0])),
            let port = parts.count == 2 ? UInt16(parts[1]) : 443, port > 0,
            let resource = HTTPSResource(host: host, path: path.hasPrefix("/") ? String(path) : "/\(path)")
        else { return nil }
        self.resource = resource
        self.port = port
    }
}
