internal import PostsealConfiguration
internal import UnboundResolver

extension DNSOptions {
    /// Makes the resolver that the options describe, or where they describe none, the one of the daemon's
    /// configuration: what would be sent depends on whom the daemon asks.
    func session(of configuration: DaemonConfiguration) throws -> DNSSession {
        guard !isExplicit else { return try session() }
        switch configuration.dns.source {
        case .recorded(let answers): return DNSSession(source: .recorded(answers), recordFile: recordFile)
        case .live(let live):
            do {
                return DNSSession(
                    source: .live(try UnboundResolver(configuration: live)), recordFile: recordFile)
            } catch {
                throw CommandFailure("cannot start the DNS resolver: \(error)")
            }
        }
    }
}
