import Glibc
import MailNames
import NIOCore
import Sockets
import TestSupport
import Testing

@Suite("A socket for datagrams", .timeLimit(.minutes(10)))
struct DatagramListenerTests {
    /// Sends a datagram from a socket without a name, as Postfix's library does; the error's number, or 0.
    private func send(_ octets: [UInt8], to address: ListenAddress) throws -> Int32 {
        let form = try address.socketAddress()
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        let sent = form.withSockAddr { name, length in
            octets.withUnsafeBytes { sendto(descriptor, $0.baseAddress, $0.count, 0, name, socklen_t(length)) }
        }
        return sent == octets.count ? 0 : errno
    }

    @Test("Datagrams come one by one, also empty ones, and those that are too long are told of")
    func datagrams() async throws {
        try await withFolder { folder in
            let diary = Diary<DatagramListener.Event>()
            let socket = ListenSocket(.unix("\(folder)/d.sock"), mode: 0o620)
            let listener = try DatagramListener(socket, octetsMax: 8) { diary.add($0) }
            defer { listener.close() }
            for octets in [Array("one".utf8), [], Array("12345678".utf8), Array("123456789".utf8), [0xFF]] {
                #expect(try send(octets, to: listener.address) == 0)
            }
            let events = await diary.wait { $0.count == 5 }
            #expect(
                events == [
                    .datagram(Array("one".utf8)), .datagram([]), .datagram(Array("12345678".utf8)), .tooLong,
                    .datagram([0xFF]),
                ])
        }
    }

    @Test("What came before the end is told before the end")
    func ending() async throws {
        try await withFolder { folder in
            for _ in 0..<20 {
                let diary = Diary<DatagramListener.Event>()
                let socket = ListenSocket(.unix("\(folder)/d.sock"))
                let listener = try DatagramListener(socket, octetsMax: 8) { diary.add($0) }
                for number in 0..<5 { #expect(try send([UInt8(number)], to: listener.address) == 0) }
                listener.close()
                listener.close()
                #expect(diary.values == (0..<5).map { .datagram([UInt8($0)]) })
            }
        }
    }

    @Test("The file has the mode that was asked for, gets another one, and goes with the listener")
    func access() async throws {
        try await withFolder { folder in
            let path = "\(folder)/d.sock"
            let listener = try DatagramListener(ListenSocket(.unix(path), mode: 0o620), octetsMax: 8) { _ in }
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o620)
            try listener.change(to: ListenSocket(.unix(path), mode: 0o600))
            #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(listener.socket.mode == 0o600)
            #expect(throws: ListenError(.unix(path), .inUse)) {
                try DatagramListener(ListenSocket(.unix(path)), octetsMax: 8) { _ in }
            }
            listener.close()
            #expect(lstat(path, &status) != 0)
        }
    }

    @Test("One that a program which is gone left behind is replaced; a file that is no socket is not")
    func stale() async throws {
        try await withFolder { folder in
            let path = "\(folder)/d.sock"
            let form = try ListenAddress.unix(path).socketAddress()
            let old = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            #expect(form.withSockAddr { bind(old, $0, socklen_t($1)) } == 0)
            close(old)
            let listener = try DatagramListener(ListenSocket(.unix(path)), octetsMax: 8) { _ in }
            #expect(try send([1], to: listener.address) == 0)
            listener.close()
            close(open("\(folder)/file", O_CREAT | O_WRONLY, 0o600))
            #expect(throws: ListenError(.unix("\(folder)/file"), .notASocket)) {
                try DatagramListener(ListenSocket(.unix("\(folder)/file")), octetsMax: 8) { _ in }
            }
            #expect(throws: ListenError(.tcp(.v4(0x7F00_0001), port: 0), .badPath)) {
                try DatagramListener(ListenSocket(.tcp(.v4(0x7F00_0001), port: 0)), octetsMax: 8) { _ in }
            }
        }
    }
}
