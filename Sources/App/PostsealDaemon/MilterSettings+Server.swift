internal import MilterProtocol
internal import MilterServer
internal import PostsealConfiguration
internal import PostsealEngine

extension MilterSettings {
    /// The options of the server that these settings ask for.
    func serverOptions(_ guardSettings: GuardSettings) -> MilterServerOptions {
        // Nothing but header fields is changed, and a message held: what is not asked for, nobody can be made to do.
        var options = MilterServerOptions(
            preferences: MilterPreferences(
                actions: [.addHeader, .changeHeader, .quarantine], macros: Self.macros))
        options.connectionsMax = connectionsMax
        options.idleTimeout = timeout
        options.messageTimeout = min(options.messageTimeout, timeout)
        options.overdue = MilterVerdict(GuardFailure.internalError.decision(guardSettings))
        return options
    }

    /// What mail servers are asked to tell, where they can be asked: who logged in, and their queue id.
    private static let macros = [
        MilterMacroList(.mail, ["{auth_authen}", "{auth_type}"]),
        MilterMacroList(.endOfMessage, ["i"]),
    ]
}

extension MilterSocket {
    init(_ listener: ListenerSettings) {
        self.init(
            MilterSocketAddress(listener.address), mode: listener.mode.map(UInt32.init),
            owner: listener.ownerID.map { .number($0) }, group: listener.groupID.map { .number($0) })
    }
}

extension MilterSocketAddress {
    init(_ address: ListenAddress) {
        switch address {
        case .unix(let path): self = .unix(path)
        case .tcp(let host, let port): self = .tcp(host, port: port)
        }
    }
}
