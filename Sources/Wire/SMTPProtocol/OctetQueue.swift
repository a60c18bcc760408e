internal import MailBytes

/// Octets that came and were not taken yet, and the lines in them.
///
/// Memory is bounded by what was appended since the last line was taken: whoever drives a session stops reading while
/// it does not take.
struct OctetQueue: Sendable {
    /// What stands next.
    enum Line: Hashable {
        /// No line is complete.
        case none
        /// A line without its end, and whether that was CR LF or LF alone.
        case line(ArraySlice<UInt8>, endsInCRLF: Bool)
        /// The end of a line that was longer than allowed; its octets are gone.
        case tooLong
    }

    private var octets: [UInt8] = []
    private var start = 0
    /// Up to here no line ends: octets that come one by one are looked at once.
    private var searched = 0
    /// Octets of a line that is too long, which were thrown away; 0 if there is no such line.
    private(set) var skipped = 0

    /// A small buffer is kept; thousands of connections with a large one each are too much.
    private static let keptOctets = 8 * 1024

    var count: Int { octets.count - start }

    var isEmpty: Bool { start == octets.count }

    /// What was not taken yet.
    var rest: ArraySlice<UInt8> { octets[start...] }

    mutating func append(_ span: RawSpan) {
        makeRoom()
        unsafe span.withUnsafeBytes { unsafe octets.append(contentsOf: $0) }
    }

    mutating func append(_ more: some Collection<UInt8>) {
        makeRoom()
        octets.append(contentsOf: more)
    }

    /// Takes octets away from the front.
    mutating func drop(_ count: Int) {
        start = min(start + max(0, count), octets.count)
        searched = start
    }

    mutating func removeAll() { self = OctetQueue() }

    /// Takes the next line.
    ///
    /// - Parameter octetsMax: how long a line may be, its end included. Of a longer one nothing is kept.
    mutating func line(octetsMax: Int) -> Line {
        var index = max(searched, start)
        let end = octets.count
        while index < end, octets[index] != .lineFeed { index += 1 }
        guard index < end else {
            searched = end
            if end - start >= octetsMax || skipped > 0 {
                skipped += end - start
                drop(end - start)
            }
            return .none
        }
        defer { drop(index + 1 - start) }
        guard skipped == 0, index + 1 - start <= octetsMax else {
            skipped = 0
            return .tooLong
        }
        let hasReturn = index > start && octets[index - 1] == .carriageReturn
        return .line(octets[start..<(hasReturn ? index - 1 : index)], endsInCRLF: hasReturn)
    }

    private mutating func makeRoom() {
        guard start > 0 else { return }
        if start == octets.count {
            octets.removeAll(keepingCapacity: octets.capacity <= Self.keptOctets)
        } else {
            octets.removeSubrange(..<start)
        }
        searched -= start
        start = 0
    }
}
