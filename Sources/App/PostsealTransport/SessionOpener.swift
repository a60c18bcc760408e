public import Certificates
public import MailBytes
public import MailNames
public import NIOCore
internal import SMTPProtocol
public import SMTPTransport
internal import Sockets
public import TransportPolicy

/// Connects to the servers of plans, and sees that they hold to what is asked of them.
public struct SessionOpener: Sendable {
    /// How connections are made.
    public struct Settings: Sendable {
        /// What the client calls itself.
        public var name: String
        /// The address that connections over IPv4 are made from; nil for any.
        public var source4: IPAddress?
        /// The address that connections over IPv6 are made from; nil for any.
        public var source6: IPAddress?
        /// How long a server may take for each thing.
        public var times = SMTPClientTimes()
        /// Another port than the plan's; for tests.
        public var port: UInt16?

        public init(name: String) { self.name = name }
    }

    private let settings: Settings
    private let anchors: TrustAnchors
    private let strict: SMTPClientTLS
    private let lenient: SMTPClientTLS
    private let group: any EventLoopGroup
    private let now: @Sendable () -> UnixTime

    /// - Throws: where the TLS library can't be set up.
    public init(
        settings: Settings, anchors: TrustAnchors, on group: any EventLoopGroup, now: @escaping @Sendable () -> UnixTime
    ) throws(SMTPTLSError) {
        self.settings = settings
        self.anchors = anchors
        // RFC 9325 §3.1.1 where a server has promised something. Elsewhere RFC 7435 §3: better a bad one than none.
        strict = try SMTPClientTLS(versions: .tls12 ... .tls13)
        lenient = try SMTPClientTLS(versions: .tls10 ... .tls13)
        self.group = group
        self.now = now
    }

    /// Connects to one address of a server, says EHLO, begins TLS, and judges what was seen.
    ///
    /// Nothing of a message has been said when this returns. A session that does not hold is closed already.
    public func open(_ server: ServerPlan, of plan: TransportPlan, at address: IPAddress) async -> OpenedSession {
        let opened = await connect(server, address, tls: server.demand.requiresTLS ? .required : .ifOffered)
        var session = judged(opened, server, plan, address)
        // RFC 7435 §3: where nothing was promised, a failed handshake is no reason not to deliver.
        if case .failed = session.facts?.tls, !server.demand.requiresTLS {
            let failed = session
            session = judged(await connect(server, address, tls: .never), server, plan, address)
            if session.client == nil { return failed }
            session.facts?.tls = failed.facts?.tls ?? .notOffered
            session.judgement = failed.judgement
        }
        if session.judgement?.mayDeliver == false, let client = session.client {
            await client.quit()
            session.client = nil
        }
        return session
    }

    private func connect(
        _ server: ServerPlan, _ address: IPAddress, tls use: SMTPClientOptions.TLSUse
    ) async -> Result<SMTPClient, SMTPClientError> {
        var options = SMTPClientOptions(configuration: SMTPClientConfiguration(name: settings.name))
        options.tlsUse = use
        options.tls = server.demand.requiresTLS ? strict : lenient
        options.serverName = server.serverName.isRoot ? nil : server.serverName.text
        options.localAddress = address.isV4 ? settings.source4 : settings.source6
        options.times = settings.times
        do throws(SMTPClientError) {
            return .success(
                try await SMTPClient.connect(
                    to: .tcp(address, port: settings.port ?? server.port), options: options, on: group))
        } catch {
            return .failure(error)
        }
    }

    private func judged(
        _ connected: Result<SMTPClient, SMTPClientError>, _ server: ServerPlan, _ plan: TransportPlan,
        _ address: IPAddress
    ) -> OpenedSession {
        var session = OpenedSession(server: server, address: address)
        let tls: SessionFacts.TLS
        switch connected {
        case .success(let client):
            session.client = client
            tls =
                client.tls.map { facts in
                    .established(
                        try? PresentedChain(der: facts.presentedChain), version: facts.version?.rawValue ?? "TLS",
                        cipher: facts.cipher)
                } ?? .notOffered
        case .failure(.tlsNotOffered): tls = .notOffered
        case .failure(.tlsRefused(let reply)): tls = .refused("\(reply)")
        case .failure(.handshake(let error)): tls = .failed("\(error)")
        case .failure(let error):
            session.obstacle = error
            return session
        }
        var facts = SessionFacts(tls: tls, remoteAddress: address)
        facts.localAddress = address.isV4 ? settings.source4 : settings.source6
        facts.helo = session.client?.capabilities.name
        session.facts = facts
        session.judgement = SessionJudge(plan: plan, anchors: anchors).judge(facts, with: server, at: now())
        return session
    }
}

/// A connection that was tried.
public struct OpenedSession: Sendable {
    /// The server of the plan.
    public var server: ServerPlan
    /// Where it was tried.
    public var address: IPAddress
    /// The connection, if it holds.
    public var client: SMTPClient?
    /// What was seen; nil where there was no server to see.
    public var facts: SessionFacts?
    /// What comes of that.
    public var judgement: SessionJudgement?
    /// Why there was no server; nil if there was.
    public var obstacle: SMTPClientError?

    init(server: ServerPlan, address: IPAddress) {
        self.server = server
        self.address = address
    }

    /// One clause for a person.
    public var reason: String { judgement?.reason ?? obstacle?.description ?? "" }
}
