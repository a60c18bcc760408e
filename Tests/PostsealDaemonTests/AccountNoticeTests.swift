import Glibc
import NIOPosix
import PostsealConfiguration
import Sockets
import TestSupport
import Testing

@testable import PostsealDaemon

/// What a daemon says at its start of accounts that nobody can log in with.
@Suite(.timeLimit(.minutes(2))) struct AccountNoticeTests {
    /// What is logged until a text comes.
    private static func log(_ accounts: String, until text: String, in folder: String) async throws -> String {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (output, input) = (ends[0], ends[1])
        defer {
            close(output)
            close(input)
        }
        var configuration = World.configuration()
        configuration.dashboard.listeners = [ListenSocket(World.loopback)]
        configuration.dashboard.accounts = .file(accounts)
        configuration.reports.store = .file("\(folder)/reports.db")
        var parts = DaemonParts(version: "1")
        parts.threads = 2
        parts.logDescriptor = input
        let daemon = try await Daemon.start(configuration, parts: parts)
        let running = Task { await daemon.run() }
        let logged = try await NIOThreadPool.singleton.runIfActive {
            var (logged, octets) = ("", [UInt8](repeating: 0, count: 4096))
            while !logged.contains(text) {
                let count = read(output, &octets, octets.count)
                guard count > 0 else { break }
                logged += String(decoding: octets.prefix(count), as: UTF8.self)
            }
            return logged
        }
        await daemon.stop(grace: .zero)
        await running.value
        return logged
    }

    @Test func thatThereIsNoAccountIsSaidWithWhatMakesOne() async throws {
        try await withFolder { folder in
            let text = "'postseal account add --accounts \(folder)/accounts.json NAME --role administrator'"
            let logged = try await Self.log("\(folder)/accounts.json", until: "nobody can log in", in: folder)
            #expect(logged.contains(text))
        }
    }

    @Test func accountsThatCannotBeReadAreAnError() async throws {
        try await withFolder { folder in
            let path = "\(folder)/accounts.json"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            #expect(write(descriptor, "x", 1) == 1)
            close(descriptor)
            let logged = try await Self.log(path, until: "nobody can log in", in: folder)
            #expect(logged.contains("nobody can log in: \(path) is no file of accounts"))
        }
    }
}
