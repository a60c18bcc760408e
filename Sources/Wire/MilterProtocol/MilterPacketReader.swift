/// Cuts packets out of octets that come in pieces of any size.
///
/// A packet is four octets of length, in network order, and that many octets: a code and its data. The octets are
/// copied once, into a buffer whose memory goes to the packet that empties it, and memory is bounded by the longest
/// packet allowed and what was appended since ``next()`` last gave nil.
public struct MilterPacketReader: Sendable {
    /// Octets of a packet behind its length, at most.
    public let packetOctetsMax: Int
    private var buffer: [UInt8] = []
    private var position = 0

    /// A small buffer is kept for the next packets; thousands of connections with a large one each are too much.
    private static let keptOctets = 8 * 1024

    /// A reader for packets of at most so many octets.
    public init(packetOctetsMax: Int = MilterLimits().packetOctets) { self.packetOctetsMax = packetOctetsMax }

    /// Octets that are in no packet yet.
    public var pendingOctets: Int { buffer.count - position }

    /// Takes the octets that came next.
    public mutating func append(_ octets: RawSpan) {
        makeRoom(for: octets.byteCount)
        unsafe octets.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
    }

    /// Takes the octets that came next.
    public mutating func append(_ octets: [UInt8]) {
        makeRoom(for: octets.count)
        buffer.append(contentsOf: octets)
    }

    /// Takes the octets that came next.
    public mutating func append(_ octets: ArraySlice<UInt8>) {
        makeRoom(for: octets.count)
        buffer.append(contentsOf: octets)
    }

    /// The next packet, its code first; nil while it is not all there. It has at least one octet.
    public mutating func next() throws(MilterProtocolError) -> ArraySlice<UInt8>? {
        guard let length = try packetOctets(), pendingOctets - 4 >= length else { return nil }
        let start = position + 4
        let packet = buffer[start..<start + length]
        position = start + length
        if position == buffer.count, buffer.capacity > Self.keptOctets {
            buffer = []
            position = 0
        }
        return packet
    }

    /// The length of the packet that stands first; nil while that is not known.
    private func packetOctets() throws(MilterProtocolError) -> Int? {
        guard pendingOctets >= 4 else { return nil }
        let length = buffer[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length > 0 else { throw MilterProtocolError(.emptyPacket) }
        guard length <= packetOctetsMax else { throw MilterProtocolError(.packetTooLong(octets: length)) }
        return length
    }

    /// Gives back what is read. Each octet is moved at most once for one that goes, so that no cut of the octets
    /// makes the work grow faster than they do.
    private mutating func makeRoom(for count: Int) {
        if position == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            position = 0
        } else if position > 0, position >= pendingOctets {
            buffer.removeSubrange(..<position)
            position = 0
        }
        // Where the packet's length is known, it gets its place at once.
        guard let length = try? packetOctets() else { return }
        let whole = position + 4 + length
        if buffer.capacity < whole { buffer.reserveCapacity(max(whole, buffer.count + count)) }
    }
}
