internal import MailBytes

/// Cuts a stream into netstrings, wherever the stream is cut itself.
///
///     reader.append(octets)
///     while let payload = try reader.next() { … }
///
/// It keeps what was appended and not yet taken, and refuses a length that is over the limit as soon as it sees it: a
/// caller who takes all there is before it appends more holds one netstring and one piece. After an error there is no
/// telling where the next one begins: the error stays.
public struct NetstringReader: Sendable {
    /// The most octets that a text may have.
    public let payloadOctetsMax: Int

    private var buffer: [UInt8] = []
    /// Where in the buffer the next netstring begins.
    private var head = 0
    /// Octets of the stream in front of the buffer.
    private var passed = 0
    private var failure: NetstringError?

    /// Lengths over this are never taken, so that no sum of them overflows.
    static let payloadOctetsCeiling = 1 << 30
    /// What an idle reader keeps of its room.
    private static let keptOctetsMax = 4096

    /// - Parameter payloadOctetsMax: the most octets of a text; at most 2^30 count.
    public init(payloadOctetsMax: Int) {
        self.payloadOctetsMax = min(max(payloadOctetsMax, 0), Self.payloadOctetsCeiling)
    }

    /// Octets that came and belong to no netstring that was taken.
    public var pendingOctets: Int { buffer.count - head }

    /// Octets that were taken, with those of lengths, colons and commas.
    public var takenOctets: Int { passed + head }

    /// Takes octets as they come. After an error they are dropped.
    public mutating func append(_ octets: some Collection<UInt8>) {
        guard failure == nil else { return }
        compact()
        buffer += octets
    }

    /// The text of the next netstring; nil until more octets come.
    ///
    /// - Throws: where the stream goes wrong, then and ever after.
    public mutating func next() throws(NetstringError) -> [UInt8]? {
        guard let slice = try nextSlice() else { return nil }
        return Array(slice)
    }

    /// The same in its place. To be let go of before more is appended, which copies what is there otherwise.
    mutating func nextSlice() throws(NetstringError) -> ArraySlice<UInt8>? {
        if let failure { throw failure }
        do throws(NetstringError) {
            guard let text = try text() else {
                compact()
                return nil
            }
            head = text.upperBound + 1
            return buffer[text]
        } catch {
            failure = error
            buffer = []
            head = 0
            throw error
        }
    }

    /// Where the text of the next netstring stands, if all of it is there.
    private func text() throws(NetstringError) -> Range<Int>? {
        var index = head
        var length = 0
        while true {
            guard index < buffer.count else { return nil }
            let octet = buffer[index]
            if octet == UInt8(ascii: ":"), index > head { break }
            guard octet.isDigit else { throw error(index == head ? .noLength : .noColon, index) }
            // The only length that begins with 0 is 0 itself.
            if index == head + 1, buffer[head] == UInt8(ascii: "0") { throw error(.leadingZero, head) }
            length = length * 10 + Int(octet - UInt8(ascii: "0"))
            guard length <= payloadOctetsMax else { throw error(.tooLong(limit: payloadOctetsMax), index) }
            index += 1
        }
        let text = index + 1..<index + 1 + length
        guard text.upperBound < buffer.count else { return nil }
        guard buffer[text.upperBound] == UInt8(ascii: ",") else { throw error(.noComma, text.upperBound) }
        return text
    }

    private func error(_ kind: NetstringError.Kind, _ index: Int) -> NetstringError {
        NetstringError(kind, position: passed + index)
    }

    /// Drops what was taken: once for each piece that is appended, not for each netstring.
    private mutating func compact() {
        guard head > 0 else { return }
        passed += head
        if head == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptOctetsMax)
        } else {
            buffer.removeFirst(head)
        }
        head = 0
    }
}
