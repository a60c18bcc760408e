internal import MailBytes
internal import MailNames

/// The spelling of an address that macros are made of.
enum SPFAddressText {
    /// `%{i}` (RFC 7208 §7.3): dotted decimal, or 32 hexadecimal digits with dots between them.
    ///
    /// Unspecified: the case of the digits, which only an explanation could show. They are capitals, as the public
    /// test suite has them; names are compared without case.
    static func dotted(_ address: IPAddress) -> [UInt8] {
        var output: [UInt8] = []
        switch address {
        case .v4(let value):
            output.reserveCapacity(15)
            for shift in [24, 16, 8, 0] as [UInt32] {
                if shift < 24 { output.append(UInt8(ascii: ".")) }
                output.appendDecimal(Int64(value >> shift & 255))
            }
        case .v6(let high, let low):
            output.reserveCapacity(63)
            for index in 0..<32 {
                if index > 0 { output.append(UInt8(ascii: ".")) }
                let half = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (index % 16)) & 15)
                output.append(digit < 10 ? digit + 0x30 : digit - 10 + 0x41)
            }
        }
        return output
    }
}

extension [UInt8] {
    /// Appends a number in decimal digits.
    mutating func appendDecimal(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = count
        repeat {
            append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}
