internal import MailNames
internal import NIOCore
internal import SMTPProtocol
internal import Sockets
internal import Synchronization

/// What a server has on one event loop: its connections there, a clock that looks after all of them, and the calls that
/// wait for their tasks.
final class SMTPServerKeeper<Handler: SMTPMailHandler> {
    let loop: any EventLoop
    let shared: SMTPServerShared<Handler>
    let jobs: AsyncStream<SMTPJob<Handler>>.Continuation
    private var connections: [ObjectIdentifier: SMTPConnectionHandler<Handler>] = [:]
    private(set) var isStopping = false
    private var isTicking = false

    init(
        _ loop: any EventLoop, _ shared: SMTPServerShared<Handler>, _ jobs: AsyncStream<SMTPJob<Handler>>.Continuation
    ) {
        self.loop = loop
        self.shared = shared
        self.jobs = jobs
    }

    func add(_ connection: SMTPConnectionHandler<Handler>) {
        connections[ObjectIdentifier(connection)] = connection
        if !isTicking { startTick() }
    }

    func remove(_ connection: SMTPConnectionHandler<Handler>) { connections[ObjectIdentifier(connection)] = nil }

    /// Closes connections as soon as they are between messages, and what is left after so long.
    func stop(after grace: TimeAmount) {
        isStopping = true
        for connection in Array(connections.values) { connection.stopWhenIdle() }
        if grace <= .zero {
            stopNow()
        } else {
            loop.assumeIsolated().scheduleTask(in: grace) { self.stopNow() }
        }
    }

    private func stopNow() {
        for connection in Array(connections.values) { connection.close(.shutdown) }
    }

    private func startTick() {
        isTicking = true
        loop.assumeIsolated().scheduleTask(in: shared.times.tick) {
            self.isTicking = false
            let now = NIODeadline.now()
            for connection in Array(self.connections.values) { connection.check(now) }
            if !self.connections.isEmpty { self.startTick() }
        }
    }
}

/// The options' times as the event loop counts them.
struct SMTPServerTimes {
    let command: TimeAmount
    let data: TimeAmount
    let handshake: TimeAmount
    let write: TimeAmount
    /// How often connections are looked at.
    let tick: TimeAmount

    init(_ options: SMTPServerOptions) {
        command = TimeAmount(options.commandTimeout)
        data = TimeAmount(options.dataTimeout)
        handshake = TimeAmount(options.handshakeTimeout)
        write = TimeAmount(options.writeTimeout)
        let shortest = min(command, data, handshake, write)
        tick = min(.seconds(1), max(.milliseconds(1), .nanoseconds(shortest.nanoseconds / 4)))
    }
}

/// What all connections of a server share.
struct SMTPServerShared<Handler: SMTPMailHandler>: Sendable {
    let options: SMTPServerOptions
    let times: SMTPServerTimes
    let handler: SMTPBox<Handler>
    let tls: SMTPBox<SMTPServerTLS?>
    let admission: Admission
    let clients: ClientCount
    let observer: (any SMTPServerObserver)?

    /// What is offered to a client.
    func configuration(for client: IPAddress?) -> SMTPServerConfiguration {
        var configuration = handler.value.offer(options.configuration)
        if tls.value == nil { configuration.extensions.remove(.startTLS) }
        func add(_ keyword: SMTPExtensions, _ prefixes: [IPPrefix]) {
            configuration.extensions.remove(keyword)
            guard let client, prefixes.contains(where: { $0.contains(client) }) else { return }
            configuration.extensions.insert(keyword)
        }
        add(.xclient, options.xclientFrom)
        add(.xforward, options.xforwardFrom)
        return configuration
    }
}

/// A value that can be replaced while others use it.
final class SMTPBox<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}
