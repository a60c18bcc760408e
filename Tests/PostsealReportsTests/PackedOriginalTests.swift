import Foundation
import MailReports
import TestSupport
import Testing

@testable import PostsealReports

/// Files come back as they came, octet by octet.
@Suite struct PackedOriginalTests {
    private static let head = """
        Received: from a.example by b.example; Fri, 20 Nov 2026 01:02:03 +0000
        Subject: Report domain: example.com
        Content-Transfer-Encoding: base64


        """

    private static func base64(_ count: Int, width: Int = 76, end: String = "\n") -> String {
        var numbers = Numbers(seed: UInt64(count * 1000 + width))
        let text: String = Data(numbers.octets(count)).base64EncodedString()
        var lines = ""
        for start in stride(from: 0, to: text.utf8.count, by: width) {
            lines += text.dropFirst(start).prefix(width)
            lines += end
        }
        return lines
    }

    private static func comesBack(_ octets: [UInt8]) -> OriginalPacking {
        let packed = PackedOriginal(octets)
        let length = Int64(octets.count)
        #expect(PackedOriginal.unpack(packed.octets, packed.packing.rawValue, length: length) == octets)
        #expect(packed.octets.count <= octets.count)
        // Another length is none of it.
        if packed.packing != .none {
            #expect(PackedOriginal.unpack(packed.octets, packed.packing.rawValue, length: length + 1) == nil)
            #expect(PackedOriginal.unpack(packed.octets, packed.packing.rawValue, length: length - 1) == nil)
        }
        return packed.packing
    }

    private static let mails: [String] = {
        let tens: String = head + base64(57 * 10)
        let withReturns: String = (head + base64(900)).replacingOccurrences(of: "\n", with: "\r\n")
        let twoParts: String = head + base64(600) + "--b\n\n" + base64(800, width: 64) + "\n--b--\n"
        var mails: [String] = [1000, 1001, 1002, 57 * 20].map { head + base64($0) }
        mails += [withReturns, twoParts, base64(600), String(withReturns.dropLast())]
        mails.append(String((head + base64(900)).dropLast()))
        mails.append(head + base64(900, width: 4000))
        mails.append(head + base64(900) + base64(900))
        mails.append(head + base64(900) + "\n\n" + base64(30))
        mails.append(head + base64(500, width: 60) + base64(500, width: 76))
        mails.append(head + base64(500, width: 76) + base64(500, width: 60))
        // Line ends that change, spaces, and padding in the midst, with bits that it should not have, or too much.
        mails.append(head + base64(500) + base64(500, end: "\r\n"))
        mails.append(head + base64(500, end: " \n") + base64(500))
        for end in ["QUJD\nQQ==\n" + base64(300), "QR==\n", "QUF=\n", "QUI\n", "====\n", "Q===\n", "QQ=="] {
            mails.append(tens + end)
        }
        return mails
    }()

    @Test(arguments: mails)
    func mailsComeBack(_ text: String) { #expect(Self.comesBack(Array(text.utf8)) == .lines) }

    @Test func otherFilesComeBack() {
        for text in ["", "\u{0}", "=", "QUJD", "QUJDQUJDQUJD\n"] { #expect(Self.comesBack(Array(text.utf8)) == .none) }
        #expect(Self.comesBack(Array(String(repeating: "<record/>\n", count: 100).utf8)) == .gzip)
        // Little of it is Base64.
        let letter: String = Self.head + String(repeating: "A line of a letter.\n", count: 100) + Self.base64(60)
        #expect(Self.comesBack(Array(letter.utf8)) == .gzip)
        let packed = ReportPacking.gzip(Array(String(repeating: "<record/>\n", count: 100).utf8))
        #expect(Self.comesBack(packed) == .none)
    }

    @Test func changedMailsComeBack() {
        var numbers = Numbers(seed: 3)
        let text: String = Self.head + Self.base64(700) + "--b\r\n" + Self.base64(300, end: "\r\n")
        let octets = Array(text.utf8)
        let others = Array("=\r\nA/+ \u{0}\u{FF}".utf8)
        for _ in 0..<2000 {
            var changed = octets
            for _ in 0...numbers.below(4) {
                let place = numbers.below(changed.count)
                switch numbers.below(3) {
                case 0: changed[place] = others[numbers.below(others.count)]
                case 1: changed.remove(at: place)
                default: changed.insert(others[numbers.below(others.count)], at: place)
                }
            }
            _ = Self.comesBack(changed)
        }
    }

    /// A damaged store gives no octets, or wrong ones, and nothing worse.
    @Test func damageIsBorne() {
        var numbers = Numbers(seed: 4)
        let octets = Array((Self.head + Self.base64(700)).utf8)
        let packed = PackedOriginal(octets).octets
        for count in 0..<packed.count {
            #expect(PackedOriginal.unpack(Array(packed.prefix(count)), 2, length: Int64(octets.count)) == nil)
        }
        for _ in 0..<2000 {
            var damaged = packed
            for _ in 0...numbers.below(3) { damaged[numbers.below(24)] = UInt8(numbers.below(256)) }
            _ = PackedOriginal.unpack(damaged, 2, length: Int64(octets.count))
        }
        for length in [Int64.min, -1, 0, .max] { #expect(PackedOriginal.unpack(packed, 2, length: length) == nil) }
        #expect(PackedOriginal.unpack(packed, 3, length: Int64(octets.count)) == nil)
        #expect(PackedOriginal.unpack(packed, 1, length: Int64(octets.count)) == nil)
    }
}
