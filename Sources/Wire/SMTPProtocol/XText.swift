internal import MailBytes

/// The encoding of parameter values of RFC 3461 §4: `+` and two capital hexadecimal digits for what a value can't have.
public enum SMTPXText {
    /// Decodes; nil for octets that are no xtext.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var cursor = ByteCursor(Array(text))
        var output: [UInt8] = []
        output.reserveCapacity(cursor.remaining)
        while let octet = cursor.next() {
            if octet == UInt8(ascii: "+") {
                guard let high = cursor.next()?.hexDigitValue, let low = cursor.next()?.hexDigitValue else {
                    return nil
                }
                output.append(high << 4 | low)
            } else {
                guard octet.isVisible, octet != UInt8(ascii: "=") else { return nil }
                output.append(octet)
            }
        }
        return output
    }

    /// Encodes any octets.
    public static func encode(_ octets: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        for octet in octets {
            if octet.isVisible, octet != UInt8(ascii: "+"), octet != UInt8(ascii: "=") {
                output.append(octet)
            } else {
                output.append(UInt8(ascii: "+"))
                output.append(digit(octet >> 4))
                output.append(digit(octet & 15))
            }
        }
        return output
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }
}
