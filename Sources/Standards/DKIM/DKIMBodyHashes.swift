internal import MailBytes
internal import MailCrypto

/// The body hashes that a message's signatures need: each canonical form is made once, and each `l=` is a cut in it.
struct DKIMBodyHashes: Sendable {
    /// What one signature asked for, answered.
    struct Answer {
        /// Nil if `l=` is greater than the body.
        var digest: SHA256Digest?
        var canonicalLength: Int
        /// Whether no octet of the body is left unsigned.
        var coversAll: Bool
    }

    private struct Slot {
        let form: DKIMCanonicalization.Form
        var limits: [Int] = []
        var needsAll = false
        var hasher: DKIMBodyHasher?
        var whole: DKIMBodyHash?
    }

    private var slots: [Slot] = []

    /// Takes a request, and gives the number to ask for its answer with.
    mutating func slot(form: DKIMCanonicalization.Form, limit: Int?) -> Int {
        let index: Int
        if let known = slots.firstIndex(where: { $0.form == form }) {
            index = known
        } else {
            index = slots.count
            slots.append(Slot(form: form))
        }
        if let limit {
            if !slots[index].limits.contains(limit) { slots[index].limits.append(limit) }
        } else {
            slots[index].needsAll = true
        }
        return index
    }

    /// Ends the requests; the body may come.
    mutating func start() {
        for index in slots.indices {
            slots[index].limits.sort()
            slots[index].hasher = DKIMBodyHasher(
                slots[index].form, cuts: slots[index].limits, hashesAll: slots[index].needsAll)
        }
    }

    mutating func update(_ octets: ArraySlice<UInt8>) {
        for index in slots.indices { slots[index].hasher?.update(octets) }
    }

    mutating func update(_ octets: RawSpan) {
        for index in slots.indices { slots[index].hasher?.update(octets) }
    }

    mutating func finish() {
        for index in slots.indices where slots[index].whole == nil {
            slots[index].whole = slots[index].hasher?.finish()
        }
    }

    func result(slot index: Int, limit: Int?) -> Answer {
        guard index < slots.count, let whole = slots[index].whole else {
            return Answer(digest: nil, canonicalLength: 0, coversAll: false)
        }
        guard let limit else {
            return Answer(digest: whole.digest, canonicalLength: whole.canonicalLength, coversAll: true)
        }
        let digests = slots[index].hasher?.cutDigests ?? []
        let position = slots[index].limits.firstIndex(of: limit) ?? digests.count
        return Answer(
            digest: position < digests.count ? digests[position] : nil, canonicalLength: whole.canonicalLength,
            coversAll: limit >= whole.canonicalLength)
    }
}
