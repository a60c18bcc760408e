internal import ArgumentParser
internal import Certificates
internal import DNS
internal import MTASTS
internal import MailNames
internal import NIOPosix
internal import PostsealConfiguration
internal import PostsealTransport
internal import Rendering
internal import SMTPTransport
internal import Trace
internal import TransportPolicy

struct TLSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tls", abstract: "Shows how mail to a domain is protected on its way, and why.",
        discussion: """
            Finds the domain's mail servers and what each has to prove before mail may go there: by DANE (RFC 7672) \
            where DNSSEC proves the way, else by MTA-STS (RFC 8461). A host or an address stands in brackets, as in \
            '[mail.example.org]:587'. Exit status: 0 if something protects the way, 1 if nothing does, 2 if it can't \
            be told or the domain takes no mail.
            """)

    @Argument(help: ArgumentHelp("The domain of the recipients, or a next hop.", valueName: "domain"))
    var destination: String

    @Flag(
        name: .customLong("live"),
        help: "Connect to each server as a mail server would: what was negotiated, and what would have happened.")
    var isLive = false

    @Option(
        name: .customLong("live-port"),
        help: ArgumentHelp("Connect to this port instead of the server's.", valueName: "port"))
    var livePort: UInt16?

    @OptionGroup(title: "Policies") var policies: TransportPolicyOptions
    @OptionGroup(title: "DNS") var dns: DNSOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func run() async throws {
        let destination: MailDestination
        do throws(MailDestination.Mistake) {
            destination = try MailDestination(self.destination)
        } catch {
            throw CommandFailure("'\(self.destination)' is no destination: \(error)")
        }
        let session = try dns.session()
        let keeper = try policies.keeper(dns, session)
        let plan = await TransportPlanner(resolver: session, keeper: keeper, options: policies.transportOptions)
            .plan(for: destination, at: dns.now, tracing: output.explain)
        try session.finish()
        let sessions = isLive ? try await tried(plan) : nil
        output.show(
            json: plan.json(sessions: sessions), trace: [("tls", plan.trace)],
            text: TransportPage.text(plan, sessions: sessions))
        guard plan.dead == nil else { throw Verdict.unknown }
        if let sessions, !sessions.joined().contains(where: { $0.judgement?.mayDeliver == true }) {
            throw sessions.joined().contains { $0.judgement != nil } ? Verdict.bad : Verdict.unknown
        }
        guard plan.protection != .opportunistic else { throw Verdict.bad }
    }

    /// Limit: a host with more addresses than these is tried at these.
    private static let addressesMax = 4

    /// Tries each server that may be tried, side by side, and its addresses one after the other.
    private func tried(_ plan: TransportPlan) async throws -> [[TriedSession]] {
        var settings = SessionOpener.Settings(name: SystemFiles().hostName)
        settings.port = livePort
        settings.times.connect = .seconds(10)
        settings.times.greeting = .seconds(30)
        settings.times.handshake = .seconds(15)
        let time = dns.now
        let anchors = try policies.anchors()
        let opener: SessionOpener
        do throws(SMTPTLSError) {
            opener = try SessionOpener(
                settings: settings, anchors: anchors, on: MultiThreadedEventLoopGroup.singleton,
                now: { time })
        } catch {
            throw CommandFailure("TLS can't be set up: \(error)")
        }
        return await withTaskGroup(of: (Int, [TriedSession]).self) { tasks in
            for (index, server) in plan.servers.enumerated() where server.obstacle == nil {
                tasks.addTask {
                    var sessions: [TriedSession] = []
                    for address in server.addresses.prefix(Self.addressesMax) {
                        let opened = await opener.open(server, of: plan, at: address)
                        await opened.client?.quit()
                        sessions.append(TriedSession(opened))
                    }
                    return (index, sessions)
                }
            }
            var all = plan.servers.map { _ in [TriedSession]() }
            for await (index, sessions) in tasks { all[index] = sessions }
            return all
        }
    }
}

extension TriedSession {
    fileprivate init(_ opened: OpenedSession) {
        self.init(
            address: opened.address, facts: opened.facts, judgement: opened.judgement,
            obstacle: opened.obstacle?.description)
    }
}
