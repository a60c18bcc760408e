internal import ArgumentParser
internal import Certificates
internal import MTASTS
internal import MailNames
internal import NIOPosix
internal import PostsealTransport
internal import TransportPolicy

/// Which policies count, and where those of MTA-STS come from.
struct TransportPolicyOptions: ParsableArguments {
    @Flag(name: .customLong("no-dane"), help: "Do as if there were no TLSA records.")
    var ignoresDANE = false

    @Flag(name: .customLong("no-mta-sts"), help: "Do as if there were no MTA-STS policies.")
    var ignoresMTASTS = false

    @Option(
        name: .customLong("mta-sts-policy"),
        help: ArgumentHelp("Take this file for the domain's policy instead of fetching it.", valueName: "file"))
    var policyFile: String?

    @Option(
        name: .customLong("ca-file"),
        help: ArgumentHelp("Believe the authorities of this file instead of the system's.", valueName: "file"))
    var authoritiesFile: String?

    @Option(
        name: .customLong("allow-network"), parsing: .singleValue,
        help: ArgumentHelp("Private addresses of this network may be reached.", valueName: "network"))
    var allowedNetworks: [String] = []

    /// Whom to believe.
    func anchors() throws -> TrustAnchors {
        guard let authoritiesFile else { return .system() }
        do throws(TrustAnchorsError) {
            return try TrustAnchors(file: authoritiesFile)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    private func networks() throws -> [IPPrefix] {
        try allowedNetworks.map { text in
            guard let network = IPPrefix(text) else { throw CommandFailure("--allow-network '\(text)' is no network") }
            return network
        }
    }

    var transportOptions: TransportOptions {
        var options = TransportOptions()
        options.usesDANE = !ignoresDANE
        options.usesMTASTS = !ignoresMTASTS
        return options
    }

    /// Who knows policies; nil where they don't count.
    func keeper(_ dns: DNSOptions, _ session: DNSSession) throws -> MTASTSKeeper? {
        guard !ignoresMTASTS else { return nil }
        let fetcher: any MTASTSPolicyFetcher
        if let policyFile {
            fetcher = GivenPolicy(outcome: .policy(text: try FileInput.read(policyFile), mediaType: "text/plain"))
        } else if dns.recordedFile == nil {
            fetcher = PolicyFetcher(
                resolver: session, anchors: try anchors(), allowedNetworks: try networks(),
                on: MultiThreadedEventLoopGroup.singleton, now: { dns.now })
        } else {
            // Who asks a recorded file wants nothing from the network.
            fetcher = GivenPolicy(
                outcome: .failure(.connect("with --dns nothing is fetched; --mta-sts-policy gives the policy")))
        }
        return MTASTSKeeper(store: MTASTSMemory(), fetcher: fetcher)
    }
}

/// The same for every domain.
private struct GivenPolicy: MTASTSPolicyFetcher {
    let outcome: MTASTSFetchOutcome

    func fetch(_ domain: DomainName) async -> MTASTSFetchOutcome { outcome }
}
