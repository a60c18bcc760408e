public import Socketmap
public import TransportPolicy

/// The map that Postfix asks for the TLS policy of each next hop: `smtp_tls_policy_maps`.
///
/// The name of the map does not matter. Keys are next hops as Postfix has them: `example.org`, `[mx.example.org]:587`.
public struct PolicyTable: SocketmapTable {
    private let service: TransportService
    private let answered: @Sendable (MailDestination, TransportPlan, SocketmapReply) -> Void

    /// - Parameter answered: is told of each plan that was made; not of those that were remembered.
    public init(
        _ service: TransportService,
        answered: @escaping @Sendable (MailDestination, TransportPlan, SocketmapReply) -> Void = { _, _, _ in }
    ) {
        self.service = service
        self.answered = answered
    }

    /// What is remembered.
    public func cached(_ key: [UInt8], in map: [UInt8]) -> SocketmapReply? {
        if let reply = service.keptReply(for: key) { return reply }
        return Self.destination(key) == nil ? .notFound : nil
    }

    /// Finds out, and remembers.
    public func lookUp(_ key: [UInt8], in map: [UInt8]) async -> SocketmapReply {
        guard let destination = Self.destination(key) else { return .notFound }
        let (reply, plan) = await service.reply(for: destination, askedBy: key)
        answered(destination, plan, reply)
        return reply
    }

    /// Who writes brackets and ports has chosen a server, and says in `main.cf` what to demand of it.
    private static func destination(_ key: [UInt8]) -> MailDestination? {
        guard let destination = try? MailDestination(key[...]), case .domain = destination else { return nil }
        return destination
    }
}
