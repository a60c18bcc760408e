internal import MailNames
internal import NIOCore
internal import SMTPProtocol
internal import Sockets

/// What all connections of a server share.
struct SMTPServerShared<Handler: SMTPMailHandler>: Sendable {
    let options: SMTPServerOptions
    let handler: Replaceable<Handler>
    let tls: Replaceable<SMTPServerTLS?>
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

/// The options' times as the event loop counts them.
struct SMTPServerTimes: ServerTimes {
    let command: TimeAmount
    let data: TimeAmount
    let handshake: TimeAmount
    let write: TimeAmount
    let tick: TimeAmount

    init(_ options: SMTPServerOptions) {
        command = TimeAmount(options.commandTimeout)
        data = TimeAmount(options.dataTimeout)
        handshake = TimeAmount(options.handshakeTimeout)
        write = TimeAmount(options.writeTimeout)
        tick = Self.tick(for: min(command, data, handshake, write))
    }
}
