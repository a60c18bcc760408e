internal import MailNames
internal import PostsealConfiguration
internal import PostsealHTTP

extension DaemonConfiguration {
    /// The keys that differ from another configuration and cannot be changed while the daemon runs.
    func keysFixed(since other: DaemonConfiguration) -> [String] {
        var keys: [String] = []
        if http != other.http { keys.append("http") }
        if milter.connectionsMax != other.milter.connectionsMax { keys.append("milter.connections") }
        if milter.timeout != other.milter.timeout { keys.append("milter.timeout") }
        if log.format != other.log.format { keys.append("log.format") }
        return keys
    }
}

extension HTTPServiceSettings {
    init(_ settings: HTTPSettings) {
        self.init(
            sockets: settings.listeners.map { listener in
                let address: HTTPSocket.Address =
                    switch listener.address {
                    case .unix(let path): .unix(path)
                    case .tcp(let host, let port): .tcp(host, port: port)
                    }
                return HTTPSocket(
                    address, mode: listener.mode.map(UInt32.init), owner: listener.ownerID.map { .number($0) },
                    group: listener.groupID.map { .number($0) })
            })
    }
}
