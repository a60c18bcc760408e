import Glibc
import MailNames
import MilterProtocol
import MilterServer
import NIOPosix
import Testing

@Suite("The sockets of a milter server", .timeLimit(.minutes(10)))
struct ListeningTests {
    static let loopbackV6 = MilterSocketAddress.tcp(.v6(0, 1), port: 0)

    private func server() -> MilterFilterServer<TestFilter> {
        MilterFilterServer(filter: TestFilter(), options: .test, on: MultiThreadedEventLoopGroup.singleton)
    }

    private func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    /// The error of listening there; nil if there is none.
    private func failure(_ sockets: MilterSocket...) async -> String? {
        let server = server()
        do throws(MilterListenError) {
            try await server.listen(on: sockets)
            await server.shutdown(grace: .zero)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("Messages come over every kind of socket at once")
    func kinds() async throws {
        try await withFolder { folder in
            let sockets = [MilterSocket(.unix("\(folder)/milter.sock")), .loopback, MilterSocket(Self.loopbackV6)]
            try await withServer(sockets: sockets) { server, _ in
                #expect(server.addresses.count == 3)
                for address in server.addresses {
                    let client = try await MilterClient.connect(to: address, on: MultiThreadedEventLoopGroup.singleton)
                    #expect(try await client.send(.sample).reply == .accept)
                    await client.quit()
                }
            }
            #expect(status("\(folder)/milter.sock") == nil)
        }
    }

    @Test("A socket gets the mode and the owner that it is given", arguments: [0o600, 0o660, 0o666] as [UInt32])
    func access(_ mode: UInt32) async throws {
        try await withFolder { folder in
            let path = "\(folder)/milter.sock"
            let isRoot = getuid() == 0
            let socket = MilterSocket(
                .unix(path), mode: mode, owner: isRoot ? .name("root") : .number(getuid()),
                group: isRoot ? .number(4711) : .number(getgid()))
            try await withServer(sockets: [socket]) { server, _ in
                let found = try #require(status(path))
                #expect(found.st_mode & 0o7777 == mode)
                #expect(found.st_uid == getuid())
                #expect(found.st_gid == (isRoot ? 4711 : getgid()))
                // Another mode, without another socket.
                var other = socket
                other.mode = 0o640
                let client = try await server.connect()
                try await server.listen(on: [other])
                #expect(status(path)?.st_mode ?? 0 & 0o7777 == found.st_mode & ~0o7777 | 0o640)
                #expect(status(path)?.st_ino == found.st_ino)
                #expect(try await client.send(.sample).reply == .accept)
                await client.quit()
            }
        }
    }

    @Test("A socket left behind is replaced, and one in use is not")
    func stale() async throws {
        try await withFolder { folder in
            let socket = MilterSocket(.unix("\(folder)/milter.sock"))
            let first = server()
            try await first.listen(on: [socket])
            #expect(await failure(socket) == "cannot listen on \(socket.address): it is in use by another program")
            // A server that was killed: its socket's file stays.
            let left = "\(folder)/other.sock"
            rename("\(folder)/milter.sock", left)
            await first.shutdown(grace: .zero)
            #expect(status(left) != nil)
            #expect(await failure(MilterSocket(.unix(left))) == nil)
            #expect(status(left) == nil)
        }
    }

    @Test("A socket that another has replaced stays when the server stops")
    func replaced() async throws {
        try await withFolder { folder in
            let socket = MilterSocket(.unix("\(folder)/milter.sock"))
            let (first, second) = (server(), server())
            try await first.listen(on: [socket])
            unlink("\(folder)/milter.sock")
            try await second.listen(on: [socket])
            await first.shutdown(grace: .zero)
            #expect(status("\(folder)/milter.sock") != nil)
            await second.shutdown(grace: .zero)
            #expect(status("\(folder)/milter.sock") == nil)
        }
    }

    @Test("What keeps a server from listening is said in a clause that names the socket")
    func errors() async throws {
        try await withFolder { folder in
            let path = "\(folder)/milter.sock"
            #expect(
                await failure(MilterSocket(.unix("\(folder)/none/a")))
                    == "cannot listen on unix:\(folder)/none/a: its directory is not there")
            let file = open("\(folder)/file", O_CREAT | O_WRONLY, 0o600)
            close(file)
            #expect(
                await failure(MilterSocket(.unix("\(folder)/file")))
                    == "cannot listen on unix:\(folder)/file: there is a file of this name that is no socket")
            #expect(status("\(folder)/file") != nil)
            #expect(
                await failure(MilterSocket(.unix(path), owner: .name("no-one-is-called-so")))
                    == "cannot listen on unix:\(path): there is no user 'no-one-is-called-so'")
            #expect(
                await failure(MilterSocket(.unix(path), group: .name("no-one-is-called-so")))
                    == "cannot listen on unix:\(path): there is no group 'no-one-is-called-so'")
            #expect(
                await failure(MilterSocket(.unix(path)), MilterSocket(.unix(path), mode: 0o600))
                    == "cannot listen on unix:\(path): it is named twice")
            let long = "/" + String(repeating: "a", count: 107)
            #expect(
                await failure(MilterSocket(.unix(long)))
                    == "cannot listen on unix:\(long): the path has none or more than 107 octets")
            // An address for documentation, that no machine has.
            #expect(
                await failure(MilterSocket(.tcp(.v4(0xC000_0201), port: 0)))
                    == "cannot listen on tcp:192.0.2.1:0: this machine does not have the address")
            if getuid() != 0 {
                #expect(
                    await failure(MilterSocket(.unix("/etc/a"))) == "cannot listen on unix:/etc/a: permission denied")
                #expect(
                    await failure(MilterSocket(.unix(path), owner: .number(0)))
                        == "cannot listen on unix:\(path): no permission to give it to another user or group")
            }
            // Nothing was left behind.
            #expect(status(path) == nil)
        }
        try await withServer { server, _ in
            let address = server.addresses[0]
            #expect(
                await failure(MilterSocket(address)) == "cannot listen on \(address): it is in use by another program")
        }
    }

    @Test("Sockets come and go while the server runs, all at once or not at all")
    func changed() async throws {
        try await withFolder { folder in
            let one = MilterSocket(.unix("\(folder)/milter.sock"))
            let two = MilterSocket(.unix("\(folder)/other.sock"))
            let bad = MilterSocket(.unix("\(folder)/none/a"))
            try await withServer(sockets: [one]) { server, diary in
                let client = try await server.connect()
                await #expect(throws: MilterListenError(bad.address, .noSuchDirectory)) {
                    try await server.listen(on: [two, bad])
                }
                #expect(server.addresses == [one.address])
                #expect(status("\(folder)/other.sock") == nil)

                try await server.listen(on: [two])
                #expect(server.addresses == [two.address])
                #expect(status("\(folder)/milter.sock") == nil)
                // A connection outlives its socket.
                #expect(try await client.send(.sample).reply == .accept)
                await client.quit()
                await diary.closed()
                let other = try await server.connect()
                #expect(try await other.send(.sample).reply == .accept)
                await other.quit()
                // A socket whose file somebody took away is made anew.
                unlink("\(folder)/other.sock")
                try await server.listen(on: [two])
                #expect(status("\(folder)/other.sock") != nil)
            }
        }
    }

    static let addresses: [(text: String, address: MilterSocketAddress)] = [
        ("unix:/run/postseal/milter.sock", .unix("/run/postseal/milter.sock")),
        ("tcp:127.0.0.1:8891", .tcp(.v4(0x7F00_0001), port: 8891)),
        ("tcp:[::1]:0", loopbackV6),
    ]

    @Test("Addresses are read and printed", arguments: addresses)
    func address(_ example: (text: String, address: MilterSocketAddress)) throws {
        #expect(try MilterSocketAddress(example.text) == example.address)
        #expect("\(example.address)" == example.text)
    }

    static let mistakes: [(text: String, mistake: MilterSocketAddress.Mistake)] = [
        ("", .kind), ("inet:8891@localhost", .kind), ("/run/x", .kind), ("tcp:8891", .kind), ("unix:", .path),
        ("unix:run/x", .path), ("unix:/a\0b", .path), ("unix:/" + String(repeating: "a", count: 107), .pathTooLong),
        ("tcp:localhost:1", .address), ("tcp:::1:1", .address), ("tcp:[127.0.0.1]:1", .address), ("tcp::1", .address),
        ("tcp:127.0.0.1:", .port), ("tcp:127.0.0.1:65536", .port), ("tcp:127.0.0.1:+1", .port),
        ("tcp:127.0.0.1: 1", .port),
    ]

    @Test("What is no address is told", arguments: mistakes)
    func mistake(_ example: (text: String, mistake: MilterSocketAddress.Mistake)) {
        #expect(throws: example.mistake) { try MilterSocketAddress(example.text) }
    }
}
