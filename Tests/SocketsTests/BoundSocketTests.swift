import Glibc
import MailNames
import NIOCore
import Sockets
import TestSupport
import Testing

@Suite("Sockets that are bound", .timeLimit(.minutes(10)))
struct BoundSocketTests {
    /// What the system says of a file; nil where there is none.
    private func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    /// The error of binding it; nil if there is none.
    private func failure(_ socket: ListenSocket) -> String? {
        do throws(ListenError) {
            try BoundSocket(socket).listen()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `who may not give a socket away is told what it takes`() {
        let address = ListenAddress.unix("/run/s")
        #expect(
            ListenError(address, .ownership(group: "mail")).description
                == "cannot listen on unix:/run/s: no permission to give it to the group mail: its user has to belong "
                + "to that group, as after 'usermod -aG mail postseal' and a restart")
        #expect(ListenError(address, .ownership(group: nil)).description.hasSuffix("to another user"))
    }

    /// Connects, and says whether that worked.
    private func canConnect(_ address: ListenAddress) throws -> Bool {
        let form = try address.socketAddress()
        let family =
            switch address {
            case .unix: AF_UNIX
            case .tcp(let ip, _): ip.isV4 ? AF_INET : AF_INET6
            }
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return form.withSockAddr { connect(descriptor, $0, socklen_t($1)) == 0 }
    }

    @Test("Nobody can connect before it listens, and anybody after")
    func listening() async throws {
        try await withFolder { folder in
            for address in [.unix("\(folder)/s"), .tcp(.v4(0x7F00_0001), port: 0), .tcp(.v6(0, 1), port: 0)]
                as [ListenAddress]
            {
                let bound = try BoundSocket(ListenSocket(address))
                #expect(!bound.address.isAnyPort)
                #expect(try !canConnect(bound.address))
                try bound.listen()
                #expect(try canConnect(bound.address))
            }
            #expect(status("\(folder)/s") == nil)
        }
    }

    @Test("A descriptor that was taken is the taker's, and so is the file")
    func taken() async throws {
        try await withFolder { folder in
            let socket = ListenSocket(.unix("\(folder)/s"))
            var bound: BoundSocket? = try BoundSocket(socket)
            let descriptor = try #require(bound?.take())
            #expect(bound?.take() == nil)
            #expect(throws: ListenError(socket.address, .system(EBADF))) { try bound?.listen() }
            bound = nil
            #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
            #expect(status("\(folder)/s") != nil)
            close(descriptor)
        }
    }

    @Test("A socket gets the mode and the owner that it is given", arguments: [0o600, 0o660, 0o666] as [UInt32])
    func access(_ mode: UInt32) async throws {
        try await withFolder { folder in
            let path = "\(folder)/s"
            let isRoot = getuid() == 0
            let name = try #require(getpwuid(getuid())).pointee.pw_name.map { String(cString: $0) }
            let bound = try BoundSocket(
                ListenSocket(
                    .unix(path), mode: mode, owner: name.map { .name($0) },
                    group: isRoot ? .number(4711) : .number(getgid())))
            let found = try #require(status(path))
            #expect(found.st_mode & 0o7777 == mode)
            #expect(found.st_uid == getuid())
            #expect(found.st_gid == (isRoot ? 4711 : getgid()))
            bound.removeFile()
            #expect(status(path) == nil)
        }
    }

    @Test("Without a mode the group may use a socket, and nobody else")
    func standardMode() async throws {
        try await withFolder { folder in
            let bound = try BoundSocket(ListenSocket(.unix("\(folder)/s")))
            #expect(try #require(status("\(folder)/s")).st_mode & 0o7777 == 0o660)
            bound.removeFile()
        }
    }

    @Test("A socket left behind is replaced, and one in use is not")
    func stale() async throws {
        try await withFolder { folder in
            let socket = ListenSocket(.unix("\(folder)/s"))
            let first = try BoundSocket(socket)
            try first.listen()
            #expect(failure(socket) == "cannot listen on \(socket): it is in use by another program")
            // A process that was killed: its socket's file stays.
            close(try #require(first.take()))
            #expect(status("\(folder)/s") != nil)
            #expect(failure(socket) == nil)
            #expect(status("\(folder)/s") == nil)
        }
    }

    @Test("A file that has taken the socket's name stays")
    func replaced() async throws {
        try await withFolder { folder in
            let socket = ListenSocket(.unix("\(folder)/s"))
            let first = try BoundSocket(socket)
            rename("\(folder)/s", "\(folder)/moved")
            let second = try BoundSocket(socket)
            first.removeFile()
            #expect(status("\(folder)/s") != nil)
            second.removeFile()
            #expect(status("\(folder)/s") == nil)
        }
    }

    @Test("What keeps a socket from being had is said in a clause that names it")
    func errors() async throws {
        try await withFolder { folder in
            let path = "\(folder)/s"
            close(open("\(folder)/file", O_CREAT | O_WRONLY, 0o600))
            var expected: [(ListenSocket, String)] = [
                (ListenSocket(.unix("\(folder)/none/a")), "its directory is not there"),
                (ListenSocket(.unix("\(folder)/file/a")), "its directory is not there"),
                (ListenSocket(.unix("\(folder)/file")), "there is a file of this name that is no socket"),
                (ListenSocket(.unix(path), owner: .name("no-one-is-so")), "there is no user 'no-one-is-so'"),
                (ListenSocket(.unix(path), group: .name("no-one-is-so")), "there is no group 'no-one-is-so'"),
                (
                    ListenSocket(.unix("/" + String(repeating: "a", count: 107))),
                    "the path has none or more than 107 octets"
                ),
                // An address for documentation, that no machine has.
                (ListenSocket(.tcp(.v4(0xC000_0201), port: 0)), "this machine does not have the address"),
            ]
            let tcp = try BoundSocket(ListenSocket(.tcp(.v4(0x7F00_0001), port: 0)))
            try tcp.listen()
            expected.append((ListenSocket(tcp.address), "it is in use by another program"))
            if getuid() != 0 {
                expected += [
                    (ListenSocket(.unix("/etc/a")), "permission denied"),
                    (
                        ListenSocket(.unix(path), owner: .number(0)),
                        "no permission to give it to another user or group"
                    ),
                ]
            }
            for (socket, reason) in expected {
                #expect(failure(socket) == "cannot listen on \(socket): \(reason)")
            }
            // Nothing was left behind, and nobody's file taken away.
            #expect(status(path) == nil)
            #expect(status("\(folder)/file") != nil)
        }
    }
}
