// The escapes of DNS presentation format: RFC 1035 §5.1.

extension ByteCursor {
    /// Reads what stands behind a backslash: three decimal digits up to 255, or any other octet as itself.
    public mutating func presentationEscape() -> UInt8? {
        guard let first = next() else { return nil }
        guard first.isDigit else { return first }
        guard let second = next(), second.isDigit, let third = next(), third.isDigit else { return nil }
        let value = Int(first - 0x30) * 100 + Int(second - 0x30) * 10 + Int(third - 0x30)
        return UInt8(exactly: value)
    }
}

extension [UInt8] {
    /// Appends `\DDD`.
    public mutating func appendDecimalEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        for divisor in [100, 10, 1] as [UInt8] { append(byte / divisor % 10 + 0x30) }
    }
}
