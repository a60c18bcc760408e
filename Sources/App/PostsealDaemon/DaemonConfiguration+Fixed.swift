internal import PostsealConfiguration

extension DaemonConfiguration {
    /// The keys that differ from another configuration and cannot be changed while the daemon runs.
    func keysFixed(since other: DaemonConfiguration) -> [String] {
        var keys: [String] = []
        if log.format != other.log.format { keys.append("log.format") }
        return keys
    }
}
