internal import DNS
internal import Synchronization

/// Parsed answers, kept for as long as their TTL says, so that what many messages ask for costs neither a change of
/// thread nor parsing.
///
/// Two generations: when the young one is full it becomes the old one, and the old one is forgotten. What is asked for
/// again moves to the young one, so that the often asked stays. Never more than twice half the limit.
final class AnswerCache: Sendable {
    private struct Entry {
        var answer: DNSAnswer
        var keptAt: ContinuousClock.Instant
    }

    private struct Generations {
        var young: [DNSQuestion: Entry] = [:]
        var old: [DNSQuestion: Entry] = [:]
    }

    private let generationMax: Int
    private let generations = Mutex(Generations())

    /// - Parameter answersMax: 0 keeps nothing.
    init(answersMax: Int) { generationMax = max(0, answersMax / 2) }

    /// A kept answer that is still good, with what is left of its TTL.
    func answer(_ question: DNSQuestion, at now: ContinuousClock.Instant) -> DNSAnswer? {
        guard generationMax > 0 else { return nil }
        let entry: Entry? = generations.withLock { generations in
            if let entry = generations.young[question] { return entry }
            guard let entry = generations.old.removeValue(forKey: question) else { return nil }
            put(entry, &generations)
            return entry
        }
        guard var answer = entry?.answer, let entry else { return nil }
        let age = entry.keptAt.duration(to: now).components.seconds
        guard age < answer.ttlSeconds else { return nil }
        answer.ttlSeconds -= UInt32(clamping: age)
        return answer
    }

    /// Keeps an answer that is one; failures are not kept.
    func keep(_ answer: DNSAnswer) {
        guard generationMax > 0, !answer.status.isFailure, answer.ttlSeconds > 0 else { return }
        let entry = Entry(answer: answer, keptAt: .now)
        generations.withLock { put(entry, &$0) }
    }

    func clear() { generations.withLock { $0 = Generations() } }

    private func put(_ entry: Entry, _ generations: inout Generations) {
        if generations.young.count >= generationMax {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[entry.answer.question] = entry
    }
}
