import MailFormat
import Testing

@Suite struct NetworkLineEndsTests {
    static let texts = [
        "", "\n", "\r", "\r\n", "\n\r", "\r\r\n", "a\nb\r\nc\n\n\r\r\n\n", "\n\n\n", "no line end", "a\r", "\r\n\r\n\n",
        "A: 1\n\nline\nlonger line than eight octets\r\nand\rso\non\n",
    ]

    @Test(arguments: texts)
    func `any pieces give what the whole gives`(text: String) {
        let octets = Array(text.utf8)
        let whole = MailMessage.withNetworkLineEndings(octets)
        for first in 0...octets.count {
            for second in first...octets.count {
                var lineEnds = NetworkLineEnds()
                let pieces = [octets[..<first], octets[first..<second], octets[second...]]
                #expect(pieces.flatMap { lineEnds.convert(Array($0)) } == whole)
            }
        }
    }
}
