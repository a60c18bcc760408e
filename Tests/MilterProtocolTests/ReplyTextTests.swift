import MilterProtocol
import TestSupport
import Testing

@Suite struct ReplyTextTests {
    private func text(_ code: Int, _ enhanced: String?, _ lines: String...) throws -> String {
        String(decoding: try MilterReplyText(code: code, enhanced: enhanced, lines: lines).octets, as: UTF8.self)
    }

    @Test func `Refusals have the form of SMTP`() throws {
        #expect(try text(550, "5.7.1", "no") == "550 5.7.1 no")
        #expect(try text(451, nil, "later") == "451 later")
        #expect(try text(550, "5.7.1", "one", "two") == "550-5.7.1 one\r\n550 5.7.1 two")
        #expect(try text(550, "5.7.1", "100 % of it") == "550 5.7.1 100 %% of it")
        // Nothing that a text holds makes another line, or none.
        #expect(try text(550, "5.7.1", "a\r\n250 ok") == "550 5.7.1 a??250 ok")
        #expect(try text(550, "5.7.1", "caf\u{e9}\0") == "550 5.7.1 caf??")
        #expect(try text(550, "5.7.1") == "550 5.7.1 message refused")
        #expect(try text(550, "5.7.1", "  ", "") == "550 5.7.1 message refused")
    }

    @Test(arguments: [399, 600, 250, 0, -1])
    func `Other codes are no refusals`(_ code: Int) {
        #expect(throws: MilterReplyText.Mistake.code) { try MilterReplyText(code: code, enhanced: nil, text: "a") }
    }

    @Test(arguments: ["4.7.1", "5.7", "5.7.1.1", "5.1234.1", "5.7.", "", "5.7.1 ", "6.7.1"])
    func `An enhanced code is one, and of the same class`(_ enhanced: String) {
        #expect(throws: MilterReplyText.Mistake.enhancedCode) {
            try MilterReplyText(code: 550, enhanced: enhanced, text: "a")
        }
    }

    @Test func `Whatever the text is, the reply fits, and each line has its codes`() throws {
        var numbers = Numbers(seed: 7)
        for _ in 0..<500 {
            let lines = (0..<numbers.below(4)).map { _ in
                String(
                    decoding: (0..<numbers.below(1500)).map { _ in
                        [0x20, 0x25, 0x61, 0x0A, 0xC3][numbers.below(5)] as UInt8
                    }, as: UTF8.self)
            }
            let octets = try MilterReplyText(code: 554, enhanced: "5.7.1", lines: lines).octets
            #expect(octets.count <= 979)
            let all = String(decoding: octets, as: UTF8.self).components(separatedBy: "\r\n")
            for (index, line) in all.enumerated() {
                #expect(line.hasPrefix(index < all.count - 1 ? "554-5.7.1 " : "554 5.7.1 "))
                #expect(line.utf8.count <= 510)
                #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
                #expect(line.utf8.count { $0 == 0x25 } % 2 == 0)
            }
        }
    }
}

extension String {
    /// The parts between the separators.
    fileprivate func components(separatedBy separator: String) -> [String] {
        replacing(separator, with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
