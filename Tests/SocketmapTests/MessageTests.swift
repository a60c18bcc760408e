import Socketmap
import Testing

@Suite struct MessageTests {
    @Test(arguments: [
        ("mta-sts example.com", "mta-sts", "example.com"), ("m [mx.example.com]:587", "m", "[mx.example.com]:587"),
        ("m ", "m", ""), ("m  k", "m", " k"), ("m a b", "m", "a b"), ("m\tn k", "m\tn", "k"),
    ])
    func requests(_ text: String, _ map: String, _ key: String) throws {
        let request = try SocketmapRequest(payload: Array(text.utf8))
        #expect(request == SocketmapRequest(map: Array(map.utf8), key: Array(key.utf8)))
        #expect(request.payload == Array(text.utf8))
    }

    @Test(arguments: [
        ("", SocketmapRequestError.noSpace(position: 0)), ("map", .noSpace(position: 3)),
        ("map\tkey", .noSpace(position: 7)), (" key", .noMap), (" ", .noMap),
    ])
    func noRequests(_ text: String, _ error: SocketmapRequestError) {
        #expect(throws: error) { try SocketmapRequest(payload: Array(text.utf8)) }
    }

    @Test(arguments: [
        (SocketmapReply.found(Array("secure match=mx.example.com".utf8)), "OK secure match=mx.example.com"),
        (.found([]), "OK "), (.notFound, "NOTFOUND "), (.temporary("later"), "TEMP later"), (.temporary(""), "TEMP "),
        (.timeout("too slow"), "TIMEOUT too slow"), (.permanent("no such map"), "PERM no such map"),
    ])
    func replies(_ reply: SocketmapReply, _ text: String) throws {
        #expect(reply.payload == Array(text.utf8))
        #expect(try SocketmapReply(payload: Array(text.utf8)) == reply)
        #expect(reply.isSendable)
        #expect(text.hasPrefix(reply.kind.rawValue + " "))
    }

    @Test(arguments: [
        ("", 0), ("ok x", 0), ("OKAY x", 0), (" OK", 0), ("ERROR x", 0), ("OK", 2), ("NOTFOUND", 8), ("TEMP", 4),
        ("OK\tx", 0),
    ])
    func noReplies(_ text: String, _ position: Int) {
        #expect(throws: SocketmapReplyError(position: position)) { try SocketmapReply(payload: Array(text.utf8)) }
    }

    @Test func aReasonIsOneShortLine() throws {
        let reply = SocketmapReply.temporary("one\r\ntwo\0\u{7F}" + String(repeating: "x", count: 1000))
        #expect(reply.payload.count == "TEMP ".utf8.count + 200)
        #expect(reply.payload.starts(with: Array("TEMP one??two??x".utf8)))
    }

    @Test func whatDoesNotArriveWholeIsNotSent() {
        let most = SocketmapReply.payloadOctetsMax - "OK ".utf8.count
        #expect(SocketmapReply.found([UInt8](repeating: 0x61, count: most)).isSendable)
        #expect(!SocketmapReply.found([UInt8](repeating: 0x61, count: most + 1)).isSendable)
        // Postfix would read `secure` alone.
        #expect(!SocketmapReply.found(Array("secure\0 match=mx.example.com".utf8)).isSendable)
    }
}
