/// Reads what stands in a packet, never past its end.
struct MilterDataReader {
    private let octets: ArraySlice<UInt8>
    private var position: Int

    init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        position = octets.startIndex
    }

    var isAtEnd: Bool { position >= octets.endIndex }

    mutating func byte() -> UInt8? {
        guard position < octets.endIndex else { return nil }
        defer { position += 1 }
        return octets[position]
    }

    mutating func number16() -> UInt16? {
        guard octets.endIndex - position >= 2 else { return nil }
        defer { position += 2 }
        return UInt16(octets[position]) << 8 | UInt16(octets[position + 1])
    }

    mutating func number32() -> UInt32? {
        guard let high = number16(), let low = number16() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// The octets before the next NUL, moving behind it; nil if there is none.
    mutating func string() -> ArraySlice<UInt8>? {
        guard let end = octets[position...].firstIndex(of: 0) else { return nil }
        defer { position = end + 1 }
        return octets[position..<end]
    }

    /// What is left.
    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = octets.endIndex }
        return octets[position...]
    }
}

extension [UInt8] {
    /// Appends a packet: its length, its code, and what `data` appends.
    mutating func appendPacket(_ code: UInt8, _ data: (inout [UInt8]) -> Void = { _ in }) {
        let start = count
        append(contentsOf: [0, 0, 0, 0, code])
        data(&self)
        let length = UInt32(clamping: count - start - 4)
        for index in 0..<4 { self[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
    }

    /// Appends a number in network order.
    mutating func append(number32 number: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends a number in network order.
    mutating func append(number16 number: UInt16) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    /// Appends a string and its NUL. A string ends at the first NUL that it has, as the other side would see it.
    mutating func append(string: some Sequence<UInt8>) {
        append(contentsOf: string.lazy.prefix { $0 != 0 })
        append(0)
    }
}
