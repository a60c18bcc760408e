/// A small deterministic source of numbers, so that a failure comes again (xorshift64*).
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// Octets of an alphabet, in pieces that repeat now and then.
    mutating func octets(of alphabet: String, count: Int) -> [UInt8] {
        let letters = Array(alphabet.utf8)
        return (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &self)] }
    }
}
