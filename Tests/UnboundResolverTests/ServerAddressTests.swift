import MailNames
import Testing
import UnboundResolver

@Suite struct ServerAddressTests {
    static let good: [(String, String, UInt16)] = [
        ("192.0.2.1", "192.0.2.1", 53), ("192.0.2.1:5300", "192.0.2.1", 5300), ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:db8::1]", "2001:db8::1", 53), ("[2001:db8::1]:5300", "2001:db8::1", 5300), ("::1", "::1", 53),
    ]

    @Test(arguments: good)
    func `An address is read with or without a port`(_ text: String, _ address: String, _ port: UInt16) throws {
        let server = try #require(ServerAddress(text))
        #expect(server == ServerAddress(try #require(IPAddress(address)), port: port))
        #expect(ServerAddress("\(server)") == server)
    }

    @Test(arguments: [
        "", "localhost", "192.0.2", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+53",
        "192.0.2.1:53:53", "[192.0.2.1]:53", "[2001:db8::1", "2001:db8::1]:53", "[2001:db8::1]53", "[]:53", ":53",
        "192.0.2.1@53", " 192.0.2.1",
    ])
    func `Anything else is refused`(_ text: String) {
        #expect(ServerAddress(text) == nil)
    }
}
