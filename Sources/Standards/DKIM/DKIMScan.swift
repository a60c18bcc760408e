// The one file of this module that reads memory without bounds checks. It looks for the places where a canonical
// form differs from the octets as they came; on mail there are few, and what lies between is hashed where it stands.
//
// Invariants, held by each function itself: no octet below `start` or from `end` on is read; what is returned lies
// in `start...end`.

/// Searches over octets in memory, 32 at a time.
enum DKIMScan {
    private typealias Block = SIMD32<UInt8>
    private static let blockSize = 32

    /// Whether any lane is true; all lanes at once, as four words.
    @inline(__always)
    private static func isAny(_ mask: SIMDMask<SIMD32<Int8>>) -> Bool {
        let words = unsafe unsafeBitCast(mask, to: SIMD4<UInt64>.self)
        return words.x | words.y | words.z | words.w != 0
    }

    /// The first octet from `start` on that relaxed body canonicalization may change: a tab, or a space with a
    /// space, tab or CR behind it. `end` if there is none; a space right in front of `end` is one.
    static func firstBodyChange(_ memory: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        precondition(start >= 0 && start <= end && end <= memory.count)
        var index = start
        let tab = Block(repeating: 0x09)
        let space = Block(repeating: 0x20)
        let carriageReturn = Block(repeating: 0x0D)
        // A block and the octet behind it lie in front of `end`.
        while end &- index > blockSize {
            let here = unsafe memory.loadUnaligned(fromByteOffset: index, as: Block.self)
            let next = unsafe memory.loadUnaligned(fromByteOffset: index &+ 1, as: Block.self)
            let isSpace = here .== space
            let found =
                (here .== tab)
                .| (isSpace .& ((next .== space) .| (next .== tab) .| (next .== carriageReturn)))
            if isAny(found) { break }
            index &+= blockSize
        }
        while index < end {
            let byte = unsafe memory[index]
            if byte == 0x09 { return index }
            if byte == 0x20 {
                guard index &+ 1 < end else { return index }
                let next = unsafe memory[index &+ 1]
                if next == 0x20 || next == 0x09 || next == 0x0D { return index }
            }
            index &+= 1
        }
        return end
    }

    /// The first octet from `start` on that relaxed header canonicalization may change: a tab, CR or LF, or a
    /// space with one of these or another space behind it. `end` if there is none; a space right in front of `end`
    /// is one.
    static func firstHeaderChange(_ memory: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        precondition(start >= 0 && start <= end && end <= memory.count)
        var index = start
        while index < end {
            let byte = unsafe memory[index]
            if byte <= 0x20 {
                if byte == 0x09 || byte == 0x0A || byte == 0x0D { return index }
                if byte == 0x20 {
                    guard index &+ 1 < end else { return index }
                    let next = unsafe memory[index &+ 1]
                    if next == 0x20 || next == 0x09 || next == 0x0D || next == 0x0A { return index }
                }
            }
            index &+= 1
        }
        return end
    }

    /// The first CR without LF behind it, or LF without CR in front of it, from `start` on; nil if there is none.
    /// What lies in front of `start` and from `end` on is taken for something else than CR and LF.
    static func firstBareLineBreak(_ memory: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        precondition(start >= 0 && start <= end && end <= memory.count)
        guard start < end else { return nil }
        if unsafe memory[start] == 0x0A { return start }
        var index = start
        let lineFeed = Block(repeating: 0x0A)
        let carriageReturn = Block(repeating: 0x0D)
        while end &- index > blockSize {
            let here = unsafe memory.loadUnaligned(fromByteOffset: index, as: Block.self)
            let next = unsafe memory.loadUnaligned(fromByteOffset: index &+ 1, as: Block.self)
            if isAny((here .== carriageReturn) .^ (next .== lineFeed)) { break }
            index &+= blockSize
        }
        while index < end {
            let isReturn = unsafe memory[index] == 0x0D
            let isFeedNext = index &+ 1 < end ? unsafe memory[index &+ 1] == 0x0A : false
            if isReturn != isFeedNext { return isReturn ? index : index &+ 1 }
            index &+= 1
        }
        return nil
    }
}
