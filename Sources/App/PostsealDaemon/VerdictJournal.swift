internal import DNS
internal import MailBytes
internal import MailFormat
internal import MailNames
internal import PostsealEngine
internal import Synchronization

/// The messages that were judged last, in memory alone: what the dashboard shows of them.
///
/// What is kept costs a message next to nothing: values that are there anyway, and a list of answers. Everything that
/// takes time is done when somebody looks.
final class VerdictJournal: Sendable {
    /// What is kept of a message.
    struct Record: Sendable {
        var id: UInt64 = 0
        var time: UnixTime
        var way: String
        var queueID: String?
        /// With the header; without a body.
        var transaction: MailTransaction
        var direction: MailDirection
        var decision: Decision
        var findings: Findings?
        var verdict: GuardVerdict?
        var answers: [DNSAnswer]
        var duration: Duration
    }

    /// Limit: octets that all records take, by estimate.
    static let octetsMax = 64 << 20
    /// Limit: octets of a header that is kept.
    static let headerOctetsMax = 64 << 10
    /// What a record takes besides its header and its answers, by estimate.
    private static let recordOctets = 4096
    private static let answerOctets = 512

    private struct Ring {
        var records: [Record] = []
        /// The oldest, once all places are taken.
        var first = 0
        var octets = 0
        var nextID: UInt64 = 1
        var recordsMax: Int
    }

    private let ring: Mutex<Ring>

    /// - Parameter recordsMax: how many messages are kept.
    init(recordsMax: Int) { ring = Mutex(Ring(recordsMax: max(recordsMax, 1))) }

    /// Keeps a message, and forgets the oldest for it.
    func add(_ record: Record) {
        var record = record
        if record.transaction.message.bytes.count > Self.headerOctetsMax {
            record.transaction.message = MailMessage(parsing: [])
        }
        let octets = Self.octets(record)
        ring.withLock { ring in
            record.id = ring.nextID
            ring.nextID += 1
            ring.octets += octets
            if ring.records.count - ring.first >= ring.recordsMax { Self.forgetFirst(&ring) }
            while ring.octets > Self.octetsMax, ring.first < ring.records.count { Self.forgetFirst(&ring) }
            ring.records.append(record)
            // Places that are free in front go together, now and then.
            if ring.first > 256, ring.first * 2 > ring.records.count {
                ring.records.removeFirst(ring.first)
                ring.first = 0
            }
        }
    }

    private static func forgetFirst(_ ring: inout Ring) {
        ring.octets -= octets(ring.records[ring.first])
        // What it holds is free at once.
        ring.records[ring.first].transaction.message = MailMessage(parsing: [])
        ring.records[ring.first].findings = nil
        ring.records[ring.first].verdict = nil
        ring.records[ring.first].answers = []
        ring.first += 1
    }

    private static func octets(_ record: Record) -> Int {
        recordOctets + record.transaction.message.bytes.count + record.answers.count * answerOctets
            + record.transaction.envelope.recipients.reduce(0) { $0 + $1.count }
    }

    /// All that are kept, the oldest first.
    var records: ArraySlice<Record> { ring.withLock { $0.records[$0.first...] } }

    /// A message by its number; nil where it is forgotten.
    func record(_ id: UInt64) -> Record? {
        ring.withLock { ring in
            guard let oldest = ring.records[ring.first...].first?.id, id >= oldest,
                id - oldest < UInt64(ring.records.count)
            else { return nil }
            let index = ring.first + Int(id - oldest)
            return ring.records.indices.contains(index) ? ring.records[index] : nil
        }
    }
}

/// The answers that a message was judged by.
final class AnswerLog: Sendable {
    /// Limit: answers of a message; no budget is larger by default.
    private static let answersMax = 200

    private let log = Mutex<[DNSAnswer]>([])

    func add(_ answer: DNSAnswer) { log.withLock { if $0.count < Self.answersMax { $0.append(answer) } } }

    var answers: [DNSAnswer] { log.withLock { $0 } }
}

/// A resolver whose answers are written down.
struct LoggingResolver<Upstream: Resolver>: Resolver {
    let upstream: Upstream
    let log: AnswerLog

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await upstream.answer(question)
        log.add(answer)
        return answer
    }
}
