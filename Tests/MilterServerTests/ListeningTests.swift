import Glibc
import MailNames
import MilterProtocol
import MilterServer
import NIOPosix
import Sockets
import TestSupport
import Testing

/// What every server's sockets do is in SocketsTests.
@Suite("The sockets of a milter server", .timeLimit(.minutes(10)))
struct ListeningTests {
    @Test("Messages come over every kind of socket at once")
    func kinds() async throws {
        try await withFolder { folder in
            let sockets = [
                ListenSocket(.unix("\(folder)/milter.sock")), .loopback, ListenSocket(.tcp(.v6(0, 1), port: 0)),
            ]
            try await withServer(sockets: sockets) { server, _ in
                #expect(server.addresses.count == 3)
                for address in server.addresses {
                    let client = try await MilterClient.connect(to: address, on: MultiThreadedEventLoopGroup.singleton)
                    #expect(try await client.send(.sample).reply == .accept)
                    await client.quit()
                }
            }
            #expect(access("\(folder)/milter.sock", F_OK) != 0)
        }
    }

    @Test("Sockets come and go while the server runs, and connections stay")
    func changed() async throws {
        try await withFolder { folder in
            let one = ListenSocket(.unix("\(folder)/milter.sock"))
            let two = ListenSocket(.unix("\(folder)/other.sock"))
            let bad = ListenSocket(.unix("\(folder)/none/a"))
            try await withServer(sockets: [one]) { server, diary in
                let client = try await server.connect()
                await #expect(throws: ListenError(bad.address, .noSuchDirectory)) {
                    try await server.listen(on: [two, bad])
                }
                #expect(server.addresses == [one.address])
                try await server.listen(on: [two])
                #expect(server.addresses == [two.address])
                // A connection outlives its socket.
                #expect(try await client.send(.sample).reply == .accept)
                await client.quit()
                await diary.closed()
                let other = try await server.connect()
                #expect(try await other.send(.sample).reply == .accept)
                await other.quit()
            }
        }
    }

    @Test("A server that has stopped listens no more")
    func stopped() async throws {
        let server = MilterFilterServer(
            filter: TestFilter(), options: .test, on: MultiThreadedEventLoopGroup.singleton)
        try await server.listen(on: [.loopback])
        await server.shutdown(grace: .zero)
        #expect(server.addresses.isEmpty)
        await #expect(throws: ListenError(ListenSocket.loopback.address, .stopping)) {
            try await server.listen(on: [.loopback])
        }
    }
}
