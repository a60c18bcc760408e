import MailBytes
import Testing

@Suite struct ByteCursorTests {
    @Test func `reads to the end and no further`() {
        var cursor = ByteCursor("ab")
        let first = cursor.next()
        #expect(first == UInt8(ascii: "a"))
        #expect(cursor.peek == UInt8(ascii: "b"))
        #expect(cursor.peek(at: 1) == nil)
        #expect(cursor.peek(at: -1) == UInt8(ascii: "a"))
        #expect(cursor.peek(at: -2) == nil)
        #expect(cursor.peek(at: .max) == nil)
        #expect(cursor.peek(at: .min) == nil)
        let second = cursor.next()
        let third = cursor.next()
        #expect(second == UInt8(ascii: "b"))
        #expect(third == nil)
        #expect(cursor.isAtEnd)
        #expect(cursor.remaining == 0)
        cursor.advance(by: .max)
        cursor.advance(by: -5)
        #expect(cursor.position == 2)
    }

    @Test func `stays within its part of the array`() {
        var cursor = ByteCursor(Array("abcdef".utf8), in: 2..<4)
        #expect(cursor.rest.elementsEqual("cd".utf8))
        cursor.skip { _ in true }
        #expect(cursor.position == 4)
        #expect(cursor.slice(-3..<100).count == 6)
        #expect(ByteCursor(Array("ab".utf8), in: 7..<9).isAtEnd)
        cursor.move(to: 100)
        #expect(cursor.position == 4)
        cursor.move(to: -1)
        #expect(cursor.position == 0)
    }

    @Test func `skips what it is told to`() {
        var cursor = ByteCursor("DKIM \t\r\n x")
        let isSmall = cursor.skip(UInt8(ascii: "d"))
        let isLonger = cursor.skip(ignoringCase: "dkim2")
        let isSame = cursor.skip(ignoringCase: "dKiM")
        #expect((isSmall, isLonger, isSame) == (false, false, true))
        cursor.skipWSP()
        #expect(cursor.position == 6)
        cursor.skipFWS()
        #expect(cursor.position == 9)
        let isBeyond = cursor.skip(ignoringCase: "xy")
        let isNext = cursor.skip(UInt8(ascii: "x"))
        let isAgain = cursor.skip(UInt8(ascii: "x"))
        #expect((isBeyond, isNext, isAgain) == (false, true, false))
    }

    static let numbers: [(text: String, digits: Int, value: Int?, position: Int)] = [
        ("0", 19, 0, 1), ("007x", 19, 7, 3), ("x", 19, nil, 0), ("", 19, nil, 0), ("123", 2, nil, 0), ("12x", 2, 12, 2),
        ("9223372036854775807", 19, .max, 19), ("9223372036854775808", 19, nil, 0),
        ("99999999999999999999", 30, nil, 0),
        ("-1", 19, nil, 0),
    ]

    @Test(arguments: numbers)
    func `reads numbers that fit`(_ example: (text: String, digits: Int, value: Int?, position: Int)) {
        var cursor = ByteCursor(example.text)
        let value = cursor.decimal(digits: example.digits)
        #expect(value == example.value)
        #expect(cursor.position == example.position)
    }

    @Test func `classes of octets are those of the grammars`() {
        let all = (0...255).map { UInt8($0) }
        #expect(all.filter(\.isAtext).count == 26 * 2 + 10 + 19)
        #expect(all.filter(\.isFieldNameCharacter).count == 93)
        // RFC 2045 §5.1: visible ASCII without the fifteen tspecials.
        #expect(all.filter(\.isTokenCharacter).count == 94 - 15)
        #expect(all.filter(\.isControl).count == 33)
        #expect(all.filter(\.isHexDigit).count == 22)
        #expect(all.filter(\.isWSP) == [9, 32])
        #expect(all.filter { $0 != $0.asciiLowercased }.count == 26)
        for byte in all where byte.isHexDigit {
            #expect(byte.hexDigitValue.map { Int($0) } == Int(String(UnicodeScalar(byte)), radix: 16))
        }
    }

    @Test func `compares and trims without regard to case and white space`() {
        #expect(Array("Example".utf8).equalsIgnoringASCIICase(Array("eXAMPLE".utf8)))
        #expect(!Array("a".utf8).equalsIgnoringASCIICase(Array("ab".utf8)))
        // `[` and `{` are 32 apart as letters are.
        #expect(!Array("[".utf8).equalsIgnoringASCIICase(Array("{".utf8)))
        #expect(Array(" \t\r\nx y\r\n ".utf8)[...].trimmingWhitespace.elementsEqual("x y".utf8))
        #expect(Array(" \r\n".utf8)[...].trimmingWhitespace.isEmpty)
    }

    @Test(arguments: [("065", 65), ("255", 255), ("a", 97), ("\\", 92), ("\"", 34)])
    func `reads escapes of presentation format: RFC 1035 §5.1`(_ example: (String, UInt8)) {
        var cursor = ByteCursor(example.0)
        let byte = cursor.presentationEscape()
        #expect(byte == example.1)
    }

    @Test(arguments: ["", "256", "99", "9", "12x"])
    func `refuses escapes that are none`(_ text: String) {
        var cursor = ByteCursor(text)
        let byte = cursor.presentationEscape()
        #expect(byte == nil)
    }
}
