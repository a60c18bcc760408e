internal import MailNames
internal import Sockets

/// How the demo is run.
public struct DemoOptions: Sendable {
    /// Whether it ends after the day.
    public var isOnce = false
    /// Between two messages.
    public var pace: Duration = .zero
    /// Whether the text may hold colours.
    public var hasColours = false
    /// How the program is called, for what is told to type.
    public var program: String = "postseal"
    /// The program's version.
    public var version: StaticString
    /// Whether SIGINT and SIGTERM end it.
    var trapsSignals = true
    /// Nil: the usual one, or any that is free.
    var milter: ListenAddress?
    var http: ListenAddress?
    var dashboard: ListenAddress?

    static let milterDefault = ListenAddress.tcp(loopback, port: 8891)
    static let dashboardDefault = ListenAddress.tcp(loopback, port: 8030)
    static let httpDefault = ListenAddress.tcp(loopback, port: 8027)
    static let loopback = IPAddress.v4(0x7F00_0001)

    /// - Parameters:
    ///   - milter: `tcp:127.0.0.1:8891` or `unix:/path`; nil for the usual one.
    ///   - http: likewise.
    ///   - dashboard: likewise.
    /// - Throws: where one of them is no such address.
    public init(
        version: StaticString, milter: String? = nil, http: String? = nil, dashboard: String? = nil
    ) throws(DemoError) {
        self.version = version
        self.milter = try Self.address(milter, "--milter")
        self.http = try Self.address(http, "--http")
        self.dashboard = try Self.address(dashboard, "--dashboard")
    }

    private static func address(_ text: String?, _ option: String) throws(DemoError) -> ListenAddress? {
        guard let text else { return nil }
        do throws(ListenAddress.Mistake) {
            return try ListenAddress(text)
        } catch {
            throw DemoError(description: "\(option) '\(text)' is no address: \(error.description)")
        }
    }
}

/// Why the demo cannot run: one clause.
public struct DemoError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
}
