import MailNames
import SMTPProtocol
import Testing

@Suite("What others say of the client: XCLIENT, XFORWARD, the PROXY protocol")
struct AttributeTests {
    static let lines: [(line: String, isRead: Bool)] = [
        ("XCLIENT NAME=spike.example ADDR=192.0.2.1", true), ("XCLIENT NAME=[UNAVAILABLE] ADDR=[TEMPUNAVAIL]", true),
        ("XCLIENT ADDR=IPV6:2001:db8::1 PORT=25 PROTO=esmtp HELO=a+20b LOGIN=x DESTADDR=192.0.2.2 DESTPORT=25", true),
        ("xclient addr=2001:db8::1", true),
        ("XFORWARD NAME=a ADDR=192.0.2.1 PORT=1 PROTO=SMTP HELO=x IDENT=4F2A SOURCE=REMOTE", true),
        ("XCLIENT", false), ("XCLIENT NAME", false), ("XCLIENT NAME=", false), ("XCLIENT FOO=1", false),
        ("XCLIENT ADDR=300.1.1.1", false), ("XCLIENT PORT=65536", false), ("XCLIENT PORT=+2B5", false),
        ("XCLIENT PROTO=HTTP", false), ("XCLIENT NAME=a NAME=b", false), ("XCLIENT IDENT=1", false),
        ("XCLIENT NAME=a+0D+0AQUIT", false), ("XCLIENT NAME=a+0", false),
        ("XCLIENT NAME=" + String(repeating: "a", count: 256), false),
        ("XFORWARD LOGIN=x", false), ("XFORWARD SOURCE=ELSEWHERE", false),
    ]

    @Test("XCLIENT and XFORWARD are read, and printed", arguments: lines)
    func reading(_ example: (line: String, isRead: Bool)) throws {
        let command = try? SMTPCommand(line: [UInt8](example.line)[...], offered: [.xclient, .xforward])
        #expect((command != nil) == example.isRead)
        guard let command else { return }
        #expect(try SMTPCommand(line: command.wire.dropLast(2), offered: [.xclient, .xforward]) == command)
    }

    @Test("Attributes have types")
    func types() throws {
        guard
            case .xclient(let attributes) = try SMTPCommand(
                line: [UInt8]("XCLIENT ADDR=IPV6:2001:db8::1 PORT=2525 HELO=a+20b NAME=[UNAVAILABLE]")[...],
                offered: .xclient)
        else { throw SMTPSyntaxError.unknownCommand }
        #expect(attributes.address == IPAddress("2001:db8::1"))
        #expect(attributes.port == 2525)
        #expect(attributes.known(.helo) == [UInt8]("a b"))
        #expect(attributes.known(.name) == nil)
        let address = try #require(IPAddress("2001:db8::1"))
        #expect(SMTPClientAttributes([.address: SMTPClientAttributes.value(of: address)]).address == address)
    }

    static let headers: [(text: String, source: String?, error: ProxyHeaderError?)] = [
        ("PROXY TCP4 192.0.2.1 192.0.2.2 1000 25\r\n", "192.0.2.1", nil),
        ("PROXY TCP6 2001:db8::1 2001:db8::2 1000 25\r\n", "2001:db8::1", nil),
        ("PROXY UNKNOWN\r\n", nil, nil), ("PROXY UNKNOWN ffff::1 whatever\r\n", nil, nil),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 1000 25\n", nil, .line), ("PROXY\r\n", nil, .signature),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 1000\r\n", nil, .line),
        ("PROXY TCP4 2001:db8::1 192.0.2.2 1000 25\r\n", nil, .line),
        ("PROXY TCP6 192.0.2.1 192.0.2.2 1000 25\r\n", nil, .line),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 65536 25\r\n", nil, .line),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 01 25\r\n", nil, .line),
        ("PROXY TCP4  192.0.2.1 192.0.2.2 1 25\r\n", nil, .line),
        ("PROXY TCP5 192.0.2.1 192.0.2.2 1 25\r\n", nil, .line),
        ("EHLO client.example\r\n", nil, .signature), ("proxy UNKNOWN\r\n", nil, .signature),
        ("PROXY UNKNOWN " + String(repeating: "x", count: 200), nil, .line),
    ]

    @Test("Version 1 of the PROXY protocol, octet by octet", arguments: headers)
    func version1(_ example: (text: String, source: String?, error: ProxyHeaderError?)) {
        var octets: [UInt8] = []
        do throws(ProxyHeaderError) {
            for octet in example.text.utf8 {
                octets.append(octet)
                guard let (header, count) = try ProxyHeader.read(octets) else { continue }
                #expect(count == octets.count && count == example.text.utf8.count)
                #expect(header.ends?.source.address == example.source.flatMap { IPAddress($0) })
                #expect(example.error == nil)
                if header.ends != nil { #expect(header.line == octets) }
                return
            }
            Issue.record("no header")
        } catch {
            #expect(error == example.error)
        }
    }

    @Test("Version 2 of the PROXY protocol, octet by octet")
    func version2() throws {
        for (source, destination) in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")] {
            let header = ProxyHeader(
                .init(
                    source: .init(address: try #require(IPAddress(source)), port: 40_000),
                    destination: .init(address: try #require(IPAddress(destination)), port: 25)))
            let wire = header.binary
            for count in 0..<wire.count { #expect(try ProxyHeader.read(Array(wire.prefix(count))) == nil) }
            let read = try #require(try ProxyHeader.read(wire + [0x45]))
            #expect(read.header == header && read.octets == wire.count)
            // Additional fields.
            var longer = wire + [0x04, 0x00, 0x01, 0x00]
            longer[15] += 4
            #expect(try ProxyHeader.read(longer)?.octets == longer.count)
            // Not all of the addresses.
            var shorter = Array(wire.dropLast())
            shorter[15] -= 1
            #expect(throws: ProxyHeaderError.addresses) { try ProxyHeader.read(shorter) }
        }
        let local = ProxyHeader(nil).binary
        #expect(try ProxyHeader.read(local)?.header == ProxyHeader(nil))
        func changed(_ index: Int, _ value: UInt8) -> [UInt8] {
            var octets = local
            octets[index] = value
            return octets
        }
        #expect(throws: ProxyHeaderError.signature) { try ProxyHeader.read(changed(11, 0)) }
        #expect(throws: ProxyHeaderError.version) { try ProxyHeader.read(changed(12, 0x11)) }
        #expect(throws: ProxyHeaderError.version) { try ProxyHeader.read(changed(12, 0x22)) }
        #expect(throws: ProxyHeaderError.tooLong) { try ProxyHeader.read(changed(14, 0x20)) }
        // A datagram's addresses are nobody's whom we serve.
        #expect(try ProxyHeader.read(Array(changed(12, 0x21)))?.header == ProxyHeader(nil))
    }
}
