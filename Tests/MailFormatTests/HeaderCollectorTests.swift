import MailBytes
import MailFormat
import Testing

@Suite("A header that comes in pieces")
struct HeaderCollectorTests {
    static let texts = [
        "", "A: 1\r\n", "A: 1\r\n\r\n", "A: 1\r\nB: 2\r\n 3\r\n\r\nbody\r\n\r\nmore\r\n", "\r\n", "\r\n\r\nbody",
        "no field\r\nmore\r\n", "A: 1\r\nno field\r\n\r\nmore\r\n", "A: 1\r\n\r\n\r\n", "A: 1", "\r", "A: 1\r\n\r",
    ]

    /// What a collector makes of the pieces: the header, and all that is not header.
    private func collect(_ pieces: [ArraySlice<UInt8>], octetsMax: Int = 1000) -> (header: [UInt8], body: [UInt8])? {
        var collector = HeaderCollector(octetsMax: octetsMax)
        var found: MailMessage?
        var rest: [UInt8] = []
        for piece in pieces {
            if found != nil {
                rest += piece
                continue
            }
            switch collector.add(Array(piece)) {
            case .incomplete: break
            case .complete(let message, let more): (found, rest) = (message, more)
            case .tooLarge: return nil
            }
        }
        let message = found ?? collector.finish()
        return (Array(message.bytes[..<message.body.lowerBound]), message.bodyBytes + rest)
    }

    @Test("Any pieces give what the whole gives", arguments: texts)
    func pieces(_ text: String) throws {
        let octets = Array(text.utf8)
        let whole = MailMessage(parsing: octets)
        for first in 0...octets.count {
            for second in first...octets.count {
                let found = try #require(collect([octets[..<first], octets[first..<second], octets[second...]]))
                #expect(found.header == Array(octets[..<whole.body.lowerBound]))
                #expect(found.body == Array(whole.bodyBytes))
            }
        }
    }

    @Test("A header above the limit is not collected; a line that is no field ends it within")
    func limits() {
        let large = Array(("A: " + String(repeating: "x", count: 100) + "\r\n\r\nbody").utf8)
        #expect(collect([large[...]], octetsMax: 50) == nil)
        #expect(collect([large[..<60], large[60...]], octetsMax: 50) == nil)
        let text = Array(("A: 1\r\nno field\r\n" + String(repeating: "text\r\n", count: 50)).utf8)
        let found = collect([text[..<20], text[20..<200], text[200...]], octetsMax: 50)
        #expect(found?.header == Array("A: 1\r\n".utf8))
        #expect(found?.body == Array(text.dropFirst(6)))
    }
}
