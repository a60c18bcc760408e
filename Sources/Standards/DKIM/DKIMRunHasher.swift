internal import MailCrypto

/// SHA-256 over the runs of octets that a canonical form is made of, and its state at given lengths.
///
/// Short runs are gathered before they are hashed; long ones are hashed where they stand.
struct DKIMRunHasher: Sendable {
    private var hasher = SHA256Hasher()
    private var gathered: [UInt8] = []
    /// Octets hashed, without those gathered.
    private var hashedCount = 0
    /// Lengths, in rising order, whose hash is wanted too.
    private let cuts: [Int]
    private(set) var cutDigests: [SHA256Digest] = []
    /// Whether anything beyond the last cut is hashed, or only counted.
    private let hashesAll: Bool

    private static let gatheredMax = 4096
    /// From this length on a run is hashed where it stands.
    private static let directMin = 512

    init(cuts: [Int] = [], hashesAll: Bool = true) {
        self.cuts = cuts
        self.hashesAll = hashesAll
    }

    /// How many octets came so far.
    var count: Int { hashedCount &+ gathered.count }

    /// Whether every hash that is wanted is made: what follows is only counted.
    private var isSatisfied: Bool { !hashesAll && cutDigests.count == cuts.count }

    @unsafe mutating func add(_ run: UnsafeRawBufferPointer) {
        if run.count >= Self.directMin {
            flush()
            unsafe hash(run)
        } else {
            makeRoom(for: run.count)
            unsafe gathered.append(contentsOf: run)
        }
    }

    mutating func add(_ byte: UInt8) {
        makeRoom(for: 1)
        gathered.append(byte)
    }

    mutating func add(_ octets: [UInt8]) {
        unsafe octets.withUnsafeBytes { buffer in unsafe add(buffer) }
    }

    /// A CR LF.
    mutating func addLineBreak() {
        add(0x0D)
        add(0x0A)
    }

    private mutating func makeRoom(for count: Int) {
        if gathered.count &+ count > Self.gatheredMax { flush() }
        if gathered.capacity == 0 { gathered.reserveCapacity(Self.gatheredMax) }
    }

    private mutating func flush() {
        guard !gathered.isEmpty else { return }
        // Taken out while it is hashed, and put back with its room.
        var octets: [UInt8] = []
        swap(&octets, &gathered)
        unsafe octets.withUnsafeBytes { buffer in unsafe hash(buffer) }
        octets.removeAll(keepingCapacity: true)
        swap(&octets, &gathered)
    }

    @unsafe private mutating func hash(_ run: UnsafeRawBufferPointer) {
        var rest = unsafe run
        // Cuts rise, so the next one is the first without digest; one at the present length takes no octets.
        while cutDigests.count < cuts.count, cuts[cutDigests.count] &- hashedCount <= rest.count {
            let length = cuts[cutDigests.count] &- hashedCount
            unsafe hasher.update(memory: UnsafeRawBufferPointer(rebasing: rest[..<length]))
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[length...])
            hashedCount &+= length
            cutDigests.append(hasher.finalize())
        }
        if !isSatisfied { unsafe hasher.update(memory: rest) }
        hashedCount &+= rest.count
    }

    /// The hash of everything; to be called once, at the end.
    mutating func finish() -> SHA256Digest {
        flush()
        // Cuts at the very end, which no run came to: of an empty body, at 0.
        while cutDigests.count < cuts.count, cuts[cutDigests.count] <= hashedCount {
            cutDigests.append(hasher.finalize())
        }
        return hasher.finalize()
    }
}
