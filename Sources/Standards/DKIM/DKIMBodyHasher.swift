internal import MailBytes
public import MailCrypto

/// The hash of a body in canonical form: RFC 6376 §3.4.3, §3.4.4, §3.7.
public struct DKIMBodyHash: Hashable, Sendable {
    /// SHA-256 of the canonical body, or of its beginning if there was a limit.
    public var digest: SHA256Digest
    /// How many octets the canonical body has, the limit notwithstanding.
    public var canonicalLength: Int
    /// Whether the body is as long as the limit asks for. RFC 6376 §3.5: if not, the signature is void.
    public var reachesLimit: Bool
}

/// Hashes a body in canonical form while it comes in, in pieces of any size: the pieces make no difference.
///
/// Only CR LF ends a line. CR and LF by themselves are octets like others, and no white space.
/// Unspecified: RFC 6376 §5.3 wants them converted before signing, and says nothing of verifying; taken as they are
/// they cannot make two different bodies equal.
public struct DKIMBodyHasher: Sendable {
    public let form: DKIMCanonicalization.Form
    private var sink: DKIMRunHasher
    private let lengthLimit: Int?
    // What came but can only be written when the next octet of content shows what it was.
    private var pendingLineBreaks = 0
    private var pendingSpace = false
    private var pendingReturn = false

    /// - Parameter lengthLimit: tag `l=`: how many octets of the canonical body are hashed; nil for all.
    public init(_ form: DKIMCanonicalization.Form, lengthLimit: Int? = nil) {
        self.form = form
        self.lengthLimit = lengthLimit
        sink = DKIMRunHasher(cuts: lengthLimit.map { [$0] } ?? [], hashesAll: lengthLimit == nil)
    }

    /// For several limits at once: the digests are in ``cutDigests`` when it is finished.
    init(_ form: DKIMCanonicalization.Form, cuts: [Int], hashesAll: Bool) {
        self.form = form
        lengthLimit = nil
        sink = DKIMRunHasher(cuts: cuts, hashesAll: hashesAll)
    }

    /// The digests at the lengths asked for, as far as the body reached them.
    var cutDigests: [SHA256Digest] { sink.cutDigests }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: ArraySlice<UInt8>) {
        unsafe octets.withUnsafeBytes { memory in unsafe update(memory: memory) }
    }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: [UInt8]) { update(octets[...]) }

    /// Takes in the next octets of the body.
    public mutating func update(_ octets: RawSpan) {
        unsafe octets.withUnsafeBytes { memory in unsafe update(memory: memory) }
    }

    /// Ends the body and gives its hash. To be called once.
    public mutating func finish() -> DKIMBodyHash {
        if pendingReturn { writeContent(.carriageReturn) }
        // RFC 6376 §3.4.3: a body always ends in one CR LF, an empty one too; §3.4.4: an empty one stays empty.
        if form == .simple || sink.count > 0 { sink.addLineBreak() }
        let whole = sink.finish()
        let length = sink.count
        guard let lengthLimit else {
            return DKIMBodyHash(digest: whole, canonicalLength: length, reachesLimit: true)
        }
        return DKIMBodyHash(
            digest: sink.cutDigests.first ?? whole, canonicalLength: length, reachesLimit: length >= lengthLimit)
    }

    private var hasPending: Bool { pendingLineBreaks > 0 || pendingSpace || pendingReturn }

    @unsafe mutating func update(memory: UnsafeRawBufferPointer) {
        // Behind the last octet of content everything hangs on what follows; in front of it nothing does.
        var contentEnd = memory.count
        while contentEnd > 0, isPendingKind(unsafe memory[contentEnd &- 1]) { contentEnd &-= 1 }
        var index = 0
        while index < memory.count {
            if index < contentEnd, !hasPending {
                if form == .simple {
                    unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[index..<contentEnd]))
                } else {
                    unsafe addRelaxed(memory, from: index, to: contentEnd)
                }
                index = contentEnd
            } else {
                step(unsafe memory[index])
                index &+= 1
            }
        }
    }

    /// Whether an octet may belong to the end of a line, or of the body, that is left out.
    private func isPendingKind(_ byte: UInt8) -> Bool {
        byte == .carriageReturn || byte == .lineFeed || (form == .relaxed && byte.isWSP)
    }

    /// Octets that end in one of content: everything in them can be settled now.
    @unsafe private mutating func addRelaxed(_ memory: UnsafeRawBufferPointer, from start: Int, to end: Int) {
        var runStart = start
        var index = start
        while true {
            let change = unsafe DKIMScan.firstBodyChange(memory, from: index, to: end)
            guard change < end else { break }
            var behind = change
            while behind < end, unsafe memory[behind].isWSP { behind &+= 1 }
            let endsLine =
                unsafe behind &+ 1 < end && memory[behind] == .carriageReturn
                && memory[behind &+ 1] == .lineFeed
            if endsLine {
                unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[runStart..<change]))
                runStart = behind
            } else if unsafe memory[change] == .space {
                // The space that stands for all of them is at hand.
                unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[runStart..<change &+ 1]))
                runStart = behind
            } else {
                unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[runStart..<change]))
                sink.add(.space)
                runStart = behind
            }
            index = behind
        }
        unsafe sink.add(UnsafeRawBufferPointer(rebasing: memory[runStart..<end]))
    }

    /// One octet, where what came before is not settled.
    private mutating func step(_ byte: UInt8) {
        if pendingReturn {
            pendingReturn = false
            if byte == .lineFeed {
                // RFC 6376 §3.4.4: white space at the end of a line is left out.
                pendingSpace = false
                pendingLineBreaks &+= 1
                return
            }
            writeContent(.carriageReturn)
        }
        if byte == .carriageReturn {
            pendingReturn = true
        } else if form == .relaxed, byte.isWSP {
            pendingSpace = true
        } else {
            writeContent(byte)
        }
    }

    private mutating func writeContent(_ byte: UInt8) {
        while pendingLineBreaks > 0 {
            sink.addLineBreak()
            pendingLineBreaks &-= 1
        }
        if pendingSpace {
            sink.add(.space)
            pendingSpace = false
        }
        sink.add(byte)
    }
}
