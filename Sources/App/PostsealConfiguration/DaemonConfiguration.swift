public import DNS
internal import MailNames
public import PostsealEngine
public import PostsealObservability
public import UnboundResolver

/// Everything the daemon was told: checked as a whole, with all keys and files read.
public struct DaemonConfiguration: Sendable {
    /// What is done with mail.
    public var guardSettings: GuardSettings
    /// Mail servers that hand over mail.
    public var milter = MilterSettings()
    /// Programs that ask.
    public var http = HTTPSettings()
    /// Who is asked.
    public var dns = DNSSettings()
    /// What is told.
    public var log = LogSettings()

    /// The defaults, under this name in Authentication-Results.
    public init(authservID: String) {
        guardSettings = GuardSettings(authservID: authservID)
        guardSettings.inspection.receivingHost = authservID
        // RFC 8601 §2.7.3: cheap, and what listed forwarders are recognised by.
        guardSettings.inspection.checksHostName = true
    }
}

/// Where and how mail servers are served.
public struct MilterSettings: Sendable, Hashable {
    public var listeners: [ListenerSettings] = []
    /// Connections at once; more are closed.
    public var connectionsMax = 2000
    /// Messages that are being checked at once; more are answered as overload says.
    public var messagesMax = 500
    /// A connection that is silent for so long is closed.
    public var timeout: Duration = .seconds(7200)

    public init() {}
}

/// A socket to be opened.
public struct ListenerSettings: Sendable, Hashable {
    public var address: ListenAddress
    /// The permissions of a Unix socket, such as 0o660; nil: what the umask leaves.
    public var mode: UInt16?
    /// The user that shall own a Unix socket.
    public var ownerID: UInt32?
    /// The group that a Unix socket shall belong to.
    public var groupID: UInt32?

    public init(_ address: ListenAddress, mode: UInt16? = nil, ownerID: UInt32? = nil, groupID: UInt32? = nil) {
        self.address = address
        self.mode = mode
        self.ownerID = ownerID
        self.groupID = groupID
    }
}

/// Where programs and people are served.
public struct HTTPSettings: Sendable, Hashable {
    public var listeners: [ListenerSettings] = []

    public init() {}
}

/// Who answers DNS questions, and how many a message may cost.
public struct DNSSettings: Sendable {
    /// Where answers come from.
    public enum Source: Sendable {
        case live(UnboundConfiguration)
        /// A recorded file alone.
        case recorded(RecordedAnswers)
    }

    public var source: Source = .live(UnboundConfiguration())
    /// Names that are answered from a recording where ``source`` is live; no file sets it. The demo's own names.
    public var overlay: RecordedOverlay?
    /// How long one look-up may take.
    public var lookupLimit: Duration = .seconds(5)
    /// How long all look-ups of a message may take together.
    public var budget: Duration = .seconds(20)
    /// How many different questions one message may cost.
    public var questionsMax = 100

    public init() {}
}

/// What is logged, and in which form.
public struct LogSettings: Sendable, Hashable {
    public var level: LogLevel = .info
    public var format: LogFormat = .text

    public init() {}
}
