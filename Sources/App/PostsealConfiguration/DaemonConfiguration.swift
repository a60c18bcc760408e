public import Certificates
public import DNS
public import MailNames
public import PostsealEngine
public import PostsealObservability
public import Sockets
public import UnboundResolver

/// Everything the daemon was told: checked as a whole, with all keys and files read.
public struct DaemonConfiguration: Sendable {
    /// What is done with mail.
    public var guardSettings: GuardSettings
    /// Mail servers that hand over mail.
    public var milter = MilterSettings()
    /// Programs that ask.
    public var http = HTTPSettings()
    /// Strangers that hand over mail themselves.
    public var proxy = ProxySettings()
    /// Policies that are served to senders.
    public var policyHosting = PolicyHostingSettings()
    /// Pages for people.
    public var dashboard = DashboardSettings()
    /// How mail leaves.
    public var transport = TransportSettings()
    /// What others report about our domains.
    public var reports = ReportSettings()
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
    /// Where they are served.
    public var listeners: [ListenSocket] = []
    /// Connections at once; more are closed.
    public var connectionsMax = 2000
    /// Messages that are being checked at once; more are answered as overload says.
    public var messagesMax = 500
    /// A connection that is silent for so long is closed.
    public var timeout: Duration = .seconds(7200)

    public init() {}
}

/// Where programs and people are served.
public struct HTTPSettings: Sendable, Hashable {
    /// Where they are served.
    public var listeners: [ListenSocket] = []

    public init() {}
}

/// What the servers of others have to prove, and where mail servers ask about it.
public struct TransportSettings: Sendable {
    /// Where Postfix asks for TLS policies.
    public var socketmapListeners: [ListenSocket] = []
    /// Whether answers have what Postfix passes on for TLS reports.
    public var hasReportAttributes = false
    /// Whether TLSA records count.
    public var usesDANE = true
    /// Whether MTA-STS policies count.
    public var usesMTASTS = true
    /// Where MTA-STS policies are kept.
    public var cachePath = "/var/lib/postseal/mta-sts"
    /// Whom to believe for MTA-STS; nil for the system's authorities.
    public var authorities: TrustAnchors?
    /// Private networks from which policies may come.
    public var allowedNetworks: [IPPrefix] = []
    /// For so long mail waits where it can't be looked up whether there is an MTA-STS policy.
    public var policyWait: Duration = .seconds(86_400)

    public init() {}

    /// Who delivers mail here.
    public var relay = RelaySettings()
    /// What others are told of TLS with their servers.
    public var reports = TLSReportSettings()

    /// Whether anybody asks.
    public var isUsed: Bool { !socketmapListeners.isEmpty || !relay.listeners.isEmpty }
}

/// Where mail servers hand over mail to the world.
public struct RelaySettings: Sendable, Hashable {
    /// What is spoken there.
    public enum Mode: String, Sendable, Hashable {
        case lmtp, smtp
    }

    /// Where they are served.
    public var listeners: [ListenSocket] = []
    /// What is spoken there.
    public var mode = Mode.lmtp
    /// Networks whose hosts may send, besides the loopback.
    public var clients: [IPPrefix] = []
    /// The addresses that mail is sent from.
    public var sources: [IPAddress] = []
    /// Connections to one domain at once.
    public var connectionsMax = 20
    /// How long a connection waits for the next message.
    public var idleTime: Duration = .seconds(5)
    /// Messages that go over one connection.
    public var sessionMessages = 100
    /// Whether messages may waive what servers have to prove.
    public var honoursTLSRequired = true
    /// For those who hand mail over; nil where STARTTLS is not offered.
    public var identity: ProxySettings.Identity?

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
