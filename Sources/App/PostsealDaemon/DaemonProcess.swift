internal import Glibc
internal import Logging
public import PostsealConfiguration
internal import PostsealObservability
internal import PostsealSystemd
internal import UnixSignals

/// The daemon as a process of the system: reads its configuration, obeys signals, and tells systemd how it is.
///
/// SIGHUP takes up the changed configuration; SIGTERM and SIGINT stop, and a second one does not wait any longer.
public struct DaemonProcess: Sendable {
    private let load: @Sendable () throws(ConfigurationFailure) -> LoadedConfiguration
    private let parts: DaemonParts
    private let notifier: SystemdNotifier
    /// How long messages on their way may take when the daemon stops. Less than systemd waits.
    private static let grace = Duration.seconds(60)

    /// - Parameters:
    ///   - load: reads the configuration, when the process begins and at each SIGHUP.
    ///   - environment: where systemd says how it wants to be told.
    public init(
        load: @escaping @Sendable () throws(ConfigurationFailure) -> LoadedConfiguration, parts: DaemonParts,
        environment: [String: String]
    ) {
        self.load = load
        self.parts = parts
        notifier = SystemdNotifier(environment: environment)
    }

    /// Runs until a signal says to stop.
    ///
    /// - Parameter started: is told the warnings of the configuration and the sockets, once all is open.
    /// - Throws: ``PostsealConfiguration/ConfigurationFailure`` or ``DaemonError``, where it cannot start.
    public func run() async throws {
        // A log pipe that nobody reads is an error to the writer, and no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
        let loaded = try load()
        let daemon = try await Daemon.start(loaded.configuration, parts: parts)
        for warning in loaded.warnings { daemon.core.log.warning("configuration: \(warning.description)") }
        notifier.notify(.ready, .status("serving " + daemon.summary))
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await daemon.run()
                return true
            }
            tasks.addTask {
                await obey(signals, daemon)
                return false
            }
            tasks.addTask {
                await feedWatchdog()
                return false
            }
            for await isOver in tasks where isOver { tasks.cancelAll() }
        }
    }

    private func obey(_ signals: UnixSignalsSequence, _ daemon: Daemon) async {
        await withDiscardingTaskGroup { tasks in
            var grace = Self.grace
            for await signal in signals {
                if signal == .sighup {
                    await reload(daemon)
                    continue
                }
                notifier.notify(.stopping)
                // A second signal comes in while the first one's grace runs.
                tasks.addTask { [grace] in await daemon.stop(grace: grace) }
                grace = .zero
            }
        }
    }

    private func reload(_ daemon: Daemon) async {
        notifier.notify(.reloading)
        defer { notifier.notify(.ready) }
        do {
            let loaded = try load()
            for warning in loaded.warnings { daemon.core.log.warning("configuration: \(warning.description)") }
            try await daemon.reload(loaded.configuration)
        } catch let failure as ConfigurationFailure {
            daemon.core.metrics.reloads.add(.failure)
            for error in failure.errors { daemon.core.log.error("configuration: \(error.description)") }
            daemon.core.log.error("configuration not taken up, the old one stays")
        } catch {
            // The daemon has said why.
        }
    }

    private func feedWatchdog() async {
        guard let interval = notifier.watchdogInterval else { return }
        repeat { notifier.notify(.watchdog) } while (try? await Task.sleep(for: interval)) != nil
    }
}
