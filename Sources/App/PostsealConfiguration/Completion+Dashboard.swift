internal import MailNames
internal import Sockets

extension Completion {
    /// Reads the certificate, and sees that no password goes over a network in the clear.
    mutating func completeDashboard(_ dashboard: inout DashboardSettings, _ store: ReportStoreLocation) {
        dashboard.listeners = listeners(draft.dashboardListeners, key: "dashboard.listen", isPublic: true)
        // Commands make accounts before anybody is served, too.
        if case .file(let path)? = draft.dashboardAccounts {
            dashboard.accounts = .file(path)
        } else if case .postgreSQL = store {
            dashboard.accounts = .database
        }
        let keys = ["certificate", "key", "trusted-proxies", "accounts", "messages", "idle", "session"]
        guard dashboard.isUsed else {
            for key in keys.map({ "dashboard.\($0)" }) where reading.place(of: key) != nil {
                reading.warning(
                    "has no effect, because nobody is served: set dashboard.listen", at: place(key), key: key)
            }
            return
        }
        if case .file = store, draft.dashboardAccounts == .database {
            reading.error(
                "needs reports.store in PostgreSQL", at: place("dashboard.accounts"), key: "dashboard.accounts")
        }
        if dashboard.idleTime > dashboard.lifeTime {
            reading.warning(
                "is longer than dashboard.session, after which all ends", at: place("dashboard.idle"),
                key: "dashboard.idle")
        }
        for network in dashboard.trustedProxies where network.length == 0 {
            reading.error(
                "\(network) is every client: anybody could say that it is somebody else",
                at: place("dashboard.trusted-proxies"), key: "dashboard.trusted-proxies")
        }
        if dashboard.usesTLS {
            _ = identity(dashboard.certificatePath, dashboard.keyPath, section: "dashboard")
            if dashboard.keyPath.isEmpty { dashboard.keyPath = dashboard.certificatePath }
            return
        }
        if !dashboard.keyPath.isEmpty {
            reading.error(
                "has no meaning without dashboard.certificate", at: place("dashboard.key"), key: "dashboard.key")
        }
        guard dashboard.trustedProxies.isEmpty else { return }
        for listener in draft.dashboardListeners {
            guard let address = listener.address, case .tcp = address, !address.isLocal else { continue }
            reading.error(
                "\(address) can be reached from other machines, and passwords would go there in the clear: set "
                    + "dashboard.certificate, or dashboard.trusted-proxies", at: listener.place, key: "dashboard.listen"
            )
        }
    }
}
