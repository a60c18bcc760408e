internal import Glibc
internal import MailBytes
internal import MailNames
internal import NIOCore
internal import NIOPosix
internal import PostsealConfiguration
internal import PostsealDaemon
internal import Sockets
internal import UnixSignals

/// The daemon with a small mail world of its own: shows a newcomer what it does, then waits for the newcomer's mail.
public struct Demo: Sendable {
    private let options: DemoOptions
    private let printer: DemoPrinter

    /// - Parameter write: takes the lines, with their colours.
    public init(_ options: DemoOptions, write: @escaping @Sendable (String) -> Void) {
        self.options = options
        printer = DemoPrinter(style: DemoStyle(hasColours: options.hasColours), write: write)
    }

    /// Runs until a signal says to stop, or until the day is over.
    ///
    /// - Returns: false where a message came out otherwise than its story says.
    /// - Throws: ``DemoError`` or ``PostsealDaemon/DaemonError``, where it cannot start.
    public func run() async throws -> Bool {
        // Whoever reads the output may go away.
        signal(SIGPIPE, SIG_IGN)
        let parts = DaemonParts(version: options.version)
        let world = try await DemoWorld(at: parts.now())
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let isGood = try await run(world, parts, group)
            try await group.shutdownGracefully()
            return isGood
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private func run(
        _ world: DemoWorld, _ parts: DaemonParts, _ group: MultiThreadedEventLoopGroup
    ) async throws -> Bool {
        let events = try await DemoEvents.open(on: group)
        defer { close(events.descriptor) }
        var parts = parts
        parts.logDescriptor = events.descriptor
        let signals = options.trapsSignals ? await UnixSignalsSequence(trapping: .sigint, .sigterm) : nil
        let files = try await DemoDashboard(at: parts.now())
        defer { files.remove() }
        let (daemon, places) = try await start(world, files, parts, group)
        return await withTaskGroup(of: Bool?.self) { tasks in
            tasks.addTask {
                await daemon.run()
                return false
            }
            tasks.addTask {
                guard let signals else { return nil }
                for await _ in signals { return true }
                return nil
            }
            tasks.addTask {
                await events.tick()
                return nil
            }
            tasks.addTask { await show(world, events, DemoMailServer(address: places.milter, group: group), places) }
            var isGood = true
            for await ending in tasks {
                guard let ending else { continue }
                isGood = ending
                break
            }
            await daemon.stop(grace: .seconds(2))
            tasks.cancelAll()
            return isGood
        }
    }

    // MARK: Start

    private func start(
        _ world: DemoWorld, _ files: DemoDashboard, _ parts: DaemonParts, _ group: MultiThreadedEventLoopGroup
    ) async throws -> (daemon: Daemon, places: DemoPlaces) {
        var moved: [String] = []
        let milter = await address(options.milter, DemoOptions.milterDefault, group, &moved)
        let http = await address(options.http, DemoOptions.httpDefault, group, &moved)
        let dashboard = await address(options.dashboard, DemoOptions.dashboardDefault, group, &moved)
        let daemon = try await Daemon.start(
            world.configuration(milter, http, (dashboard, files)), parts: parts)
        var places = try Self.places(of: daemon)
        places.dashboard = daemon.dashboardAddresses.first.map { text in
            (text.hasPrefix("tcp:") ? "http://\(text.dropFirst(4))/" : text, files.password)
        }
        printer.introduce()
        printer.tell(places, moved: moved)
        return (daemon, places)
    }

    /// The address that was asked for; else the usual one, or any that is free.
    private func address(
        _ wanted: ListenAddress?, _ usual: ListenAddress, _ group: MultiThreadedEventLoopGroup,
        _ moved: inout [String]
    ) async -> ListenAddress {
        if let wanted { return wanted }
        guard case .tcp(let host, let port) = usual else { return usual }
        let probe = try? await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host.text, port: Int(port)).get()
        if let probe {
            try? await probe.close().get()
            return usual
        }
        moved.append("Port \(port) is in use by another program, so the demo takes a free one.")
        return .tcp(host, port: 0)
    }

    private static func places(of daemon: Daemon) throws -> DemoPlaces {
        guard let milter = daemon.milterAddresses.first, let http = daemon.httpAddresses.first else {
            throw DemoError(description: "the daemon does not listen")
        }
        return DemoPlaces(milter: try ListenAddress(milter), http: try ListenAddress(http))
    }

    // MARK: The day

    /// Sends the day; then, unless it is for once, shows what others send.
    ///
    /// - Returns: whether all came out as the stories say; nil where somebody ended it before.
    private func show(
        _ world: DemoWorld, _ events: DemoEvents, _ server: DemoMailServer, _ places: DemoPlaces
    ) async -> Bool? {
        var iterator = events.stream.makeAsyncIterator()
        var player = DemoPlayer(printer: printer, server: server, pace: options.pace)
        for message in world.day {
            await player.play(message, &iterator)
            if Task.isCancelled { return nil }
        }
        printer.summarise(player.outcomes, isAsExpected: player.isAsExpected)
        if options.isOnce { return player.isAsExpected }
        printer.invite(places, postseal: options.program)
        while let event = await iterator.next() {
            if case .log(let record) = event { printer.show(stranger: record) }
        }
        return nil
    }
}
