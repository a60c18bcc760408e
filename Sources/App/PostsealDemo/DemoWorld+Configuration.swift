internal import DKIM
internal import DNS
internal import MailNames
internal import PostsealConfiguration
internal import PostsealEngine
internal import PostsealObservability
internal import Sockets
internal import UnboundResolver

extension DemoWorld {
    /// The daemon's configuration: what an administrator of home.example would write, keys and DNS put in.
    func configuration(
        _ milter: ListenAddress, _ http: ListenAddress,
        _ dashboard: (address: ListenAddress, files: DemoDashboard)? = nil
    ) throws -> DaemonConfiguration {
        var configuration = DaemonConfiguration(authservID: DemoNames.authservID)
        try configure(&configuration.guardSettings)
        configuration.milter.listeners = [ListenSocket(milter)]
        configuration.http.listeners = [ListenSocket(http)]
        configuration.dns.overlay = RecordedOverlay(
            answers, domains: try DemoZone.domains.map { try DomainName($0) })
        configuration.log.format = .json
        if let dashboard {
            configuration.dashboard.listeners = [ListenSocket(dashboard.address)]
            configuration.dashboard.accounts = .file(dashboard.files.accountsPath)
            configuration.reports.store = .file(dashboard.files.storePath)
        }
        return configuration
    }

    /// What differs from the defaults.
    func configure(_ settings: inout GuardSettings) throws {
        // Mail that fails, of domains that only watch, is let in with a mark.
        settings.policy.onMonitoring = .tag
        settings.subjectPrefix = Array("[unproven]".utf8)
        settings.policy.trustedSealers = [try DomainName(DemoNames.lists)]
        settings.ownNetworks = [IPPrefix(hosts.printer.address, length: 25)].compactMap(\.self)
        settings.signing = [
            SigningRule(
                pattern: .exactly(try DomainName(DemoNames.home)),
                keys: [keys[.home], keys[.homeEd25519]].compactMap(\.self).map {
                    SigningRule.Key(selector: $0.selector, privateKey: $0.privateKey)
                })
        ]
    }
}
