internal import MailBytes

/// An IPv4 or IPv6 address.
public enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    /// The upper and lower 64 bits.
    case v6(UInt64, UInt64)

    /// Reads dotted decimal with four parts, or any RFC 4291 §2.2 form; nil for anything else. No zone
    /// indices, no leading zeros in IPv4, no short IPv4 forms.
    public init?(_ text: String) { self.init(bytes: Array(text.utf8)[...]) }

    /// As ``init(_:)``, from octets.
    public init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count <= 45 else { return nil }
        if bytes.contains(UInt8(ascii: ":")) {
            guard let parsed = Self.v6(bytes) else { return nil }
            self = parsed
        } else {
            guard let parsed = Self.v4(bytes) else { return nil }
            self = .v4(parsed)
        }
    }

    /// From 4 or 16 octets in network order.
    public init?(network octets: ArraySlice<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(
                octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                octets.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    /// 4 or 16 octets in network order.
    public var networkBytes: [UInt8] {
        switch self {
        case .v4(let value):
            (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
        case .v6(let high, let low):
            (0..<16).map {
                UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 % 8)))
            }
        }
    }

    /// Whether this is an IPv4 address. An IPv4-mapped IPv6 address is none; see ``unmapped``.
    public var isV4: Bool {
        if case .v4 = self { true } else { false }
    }

    /// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) as the IPv4 address that it stands for; every other
    /// address as it is (RFC 7208 §5).
    public var unmapped: IPAddress {
        if case .v6(0, let low) = self, low >> 32 == 0xFFFF { return .v4(UInt32(truncatingIfNeeded: low)) }
        return self
    }

    /// What limits for each client go by: an IPv4 address, or the /64 of an IPv6 address, as its first one. Whoever has
    /// one of these has 2^64 of them.
    public var ofClient: IPAddress {
        switch unmapped {
        case .v4(let value): .v4(value)
        case .v6(let high, _): .v6(high, 0)
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the canonical form of RFC 5952 §4.
    public var text: String {
        switch self {
        case .v4(let value):
            var octets: [UInt8] = []
            octets.reserveCapacity(15)
            for shift in [24, 16, 8, 0] as [UInt32] {
                if shift < 24 { octets.append(UInt8(ascii: ".")) }
                octets.append(decimal: UInt64(value >> shift & 255))
            }
            return String(decoding: octets, as: UTF8.self)
        case .v6(0, let low) where low >> 32 == 0xFFFF:
            return "::ffff:" + IPAddress.v4(UInt32(truncatingIfNeeded: low)).text
        case .v6(let high, let low):
            let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
            let gap = Self.longestZeroRun(groups)
            func joined(_ part: ArraySlice<UInt16>) -> String {
                part.map { String($0, radix: 16) }.joined(separator: ":")
            }
            return gap.count < 2
                ? joined(groups[...])
                : joined(groups[..<gap.lowerBound]) + "::" + joined(groups[gap.upperBound...])
        }
    }

    public var description: String { text }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start: Int?
        for index in 0...groups.count {
            if index < groups.count, groups[index] == 0 {
                if start == nil { start = index }
            } else if let first = start {
                if index - first > best.count { best = first..<index }
                start = nil
            }
        }
        return best
    }
}

extension IPAddress {
    private static func v4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var parts = 0
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, parts < 3 else { return nil }
                value = value << 8 | part
                parts += 1
                part = 0
                digits = 0
            } else {
                guard byte.isDigit, digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(byte - 0x30)
                digits += 1
                guard part <= 255, digits <= 3 else { return nil }
            }
        }
        guard digits > 0, parts == 3 else { return nil }
        return value << 8 | part
    }

    private static func v6(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
        let colon = UInt8(ascii: ":")
        // All groups read so far, the newest in the lowest bits, and how many stood before the `::`.
        var value: UInt128 = 0
        var count = 0
        var gap: Int?
        var index = bytes.startIndex
        if bytes.starts(with: CollectionOfOne(colon)) {
            guard bytes.count >= 2, bytes[index + 1] == colon else { return nil }
            gap = 0
            index += 2
        }
        while index < bytes.endIndex {
            guard count < 8 else { return nil }
            var group: UInt16 = 0
            var groupEnd = index
            while groupEnd < bytes.endIndex, let digit = bytes[groupEnd].hexDigitValue, groupEnd - index < 4 {
                group = group << 4 | UInt16(digit)
                groupEnd += 1
            }
            if groupEnd < bytes.endIndex, bytes[groupEnd] == UInt8(ascii: ".") {
                guard count <= 6, let tail = v4(bytes[index...]) else { return nil }
                value = value << 32 | UInt128(tail)
                count += 2
                break
            }
            guard groupEnd > index else { return nil }
            value = value << 16 | UInt128(group)
            count += 1
            guard groupEnd < bytes.endIndex else { break }
            guard bytes[groupEnd] == colon else { return nil }
            index = groupEnd + 1
            guard index < bytes.endIndex else { return nil }
            if bytes[index] == colon {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        if let gap {
            guard count <= 7 else { return nil }
            let behind = UInt128(16 * (count - gap))
            let tail = value & ((1 << behind) - 1)
            value = (value >> behind) << UInt128(128 - 16 * gap) | tail
        } else if count != 8 {
            return nil
        }
        return .v6(UInt64(truncatingIfNeeded: value >> 64), UInt64(truncatingIfNeeded: value))
    }
}
