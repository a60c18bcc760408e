public import SMTPProtocol
public import SMTPTransport
public import Sockets

/// Where messages go, and how they are kept until they may.
public struct ProxyRoute: Sendable {
    /// The server behind; nil where there is none, and then all mail has to wait.
    public var server: ListenAddress?
    /// What it speaks.
    public var mode = SMTPMode.smtp
    /// What the proxy calls itself, to the server behind and in Received fields.
    public var name: String
    /// The folder in which large messages wait, in files without a name.
    public var spoolFolder = "/var/tmp"
    /// Limit: a larger header is refused.
    public var headerOctetsMax = 256 * 1024
    /// Octets of a body that are kept in memory; the rest goes into a file.
    public var memoryOctetsMax = 1024 * 1024
    /// Octets of all bodies together that are kept in memory.
    public var memoryOctetsOfAllMax = 64 * 1024 * 1024
    /// RFC 5321 §6.3: a message that was handed on so many times goes in circles.
    public var hopsMax = 100
    /// How long the server behind may take.
    public var times = SMTPClientTimes()
    /// The server behind is asked so often whether it is still there, while a message comes in slowly.
    public var keepAlive = Duration.seconds(60)
    /// Connections to the server behind that may wait for a message.
    public var idleConnectionsMax = 20
    /// How long one waits.
    public var idleTime = Duration.seconds(5)

    /// A way to a server, with the usual limits.
    public init(server: ListenAddress?, name: String) {
        self.server = server
        self.name = name
        // The answer to QUIT is of no use to anybody.
        times.quit = .seconds(2)
    }
}
