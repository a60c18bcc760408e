internal import Glibc
internal import MailBytes
internal import PostsealReports

/// Reads files and mailboxes, many messages side by side, in their order.
struct MailboxReader {
    /// Limit: messages that are read side by side, and their octets: reports unpack to many times their size.
    private static let togetherMax = 64
    private static let togetherOctetsMax = 256 << 10
    private static let workersMax = 16

    /// Why a file, or a message of it, is not read.
    struct Failure: Error {
        let sentence: String
        let reason: String
    }

    /// What became of a message.
    struct Piece: Sendable {
        let file: String
        let outcome: Result<ReportArrival, Failure>
    }

    /// A message that is to be read.
    private struct Message: Sendable {
        let file: String
        let name: String?
        let octets: Result<[UInt8], Failure>

        var count: Int { (try? octets.get().count) ?? 0 }
    }

    let files: [String]
    private let received: UnixTime
    private let workers: Int
    /// Files that were opened.
    private(set) var filesBehind = 0
    /// What is left of the file that was opened last.
    private var rest: [ArraySlice<UInt8>] = []
    /// The message that comes next, if it was taken from its file already.
    private var ahead: Message?
    /// Messages that come next.
    private var waiting: [Message]?

    init(files: [String], received: UnixTime) {
        self.files = files
        self.received = received
        workers = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), Self.workersMax)
    }

    /// The next messages; none at the end.
    mutating func next() async -> [Piece] {
        let messages = waiting ?? take()
        async let pieces = Self.read(messages, by: workers, received)
        // From the disk at the same time.
        waiting = messages.isEmpty ? [] : take()
        return await pieces
    }

    /// What is small is taken together; what is large, or may unpack to much, by itself.
    private mutating func take() -> [Message] {
        var messages: [Message] = []
        var octets = 0
        while messages.count < Self.togetherMax, let message = ahead ?? open() {
            guard messages.isEmpty || octets + message.count <= Self.togetherOctetsMax else {
                ahead = message
                break
            }
            ahead = nil
            octets += message.count
            messages.append(message)
        }
        return messages
    }

    /// The next message of a file.
    private mutating func open() -> Message? {
        while rest.isEmpty {
            guard filesBehind < files.count else { return nil }
            let file = files[filesBehind]
            filesBehind += 1
            do {
                rest = MailboxFiles.messages(try FileInput.read(file)).reversed()
            } catch {
                let sentence = (error as? CommandFailure)?.sentence ?? "\(error)"
                return message(.failure(Failure(sentence: sentence, reason: "unreadable")))
            }
        }
        guard let octets = rest.popLast() else { return nil }
        guard octets.count <= ReportArrival.octetsMax else {
            let sentence = "larger than \(ReportArrival.octetsMax >> 20) MB"
            return message(.failure(Failure(sentence: sentence, reason: "too-large")))
        }
        return message(.success(Array(octets)))
    }

    private func message(_ octets: Result<[UInt8], Failure>) -> Message {
        let file = files[filesBehind - 1]
        return Message(file: file, name: file.split(separator: "/").last.map(String.init), octets: octets)
    }

    private static func read(_ messages: [Message], by workers: Int, _ received: UnixTime) async -> [Piece] {
        let share = (messages.count + workers - 1) / workers
        guard share > 0 else { return [] }
        return await withTaskGroup(of: (Int, [Piece]).self) { group in
            for start in stride(from: 0, to: messages.count, by: share) {
                let mine = messages[start..<min(start + share, messages.count)]
                group.addTask { (start, mine.map { read($0, received) }) }
            }
            var shares: [(Int, [Piece])] = []
            for await share in group { shares.append(share) }
            return shares.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    private static func read(_ message: Message, _ received: UnixTime) -> Piece {
        Piece(
            file: message.file,
            outcome: message.octets.map { ReportArrival(reading: $0, name: message.name, received: received) })
    }
}
