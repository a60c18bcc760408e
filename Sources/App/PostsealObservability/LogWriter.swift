internal import Glibc
internal import MailBytes

/// Writes lines to a descriptor, on the sink's own thread. What cannot be written is dropped and counted.
struct LogWriter {
    private let descriptor: Int32
    private let stallMilliseconds: Int32
    private let dropped: Counter<NoLabel, NoLabel>
    /// The line that says how many are missing.
    private let notice: @Sendable (Int) -> [UInt8]
    /// Whether the last octet that went out was in the middle of a line.
    private var isMidLine = false
    /// Lines lost that the log itself does not tell of yet, as far as the counter tells.
    private var countTold = 0

    /// A pipe takes as much at once.
    static let pieceOctetsMax = 64 << 10

    init(
        descriptor: Int32, stallMilliseconds: Int32, dropped: Counter<NoLabel, NoLabel>,
        notice: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.descriptor = descriptor
        self.stallMilliseconds = stallMilliseconds
        self.dropped = dropped
        self.notice = notice
        countTold = dropped.current
    }

    /// Writes whole lines, in pieces of whole lines, so that a full disk costs no more of them than it must.
    mutating func write(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            var piece = rest.prefix(Self.pieceOctetsMax)
            if piece.count < rest.count, let end = piece.lastIndex(of: .lineFeed) { piece = piece[...end] }
            rest = rest[piece.endIndex...]
            writePiece(Array(piece))
        }
    }

    private mutating func writePiece(_ lines: [UInt8]) {
        let count = dropped.current
        // Ends what a failure left behind half written, and says what is missing before what comes now.
        let prefix = (isMidLine ? [.lineFeed] : []) + (count > countTold ? notice(count - countTold) : [])
        let octets = prefix + lines
        let written = writeOut(octets)
        if written > 0 { isMidLine = octets[written - 1] != .lineFeed }
        if written >= prefix.count { countTold = count }
        let lost = octets[max(written, prefix.count)...].count { $0 == .lineFeed }
        if lost > 0 { dropped.add(count: lost) }
    }

    /// Octets that went out; fewer than all where it failed.
    private func writeOut(_ octets: [UInt8]) -> Int {
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count > 0 {
                written += count
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN, isWritableSoon() {
                continue
            } else {
                return written
            }
        }
        return written
    }

    /// Somebody else may have made the descriptor non-blocking: it is shared with whoever started us.
    private func isWritableSoon() -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = poll(&request, 1, stallMilliseconds)
            if count < 0, errno == EINTR { continue }
            return count > 0 && request.revents & Int16(POLLOUT) != 0
        }
    }
}
