/// What a daemon that runs can't take up: the documents and its own messages name it by these words.
public enum RestartKey: String, Sendable, CaseIterable {
    case proxySize = "proxy.message-size"
    case proxyProtocol = "proxy.proxy-protocol"
    case proxyClients = "proxy.xclient-from"
    case proxyConnections = "proxy.connections"
    case proxy = "proxy.listen (where there was none)"
    case hostingState = "mta-sts-hosting.state"
    case store = "reports.store"
    case intake = "the first and the last of reports.addresses, folders, lmtp and posts"
    case dashboard = "dashboard (but for other sockets in dashboard.listen)"
    case logFormat = "log.format"
}
