/// The maps that a ``SocketmapServer`` answers from.
public protocol SocketmapTable: Sendable {
    /// What is known without waiting; nil where it has to be looked up. Called on an event loop for every request, it
    /// must not block: whoever has a warm cache answers from it here, and no task is made.
    func cached(_ key: [UInt8], in map: [UInt8]) -> SocketmapReply?

    /// Looks a key up. The task is cancelled when the mail server is gone, or the look-up takes longer than
    /// ``SocketmapServerOptions/lookupTimeout``; what is returned then is dropped.
    func lookUp(_ key: [UInt8], in map: [UInt8]) async -> SocketmapReply
}

extension SocketmapTable {
    /// Nothing is known without waiting.
    public func cached(_ key: [UInt8], in map: [UInt8]) -> SocketmapReply? { nil }
}
