internal import MailBytes

extension IPAddress {
    /// The name at which the PTR records of the address are: RFC 1035 §3.5, RFC 3596 §2.5.
    public var reverseName: DomainName? {
        let octets = networkBytes
        var output: [UInt8] = []
        output.reserveCapacity(72)
        for octet in octets.reversed() {
            if isV4 {
                output.append(contentsOf: String(octet).utf8)
                output.append(UInt8(ascii: "."))
            } else {
                for digit in [octet & 15, octet >> 4] {
                    output.append(digit < 10 ? digit + 0x30 : digit - 10 + 0x61)
                    output.append(UInt8(ascii: "."))
                }
            }
        }
        output.append(contentsOf: (isV4 ? "in-addr.arpa" : "ip6.arpa").utf8)
        return try? DomainName(output)
    }
}
