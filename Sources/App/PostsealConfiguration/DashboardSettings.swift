public import MailNames
public import Sockets

/// Pages for people: where they are served, to whom, and what they show.
public struct DashboardSettings: Sendable, Hashable {
    /// Where accounts are kept.
    public enum AccountPlace: Sendable, Hashable {
        /// A file of this machine.
        case file(String)
        /// The PostgreSQL database of `reports.store`.
        case database
    }

    /// Where accounts are if nobody says otherwise, and reports are in a file.
    public static let accountsStandardPath = "/var/lib/postseal/accounts.json"

    /// Where they are served.
    public var listeners: [ListenSocket] = []
    /// The chain in PEM; empty to serve in the clear.
    public var certificatePath = ""
    /// The key in PEM; the same file, perhaps.
    public var keyPath = ""
    /// Proxies in front that may say for whom they speak.
    public var trustedProxies: [IPPrefix] = []
    /// Where accounts are kept, and who has logged in.
    public var accounts = AccountPlace.file(Self.accountsStandardPath)
    /// How many messages are kept with their verdicts, in memory.
    public var messagesMax = 1000
    /// A session that is not used ends after so long.
    public var idleTime: Duration = .seconds(3600)
    /// A session ends after so long, however it is used.
    public var lifeTime: Duration = .seconds(43_200)

    public init() {}

    /// Whether anybody is served.
    public var isUsed: Bool { !listeners.isEmpty }

    /// Whether messages are kept with their verdicts.
    public var keepsMessages: Bool { isUsed && messagesMax > 0 }

    /// Whether it is served by TLS.
    public var usesTLS: Bool { !certificatePath.isEmpty }
}
