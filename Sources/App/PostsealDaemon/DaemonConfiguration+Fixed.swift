internal import PostsealConfiguration

extension DaemonConfiguration {
    /// Why another configuration can't be followed by this one while the daemon runs, as a sentence; nil if it can.
    func obstacle(since other: DaemonConfiguration) -> String? {
        let keys = keysFixed(since: other)
        var clauses = keys.isEmpty ? [] : ["\(keys.joined(separator: ", ")) cannot be changed without a restart"]
        if reports.isUsed != other.reports.isUsed {
            clauses.append(
                reports.isUsed
                    ? "reports (reports.addresses, folders, lmtp, posts) are taken in only after a restart"
                    : "reports (reports.addresses, folders, lmtp, posts) are not taken in any more only after a restart"
            )
        }
        return clauses.isEmpty ? nil : clauses.joined(separator: "; ")
    }

    /// The keys that differ from another configuration and cannot be changed while the daemon runs.
    func keysFixed(since other: DaemonConfiguration) -> [String] {
        var keys: [RestartKey] = []
        if proxy.isUsed, other.proxy.isUsed {
            if proxy.messageOctetsMax != other.proxy.messageOctetsMax { keys.append(.proxySize) }
            if proxy.expectsProxyHeader != other.proxy.expectsProxyHeader { keys.append(.proxyProtocol) }
            if proxy.xclientFrom != other.proxy.xclientFrom { keys.append(.proxyClients) }
            if proxy.connectionsMax != other.proxy.connectionsMax { keys.append(.proxyConnections) }
        } else if proxy.isUsed {
            // What it offers is settled when the daemon starts.
            keys.append(.proxy)
        }
        if policyHosting.statePath != other.policyHosting.statePath { keys.append(.hostingState) }
        if reports.store != other.reports.store { keys.append(.store) }
        if dashboard.isUsed {
            // Its sessions and what it keeps live as long as the daemon; only where it listens can change.
            var same = other.dashboard
            same.listeners = dashboard.listeners
            if !other.dashboard.isUsed || same != dashboard { keys.append(.dashboard) }
        }
        if log.format != other.log.format { keys.append(.logFormat) }
        return keys.map(\.rawValue)
    }
}
