public import MailBytes
public import NIOCore
public import SMTPProtocol
public import SMTPTransport

/// The incoming proxy: answers clients with what the server behind says, and lets a message through only when the
/// guard does.
///
/// MAIL and RCPT go to the server behind at once, so that it says itself whom it knows. The text is kept until the
/// verdict. A client hears that its message was taken when the server behind has said so, and not before.
public final class ProxyHandler<Guard: ProxyGuard>: SMTPMailHandler {
    let messageGuard: Guard
    let route: ProxyRoute
    let group: any EventLoopGroup
    let known: KnownOffers
    let idle: IdleClients
    let spoolMemory: SpoolMemory
    let now: @Sendable () -> UnixTime

    /// - Parameters:
    ///   - known: what servers behind offer; one for all handlers of a daemon.
    ///   - group: where connections to the server behind are read and written.
    public init(
        guard messageGuard: Guard, route: ProxyRoute, known: KnownOffers, on group: any EventLoopGroup,
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.known = known
        spoolMemory = SpoolMemory(octetsMax: route.memoryOctetsOfAllMax)
        idle = IdleClients(countMax: route.idleConnectionsMax, time: route.idleTime)
        self.messageGuard = messageGuard
        self.route = route
        self.group = group
        self.now = now
    }

    /// Takes up a connection.
    public func begin(_ facts: SMTPConnectionFacts) -> ProxyConversation<Guard> { ProxyConversation(self) }

    /// Everybody is let in: it is messages that are judged.
    public var answersGreetings: Bool { false }

    /// What the server behind does as well.
    public func offer(_ configuration: SMTPServerConfiguration) -> SMTPServerConfiguration {
        known.offer(configuration, before: route.server)
    }

    /// Asks the server behind what it offers, before the first client does.
    public func greet() async {
        do throws(SMTPClientError) {
            guard route.server != nil else { return }
            await idle.giveBack(try await connect())
        } catch {
            if error != .cancelled { messageGuard.observe(.unreachable(error)) }
        }
    }

    /// Ends the connections to the server behind that wait for messages: another handler takes the place of this one.
    public func retire() { idle.retire() }

    /// A new connection to the server behind.
    func connect() async throws(SMTPClientError) -> SMTPClient {
        guard let server = route.server else { throw .connection(0, .connect) }
        var configuration = SMTPClientConfiguration(name: route.name)
        configuration.mode = route.mode
        var options = SMTPClientOptions(configuration: configuration)
        options.times = route.times
        let client = try await SMTPClient.connect(to: server, options: options, on: group)
        known.note(client.capabilities, of: server)
        return client
    }
}
