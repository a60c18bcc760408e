internal import CZlib

/// How octets are packed: RFC 1950 §2.2, RFC 1951 §2, RFC 1952 §2.
enum Packing {
    case gzip
    case zlib
    case deflate

    /// What zlib calls the size of the window, with the wrapping in it.
    fileprivate var windowBits: Int32 {
        switch self {
        case .gzip: 15 + 16
        case .zlib: 15
        case .deflate: -15
        }
    }
}

/// What may still be unpacked of one file.
struct UnpackingBudget {
    /// Octets of the results together.
    var octetsLeft = MailReportLimits.unpackedBytesMax
}

/// What came of unpacking.
struct Unpacked {
    var octets: [UInt8] = []
    /// Octets of the input that were used; others may follow.
    var used = 0
}

/// Unpacks with limits on what comes out, which are looked at while it comes: nothing larger is ever held.
enum Inflation {
    /// Octets that are unpacked at a time: so many times those of the input, which is nearly always all.
    private static let chunkRatio = 24
    private static let chunkMin = 4 << 10
    private static let chunkMax = 64 << 10
    /// Members of a gzip file. RFC 1952 §2.2 allows any number.
    private static let membersMax = 1000

    /// Unpacks all members of a gzip file, one after the other; what follows them is left.
    static func gzip(
        _ input: ArraySlice<UInt8>, _ budget: inout UnpackingBudget
    ) throws(ReportContainerError) -> Unpacked {
        var all = try one(input, .gzip, &budget)
        for _ in 1..<membersMax {
            let rest = input.dropFirst(all.used)
            guard rest.starts(with: [0x1F, 0x8B]) else { break }
            guard let next = try? one(rest, .gzip, &budget, already: all.octets.count) else { break }
            all.octets.append(contentsOf: next.octets)
            all.used += next.used
        }
        return all
    }

    /// Unpacks one stream.
    ///
    /// - Parameter already: octets that count for the limit of a document.
    static func one(
        _ input: ArraySlice<UInt8>, _ packing: Packing, _ budget: inout UnpackingBudget, already: Int = 0
    ) throws(ReportContainerError) -> Unpacked {
        guard input.count <= Int(UInt32.max) else { throw ReportContainerError(.tooLarge) }
        var stream = unsafe z_stream()
        let isReady = unsafe inflateInit2_(
            &stream, packing.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard isReady == Z_OK else { throw ReportContainerError(.damaged) }
        defer { unsafe inflateEnd(&stream) }
        var result = Unpacked()
        let room = min(MailReportLimits.documentBytesMax - already, budget.octetsLeft)
        let failure = unsafe input.withUnsafeBufferPointer { base -> ReportContainerError.Problem? in
            // zlib does not write to its input; its type only lacks the `const`.
            unsafe stream.next_in = UnsafeMutablePointer(mutating: base.baseAddress)
            unsafe stream.avail_in = UInt32(base.count)
            return unsafe run(&stream, &result, room: max(0, room), input: base.count)
        }
        // Also what is thrown away: otherwise the entries of a zip file could each unpack the same bomb.
        budget.octetsLeft -= min(budget.octetsLeft, result.octets.count)
        if let failure { throw ReportContainerError(failure) }
        return result
    }

    private static func run(
        _ stream: inout z_stream, _ result: inout Unpacked, room: Int, input: Int
    ) -> ReportContainerError.Problem? {
        let chunkBytes = min(max(min(input, chunkMax) * chunkRatio, chunkMin), chunkMax)
        // Each turn makes octets, which are limited, or is the last.
        while true {
            var status = Z_OK
            let made = unsafe [UInt8](unsafeUninitializedCapacity: chunkBytes) { output, count in
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(chunkBytes)
                // Told that this is all, zlib keeps no copy of what it made, unless more is asked for.
                unsafe status = inflate(&stream, Z_FINISH)
                unsafe count = chunkBytes - Int(stream.avail_out)
            }
            result.used = unsafe input - Int(stream.avail_in)
            let total = result.octets.count + made.count
            if total > room { return .tooLarge }
            if total > MailReportLimits.unpackingRatioFreeBytes,
                total / max(1, result.used) >= MailReportLimits.unpackingRatioMax
            {
                return .ratio
            }
            if result.octets.isEmpty { result.octets = made } else { result.octets.append(contentsOf: made) }
            switch status {
            case Z_STREAM_END: return nil
            case Z_OK, Z_BUF_ERROR:
                if made.isEmpty { return .truncated }
            default: return .damaged
            }
        }
    }

    /// The checksum that gzip and zip use.
    static func checksum(_ octets: [UInt8]) -> UInt32 {
        unsafe octets.withUnsafeBufferPointer { base in
            UInt32(truncatingIfNeeded: unsafe crc32_z(0, base.baseAddress, base.count))
        }
    }
}

/// Packing for reports that are sent: RFC 9990 §3.2.2, RFC 8460 §5.2.
public enum ReportPacking {
    /// The octets as a gzip file without name and time, so that the same report is always the same file.
    ///
    /// - Parameter level: 1 takes the least time, 9 comes to the fewest octets.
    public static func gzip(_ octets: [UInt8], level: Int = 9) -> [UInt8] {
        var stream = unsafe z_stream()
        // A window that is hardly larger than the input comes to as few octets. zlib fills 300 kB with zeros otherwise,
        // which takes longer than packing a mail.
        let inputBits = Int.bitWidth - octets.count.leadingZeroBitCount
        let windowBits = min(max(inputBits, 9), 15)
        let isReady = unsafe deflateInit2_(
            &stream, Int32(min(max(level, 1), 9)), Z_DEFLATED, Int32(windowBits + 16),
            Int32(min(max(windowBits - 6, 4), 8)), Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard isReady == Z_OK else { return [] }
        defer { unsafe deflateEnd(&stream) }
        // zlib says how much it can be at most, so that one call does all.
        let bound = unsafe Int(deflateBound(&stream, UInt(octets.count)))
        guard octets.count <= Int(UInt32.max), bound <= Int(UInt32.max) else { return [] }
        return unsafe octets.withUnsafeBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                let status = unsafe deflate(&stream, Z_FINISH)
                count = unsafe status == Z_STREAM_END ? bound - Int(stream.avail_out) : 0
            }
        }
    }

    /// The octets of a gzip file of ours; nil if it is damaged, or has not exactly so many octets in it.
    public static func gunzip(_ octets: [UInt8], length: Int) -> [UInt8]? {
        guard octets.count <= Int(UInt32.max), length >= 0, length < Int(UInt32.max) else { return nil }
        var stream = unsafe z_stream()
        let isReady = unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard isReady == Z_OK else { return nil }
        defer { unsafe inflateEnd(&stream) }
        var status = Z_OK
        // One more than there should be, so that too much is seen.
        let unpacked = unsafe octets.withUnsafeBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: length + 1) { output, count in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(length + 1)
                status = unsafe inflate(&stream, Z_FINISH)
                count = unsafe length + 1 - Int(stream.avail_out)
            }
        }
        return status == Z_STREAM_END && unpacked.count == length ? unpacked : nil
    }
}
