import MailNames
import NIOCore
import Sockets
import Testing

@Suite("Addresses to listen on")
struct ListenAddressTests {
    static let addresses: [(text: String, address: ListenAddress, isLocal: Bool)] = [
        ("unix:/run/postseal/milter.sock", .unix("/run/postseal/milter.sock"), true),
        ("tcp:127.0.0.1:8891", .tcp(.v4(0x7F00_0001), port: 8891), true),
        ("tcp:127.255.0.1:65535", .tcp(.v4(0x7FFF_0001), port: 65535), true),
        ("tcp:0.0.0.0:25", .tcp(.v4(0), port: 25), false),
        ("tcp:[::1]:0", .tcp(.v6(0, 1), port: 0), true),
        ("tcp:[::]:25", .tcp(.v6(0, 0), port: 25), false),
    ]

    @Test("Addresses are read and printed, and it is known who can connect", arguments: addresses)
    func address(_ example: (text: String, address: ListenAddress, isLocal: Bool)) throws {
        #expect(try ListenAddress(example.text) == example.address)
        #expect("\(example.address)" == example.text)
        #expect(example.address.isLocal == example.isLocal)
        #expect(example.address.isAnyPort == example.text.hasSuffix(":0"))
    }

    static let mistakes: [(text: String, mistake: ListenAddress.Mistake)] = [
        ("", .kind), ("inet:8891@localhost", .kind), ("/run/x", .kind), ("tcp:8891", .kind), ("unix:", .path),
        ("unix:run/x", .path), ("unix:/a\0b", .path), ("unix:/" + String(repeating: "a", count: 107), .pathTooLong),
        ("tcp:localhost:1", .address), ("tcp:::1:1", .address), ("tcp:[127.0.0.1]:1", .address), ("tcp::1", .address),
        ("tcp:127.0.0.1:", .port), ("tcp:127.0.0.1:65536", .port), ("tcp:127.0.0.1:+1", .port),
        ("tcp:127.0.0.1: 1", .port),
    ]

    @Test("What is no address is told", arguments: mistakes)
    func mistake(_ example: (text: String, mistake: ListenAddress.Mistake)) {
        #expect(throws: example.mistake) { try ListenAddress(example.text) }
    }

    @Test("The system's form is the same address")
    func socketAddress() throws {
        #expect(try ListenAddress("unix:/run/x").socketAddress().pathname == "/run/x")
        let tcp = try ListenAddress("tcp:[2001:db8::1]:8891").socketAddress()
        #expect(tcp.ipAddress == "2001:db8::1")
        #expect(tcp.port == 8891)
        // No text is read as these; whoever makes them is told.
        for path in ["", "/a\0b", "/" + String(repeating: "a", count: 107)] {
            #expect(throws: ListenError(.unix(path), .badPath)) { try ListenAddress.unix(path).socketAddress() }
        }
    }

    @Test("Accounts are names or numbers")
    func accounts() {
        #expect(ListenSocket.Account("0") == .number(0))
        #expect(ListenSocket.Account("postfix") == .name("postfix"))
        #expect(ListenSocket.Account("-1") == .name("-1"))
        #expect(["postfix", "115"].map { ListenSocket.Account($0).description } == ["postfix", "115"])
        #expect("\(ListenSocket(.unix("/run/x"), mode: 0o660))" == "unix:/run/x")
    }
}
