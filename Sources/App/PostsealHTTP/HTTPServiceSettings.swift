/// What the HTTP interface lets one client take of memory and time.
public struct HTTPServiceSettings: Hashable, Sendable {
    /// Octets of a message: 50 MB.
    public var messageOctetsMax = 50 * 1024 * 1024
    /// Octets of a posted report: 16 MB.
    public var reportOctetsMax = 16 * 1024 * 1024
    /// Octets of a message's header, which is held in memory. The milter's limit.
    public var messageHeaderOctetsMax = 1024 * 1024
    /// Octets of all fields of a request.
    public var fieldOctetsMax = 64 * 1024
    /// Fields of a request: a few more than there may be recipients.
    public var fieldsMax = 1100
    /// Octets of the target of a request, with its query.
    public var targetOctetsMax = 32 * 1024
    /// Octets of a HELO name or of a mail address.
    public var addressOctetsMax = 4096
    /// Recipients of a message.
    public var recipientsMax = 1000
    /// Connections at once, over all sockets. Those beyond it are told to come back later.
    public var connectionsMax = 1000
    /// Time for a request to come in whole, counted from the end of its fields.
    public var requestTimeout: Duration = .seconds(60)
    /// Time for the next request to begin and its fields to come in.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a client may leave answers unread.
    public var writeTimeout: Duration = .seconds(30)
    /// How long what a client still sends is thrown away after the last answer, so that it gets to read that.
    public var lingerTimeout: Duration = .seconds(2)
    /// When stopping: how long requests may take to finish.
    public var stopTimeout: Duration = .seconds(30)
    /// What is told to clients that come while there are too many.
    public var retryAfterSeconds = 5

    /// The limits as they are above.
    public init() {}
}
