internal import Glibc
internal import MailBytes
internal import PostsealReports

/// Messages of mailboxes, read side by side, and handed on in their order to be stored, while more is read.
struct MailboxPipeline {
    /// What was read and is stored at once.
    typealias Batch = [(file: String, arrival: ReportArrival)]

    /// What is stored at once: each time waits for the disk.
    private static let batchMax = 1000
    private static let batchOctetsMax = 8 << 20
    private static let batchRecordsMax = 10_000
    /// Near the end less, so that what is stored last is little.
    private static let batchMin = 250
    /// Limit: so many times that much waits to be stored.
    private static let batchesMax = 2
    private static let workersMax = 16

    /// What came to an end.
    private enum Step: Sendable {
        case read(number: Int, octets: Int, [MailboxReader.Piece])
        case stored(Batch, [[ReportIntake]])
    }

    /// Octets and records of what waits to be stored.
    private struct Amount {
        var messages = 0
        var octets = 0
        var records = 0

        mutating func add(_ arrival: ReportArrival) {
            messages += 1
            octets += arrival.length
            records += arrival.recordCount
        }

        func reaches(_ messagesMin: Int, times factor: Int = 1) -> Bool {
            messages >= messagesMin * factor || octets >= batchOctetsMax * factor || records >= batchRecordsMax * factor
        }
    }

    private(set) var mailboxes: MailboxReader
    private let store: any ReportStore
    private let readersMax: Int
    /// How many read while much waits for the one who writes: one processor is left to that one.
    private let readersAhead: Int

    // What is being read.
    private var readers = 0
    private var octetsInWork = 0
    /// How many times messages were taken, and how many of these were handed on.
    private var taken = 0
    private var handedOn = 0
    private var isAtEnd = false
    /// What is to be read next, if it has to wait for what is being read.
    private var held: MailboxReader.Messages?
    /// What was read before its turn came.
    private var early: [Int: [MailboxReader.Piece]] = [:]
    // What waits to be stored.
    private var batch: Batch = []
    private var amount = Amount()
    private var isStoring = false

    init(_ mailboxes: MailboxReader, into store: any ReportStore) {
        self.mailboxes = mailboxes
        self.store = store
        // More than run at once, so that none waits for the next messages.
        let processors = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), Self.workersMax)
        readersMax = processors + 2
        readersAhead = max(processors - 1, 1)
    }

    /// Reads and stores all of it.
    ///
    /// - Parameters:
    ///   - refused: called for each message that is not read, in its turn.
    ///   - stored: called for what was stored at once.
    mutating func run(
        refused: (String, MailboxReader.Failure) -> Void, stored: (Batch, [[ReportIntake]], _ files: Int) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Step.self) { group in
            while true {
                read(&group)
                save(&group)
                guard let step = try await group.next() else { return }
                switch step {
                case .read(let number, let octets, let pieces):
                    readers -= 1
                    octetsInWork -= octets
                    early[number] = pieces
                    while let pieces = early.removeValue(forKey: handedOn) {
                        handedOn += 1
                        for piece in pieces { take(piece, refused) }
                    }
                case .stored(let batch, let intakes):
                    isStoring = false
                    stored(batch, intakes, mailboxes.filesBehind)
                }
            }
        }
    }

    private mutating func take(_ piece: MailboxReader.Piece, _ refused: (String, MailboxReader.Failure) -> Void) {
        switch piece.outcome {
        case .success(let arrival):
            amount.add(arrival)
            batch.append((piece.file, arrival))
        case .failure(let failure): refused(piece.file, failure)
        }
    }

    /// Starts readers, as long as there is room for what they read.
    private mutating func read(_ group: inout ThrowingTaskGroup<Step, any Error>) {
        // Otherwise the one who writes would have to share its processor with them, and be left alone at the end.
        let readersMax = isStoring && amount.reaches(Self.batchMax / 2) ? readersAhead : self.readersMax
        // What is slow to read is not run away from.
        while readers < readersMax, taken - handedOn < 2 * self.readersMax,
            !amount.reaches(Self.batchMax, times: Self.batchesMax)
        {
            guard !isAtEnd, let messages = held ?? mailboxes.take() else {
                isAtEnd = true
                return
            }
            held = nil
            guard readers == 0 || octetsInWork + messages.octets <= MailboxReader.togetherOctetsMax else {
                held = messages
                return
            }
            let (number, reader) = (taken, mailboxes)
            taken += 1
            readers += 1
            octetsInWork += messages.octets
            group.addTask { .read(number: number, octets: messages.octets, reader.read(messages)) }
        }
    }

    /// Stores what was read, if that is enough.
    private mutating func save(_ group: inout ThrowingTaskGroup<Step, any Error>) {
        let left = mailboxes.files.count - mailboxes.filesBehind + batch.count
        let enough = min(max(left / 2, Self.batchMin), Self.batchMax)
        let isLast = isAtEnd && readers == 0
        guard !isStoring, !batch.isEmpty, isLast || amount.reaches(enough) else { return }
        let (storing, store) = (batch, store)
        (batch, amount, isStoring) = ([], Amount(), true)
        group.addTask {
            do {
                return .stored(storing, try await store.take(storing.map(\.arrival)))
            } catch {
                throw StoreFailure.command(error)
            }
        }
    }
}
