internal import Sockets

extension Completion {
    /// The sockets of a section, with users and groups looked up.
    ///
    /// - Parameter isPublic: whether strangers are who is to come.
    mutating func listeners(_ drafts: [ListenerDraft], key: String, isPublic: Bool = false) -> [ListenSocket] {
        drafts.compactMap { draft in
            guard let address = draft.address else { return nil }
            var settings = ListenSocket(address, mode: draft.mode)
            if case .tcp = address {
                if draft.mode != nil || !draft.owner.isEmpty || !draft.group.isEmpty {
                    reading.error(
                        "\(address) is no file, so 'mode', 'owner' and 'group' have no meaning: take them out",
                        at: draft.place, key: key)
                }
                if !address.isLocal, !isPublic {
                    reading.warning(
                        "\(address) can be reached from other machines, and asks for no password: let a firewall keep "
                            + "strangers out", at: draft.place, key: key)
                }
                return settings
            }
            if let mode = draft.mode, mode & 0o002 != 0 {
                reading.warning(
                    "\(address) with mode 0\(String(mode, radix: 8)) lets everybody on this machine in",
                    at: draft.place,
                    key: "\(key).mode")
            }
            settings.owner = account(draft.owner, files.userID(named:), kind: "user", draft, key: "\(key).owner")
            settings.group = account(draft.group, files.groupID(named:), kind: "group", draft, key: "\(key).group")
            return settings
        }
    }

    private mutating func account(
        _ name: String, _ find: (String) -> UInt32?, kind: String, _ draft: ListenerDraft, key: String
    ) -> ListenSocket.Account? {
        guard !name.isEmpty else { return nil }
        if let number = UInt32(name) ?? find(name) { return .number(number) }
        reading.error("there is no \(kind) \(Shown.quoted(name)) on this machine", at: draft.place, key: key)
        return nil
    }

    /// There must be something to listen on, and nothing twice.
    mutating func checkListeners() {
        if draft.milterListeners.isEmpty, draft.httpListeners.isEmpty, draft.socketmapListeners.isEmpty,
            draft.relayListeners.isEmpty, draft.tlsReportListeners.isEmpty,
            draft.policyListeners.isEmpty, draft.reportListeners.isEmpty,
            draft.configuration.reports.folders.isEmpty,
            draft.proxyListeners.isEmpty, draft.dashboardListeners.isEmpty,
            reading.place(of: "milter.listen") == nil || !reading.hasErrors
        {
            reading.error(
                """
                nothing to listen on: set milter.listen, such as unix:/run/postseal/milter.sock, proxy.listen, \
                http.listen, reports.lmtp.listen or reports.folders
                """,
                at: reading.place(of: "milter.listen") ?? .whole)
        }
        var seen: [ListenAddress: ConfigurationProblem.Place] = [:]
        let all =
            draft.milterListeners.map { ("milter.listen", $0) } + draft.httpListeners.map { ("http.listen", $0) }
            + draft.socketmapListeners.map { ("transport.socketmap.listen", $0) }
            + draft.relayListeners.map { ("transport.relay.listen", $0) }
            + draft.tlsReportListeners.map { ("transport.tls-reports.listen", $0) }
            + draft.reportListeners.map { ("reports.lmtp.listen", $0) }
            + draft.proxyListeners.map { ("proxy.listen", $0) }
            + draft.policyListeners.map { ("mta-sts-hosting.listen", $0) }
            + draft.dashboardListeners.map { ("dashboard.listen", $0) }
        for (key, listener) in all {
            guard let address = listener.address else { continue }
            // Port 0 is another one each time.
            if address.isAnyPort { continue }
            if let earlier = seen[address] {
                reading.error("\(address) is listened on already\(earlier.inWords)", at: listener.place, key: key)
            }
            seen[address] = seen[address] ?? listener.place
        }
    }
}
