import MailBytes
import Testing

@Suite struct ASCIITests {
    @Test func `numbers are written as everywhere`() {
        var numbers: [Int64] = [0, 1, 9, 10, 11, 99, 100, .max, .min, -1, -10]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1, -power]
        }
        for number in numbers {
            var octets = Array("x".utf8)
            octets.append(decimal: number)
            #expect(octets == Array("x\(number)".utf8))
        }
        for number in [0, 10_000_000_000_000_000_000, .max] as [UInt64] {
            var octets: [UInt8] = []
            octets.append(decimal: number)
            #expect(octets == Array("\(number)".utf8))
        }
    }
}
