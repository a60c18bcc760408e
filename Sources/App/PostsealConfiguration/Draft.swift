internal import DKIM
internal import MTASTS
internal import MailNames
internal import PostsealEngine
internal import Sockets
internal import UnboundResolver

/// The configuration as it was read, before files are looked at and keys are held against each other.
struct Draft: Sendable {
    /// With everything that one key decides alone.
    var configuration = DaemonConfiguration(authservID: "localhost")
    var name = ""
    var milterListeners: [ListenerDraft] = []
    var httpListeners: [ListenerDraft] = []
    var socketmapListeners: [ListenerDraft] = []
    var relayListeners: [ListenerDraft] = []
    var proxyListeners: [ListenerDraft] = []
    var proxyCertificate = ""
    var proxyKey = ""
    var tlsReportListeners: [ListenerDraft] = []
    var reportListeners: [ListenerDraft] = []
    var policyListeners: [ListenerDraft] = []
    var dashboardListeners: [ListenerDraft] = []
    /// Nil to have them where reports are.
    var dashboardAccounts: DashboardSettings.AccountPlace?
    var policyCertificate = ""
    var policyKey = ""
    var hostedPolicies: [HostedPolicyDraft] = []
    /// The file of the authorities for MTA-STS.
    var authorities = ""
    var relayCertificate = ""
    var relayKey = ""
    var servers: [ServerAddress] = []
    var trustAnchor = ""
    var validation: DNSSECValidation = .automatic
    var recorded = ""
    var exceptions: [ExceptionDraft] = []
    var signing: [SigningDraft] = []
    var sealing: [SealingDraft] = []
}

/// A thing of which there may be several: it knows where it stands.
protocol Placed: Sendable {
    var place: ConfigurationProblem.Place { get set }
    init()
}

struct ListenerDraft: Placed {
    var place: ConfigurationProblem.Place = .whole
    /// As it is written; read when the folder is known.
    var address: ListenAddress?
    var mode: UInt32?
    var owner = ""
    var group = ""
}

struct ExceptionDraft: Placed {
    var place: ConfigurationProblem.Place = .whole
    var networks: [IPPrefix] = []
    var authors: [DomainName] = []
    var action: PolicyAction?
}

struct SigningDraft: Placed {
    var place: ConfigurationProblem.Place = .whole
    var pattern: DomainPattern?
    var signAs: DomainName?
    var keys: [KeyDraft] = []
}

struct KeyDraft: Placed {
    var place: ConfigurationProblem.Place = .whole
    var selector: DomainName?
    var file = ""
    var filePlace: ConfigurationProblem.Place = .whole
}

struct HostedPolicyDraft: Placed {
    var place: ConfigurationProblem.Place = .whole
    var domain: DomainName?
    var mode = MTASTSMode.testing
    var patterns: [MTASTSHostPattern] = []
    var maxAge = Duration.seconds(7 * 86_400)
    var certificate = ""
    var key = ""
}

struct SealingDraft: Placed {
    var place: ConfigurationProblem.Place = .whole
    var recipients: [RecipientPattern] = []
    var domain: DomainName?
    var key = KeyDraft()
}
