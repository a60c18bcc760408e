import ArgumentParser
import DNS
import Foundation
import Glibc
import MailBytes
import PostsealConfiguration
import TestSupport
import Testing

@testable import PostsealCommand

/// What `config check` and the commands about our own reports say of a configuration that will not do.
@Suite struct ConfigPlacesTests {
    private static func load(_ text: String, _ folder: String) throws -> DaemonConfiguration {
        try ConfigurationLoader(environment: [:]).load(
            octets: Array("name: mx.example\n\(text)\n".utf8), named: "\(folder)/postseal.yaml"
        ).configuration
    }

    @Test func accountsInAFolderThatIsNotThereAreAWarning() async throws {
        try await withFolder { folder in
            let configuration = try Self.load(
                """
                reports: {store: "\(folder)/r.db"}
                dashboard: {listen: "tcp:127.0.0.1:1", accounts: "\(folder)/none/a.json"}
                """, folder)
            #expect(
                ConfigCheckCommand.missingPlaces(configuration) == [
                    "dashboard.accounts: the folder \(folder)/none is not there; without it the daemon does not start"
                ])
        }
    }

    @Test func whatTheDaemonsUserMayNotReadIsNamed() async throws {
        try await withFolder { folder in
            chmod(folder, 0o755)
            let (key, open) = ("\(folder)/key.pem", "\(folder)/open.pem")
            for (path, mode) in [(key, 0o600), (open, 0o644)] as [(String, mode_t)] {
                try Data().write(to: URL(filePath: path))
                chmod(path, mode)
            }
            mkdir("\(folder)/state", 0o700)
            let configuration = try Self.load(
                "milter: {listen: \"tcp:127.0.0.1:1\"}\nreports: {store: \"\(folder)/state/r.db\", posts: no, "
                    + "folders: [\"\(folder)\"]}", folder)
            let user = SystemUser(name: "nobody-here", number: 47_110, groups: [47_110])
            #expect(
                ConfigCheckCommand.closedPlaces(configuration, [key, open], user: user) == [
                    "\(key): the daemon's user nobody-here can't read it: chown nobody-here: \(key)",
                    "\(folder)/state: the daemon's user nobody-here can't write it: keep it in a folder of "
                        + "its own ('install -d -m 700 -o nobody-here -g nobody-here FOLDER')",
                ])
            let owner = SystemUser(name: "owner", number: geteuid(), groups: [])
            #expect(ConfigCheckCommand.closedPlaces(configuration, [key, open], user: owner).isEmpty)
            chmod(folder, 0o700)
            #expect(
                ConfigCheckCommand.closedPlaces(configuration, [open], user: user).first
                    == "\(open): the daemon's user nobody-here can't read it, because of the folder \(folder): let it "
                    + "in there (chmod, chgrp)")
        }
    }

    @Test func filesThatWereReadAreKnown() async throws {
        try await withFolder { folder in
            let files = NamedFiles()
            try Data("x".utf8).write(to: URL(filePath: "\(folder)/a"))
            for name in ["a", "a", "b"] { _ = try? files.read("\(folder)/\(name)", octetsMax: 10) }
            #expect(files.paths == ["\(folder)/a"])
        }
    }

    @Test func keysThatRootMakesAreToBeGivenAway() {
        #expect(DKIMKeyCommand.ownership("k.pem", isRoot: true)?.contains("chown postseal: k.pem") == true)
        #expect(DKIMKeyCommand.ownership("k.pem", isRoot: false) == nil)
    }

    @Test func reportsWithoutASignatureAreSaidToBe() async throws {
        try await withFolder { folder in
            let sending = """
                milter: {listen: "tcp:127.0.0.1:1"}
                reports: {send: {contact: r@example.org, server: "tcp:127.0.0.1:25"}}

                """
            let plain = try Self.load(sending, folder)
            let now = UnixTime(seconds: 1_795_564_800)
            func complaint(_ configuration: DaemonConfiguration) async -> String? {
                await ReportSendCommand.unsigned(configuration, Zone([]), at: now)
            }
            #expect(
                await complaint(plain)?.hasPrefix(
                    "reports would not be signed: no rule of outgoing.signing fits example.org: ") == true)
            let key = try #require(
                try Postseal.parseAsRoot([
                    "dkim", "key", "--domain", "example.org", "--selector", "s", "--out", "\(folder)/s.pem", "--json",
                ]) as? DKIMKeyCommand)
            try key.run()
            let signing = "outgoing: {signing: [{domain: example.org, keys: [{selector: s, file: s.pem}]}]}"
            let keyed = try Self.load(sending + signing, folder)
            #expect(
                await complaint(keyed)?.hasPrefix("reports would not be signed: s of example.org: ") == true)
            let silent = await ReportSendCommand.unsigned(
                keyed, Zone(["s._domainkey.example.org TXT timeout"]), at: now)
            #expect(silent == "reports may not be signed: s of example.org: DNS did not answer")
        }
    }

    @Test func withoutAKindThatIsBuiltWhichIsCounted() throws {
        let milter = "milter: {listen: \"tcp:127.0.0.1:1\"}\n"
        let sending = "reports: {send: {contact: r@example.org, server: \"tcp:127.0.0.1:25\"}}\n"
        let counting = "transport: {tls-reports: {contact: r@example.org}}\n"
        func kind(_ text: String) throws -> ReportBuildCommand.Kind {
            try ReportBuildCommand.kind(try Self.load(milter + text, "/etc/postseal"))
        }
        #expect(try kind(sending) == .aggregate)
        for text in [counting, sending + counting] { #expect(try kind(text) == .tlsrpt) }
        let failure = #expect(throws: CommandFailure.self) { try kind("") }
        #expect(failure?.sentence.contains("neither transport.tls-reports.contact nor reports.send") == true)
    }
}
