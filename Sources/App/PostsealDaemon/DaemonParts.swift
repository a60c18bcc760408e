public import MailBytes
internal import PostsealObservability

/// What a daemon is given besides its configuration.
public struct DaemonParts: Sendable {
    /// The program's version, for metrics and replies.
    public var version: StaticString
    /// Where log lines go: a descriptor that stays open.
    public var logDescriptor: Int32 = 2
    /// Event loops that serve connections; nil for one on each core.
    public var threads: Int?
    /// The clock, which signatures are held against and made with.
    public var now: @Sendable () -> UnixTime = LogSink.systemTime

    public init(version: StaticString) { self.version = version }
}

/// Why the daemon cannot start, or cannot take up a changed configuration: one clause.
public struct DaemonError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
