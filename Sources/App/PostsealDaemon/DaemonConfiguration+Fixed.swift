internal import PostsealConfiguration

extension DaemonConfiguration {
    /// The keys that differ from another configuration and cannot be changed while the daemon runs.
    func keysFixed(since other: DaemonConfiguration) -> [String] {
        var keys: [String] = []
        if proxy.isUsed, other.proxy.isUsed {
            if proxy.messageOctetsMax != other.proxy.messageOctetsMax { keys.append("proxy.message-size") }
            if proxy.expectsProxyHeader != other.proxy.expectsProxyHeader { keys.append("proxy.proxy-protocol") }
            if proxy.xclientFrom != other.proxy.xclientFrom { keys.append("proxy.xclient-from") }
            if proxy.connectionsMax != other.proxy.connectionsMax { keys.append("proxy.connections") }
        } else if proxy.isUsed {
            // What it offers is settled when the daemon starts.
            keys.append("proxy.listen")
        }
        if policyHosting.statePath != other.policyHosting.statePath { keys.append("mta-sts-hosting.state") }
        let isSameStore = reports.isUsed == other.reports.isUsed && reports.store == other.reports.store
        if !isSameStore { keys.append("reports.store") }
        if dashboard.isUsed {
            // Its sessions and what it keeps live as long as the daemon; only where it listens can change.
            var same = other.dashboard
            same.listeners = dashboard.listeners
            if !other.dashboard.isUsed {
                keys.append("dashboard.listen")
            } else if same != dashboard {
                keys.append("dashboard (but for dashboard.listen)")
            }
        }
        if log.format != other.log.format { keys.append("log.format") }
        return keys
    }
}
