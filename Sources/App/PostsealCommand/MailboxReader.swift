internal import MailBytes
internal import MailFormat
internal import PostsealReports

/// Takes messages from files and mailboxes, in their order, some at once.
struct MailboxReader {
    /// Limit: messages that are read one after the other, while others are read beside them.
    private static let togetherMax = 8
    /// Limit: octets of all messages that are read at the same time: reports unpack to many times their size. What is
    /// larger is read by itself.
    static let togetherOctetsMax = 256 << 10

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

    /// Messages that are to be read.
    struct Messages: Sendable {
        fileprivate var list: [Message] = []
        fileprivate(set) var octets = 0
    }

    /// A message that is to be read.
    fileprivate struct Message: Sendable {
        let file: String
        let name: String?
        let octets: Result<[UInt8], Failure>

        var count: Int { (try? octets.get().count) ?? 0 }
    }

    let files: [InputPath]
    private let received: UnixTime
    /// Limit: octets of a message.
    private let octetsMax: Int
    /// Files that were opened.
    private(set) var filesBehind = 0
    /// What is left of the file that was opened last.
    private var rest: [ArraySlice<UInt8>] = []
    /// The message that comes next, if it was taken from its file already.
    private var ahead: Message?

    init(files: [InputPath], received: UnixTime, octetsMax: Int = ReportArrival.octetsMax) {
        self.files = files
        self.octetsMax = octetsMax
        self.received = received
    }

    /// The next messages; nil at the end. What is small is taken together; what is large, or may unpack to much, by
    /// itself.
    mutating func take() -> Messages? {
        var messages = Messages()
        while messages.list.count < Self.togetherMax, let message = ahead ?? open() {
            let octets = messages.octets + message.count
            guard messages.list.isEmpty || octets <= Self.togetherOctetsMax / Self.togetherMax else {
                ahead = message
                break
            }
            ahead = nil
            messages.octets = octets
            messages.list.append(message)
        }
        return messages.list.isEmpty ? nil : messages
    }

    /// The next message of a file.
    private mutating func open() -> Message? {
        while rest.isEmpty {
            guard filesBehind < files.count else { return nil }
            let file = files[filesBehind]
            filesBehind += 1
            do {
                rest = Mbox.messages(in: try FileInput.read(file)).reversed()
            } catch {
                let sentence = (error as? CommandFailure)?.sentence ?? "\(error)"
                return message(.failure(Failure(sentence: sentence, reason: "unreadable")))
            }
        }
        guard let octets = rest.popLast() else { return nil }
        guard octets.count <= octetsMax else {
            let sentence = "larger than \(octetsMax >> 20) MB"
            return message(.failure(Failure(sentence: sentence, reason: "too-large")))
        }
        return message(.success(Array(octets)))
    }

    private func message(_ octets: Result<[UInt8], Failure>) -> Message {
        let file = files[filesBehind - 1]
        return Message(file: file.description, name: file.name, octets: octets)
    }

    /// Reads messages, one after the other.
    func read(_ messages: Messages) -> [Piece] {
        messages.list.map { message in
            Piece(
                file: message.file,
                outcome: message.octets.map { octets in
                    var arrival = ReportArrival(reading: octets, name: message.name, received: received)
                    // Where it was read, which takes the least time, and so that little waits to be stored.
                    arrival.forgetReading()
                    return arrival
                })
        }
    }
}
