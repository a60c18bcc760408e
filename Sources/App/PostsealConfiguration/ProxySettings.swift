public import MailNames
public import Sockets

/// The incoming proxy: where strangers are served, and which server stands behind.
public struct ProxySettings: Sendable {
    /// A certificate with its key, both in PEM.
    public struct Identity: Hashable, Sendable, CustomStringConvertible {
        /// The chain, the leaf first.
        public var chain: [UInt8]
        /// Not encrypted.
        public var key: [UInt8]

        public init(chain: [UInt8], key: [UInt8]) {
            self.chain = chain
            self.key = key
        }

        /// Without the key.
        public var description: String { "a certificate with its key" }
    }

    /// Where strangers are served.
    public var listeners: [ListenSocket] = []
    /// The server behind.
    public var server = ListenAddress.tcp(.v4(0x7F00_0001), port: 10_025)
    /// Whether the server behind speaks LMTP.
    public var speaksLMTP = false
    /// Nil where STARTTLS is not offered.
    public var identity: Identity?
    /// Octets of a message at most.
    public var messageOctetsMax = 50 << 20
    /// Where large messages wait for their verdict.
    public var spoolFolder = "/var/tmp"
    /// Whether each connection begins with a header of the PROXY protocol.
    public var expectsProxyHeader = false
    /// Servers that may say whom they speak for.
    public var xclientFrom: [IPPrefix] = []
    /// Connections at once; more are turned away.
    public var connectionsMax = 2000

    public init() {}

    /// Whether anybody is served.
    public var isUsed: Bool { !listeners.isEmpty }
}
