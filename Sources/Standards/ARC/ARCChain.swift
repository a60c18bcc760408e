internal import AuthenticationResults
internal import DKIM
internal import MailBytes
internal import MailFormat
internal import MailNames

/// The ARC fields of a message, sorted into sets: RFC 8617 §5.2, steps 1 to 3.
struct ARCChain: Sendable {
    /// The fields of one set, as far as they are there. Positions are those in `header.fields`.
    struct Fields: Sendable {
        var results: [Int] = []
        var messageSignatures: [TagField] = []
        var seals: [TagField] = []
    }

    /// A field that is a list of tags. The list lacks `i=` if that came first.
    struct TagField: Sendable {
        var position: Int
        var tags: DKIMTagList
    }

    let header: HeaderSection
    /// By instance: `sets[0]` is set 1. As many as the highest instance.
    private(set) var sets: [Fields] = []
    /// The first field that is malformed, or has no instance number; none of its kind can be told apart then.
    private(set) var malformed: String?
    private(set) var isTooLong = false
    private(set) var isEmpty = true

    /// The highest instance in the message; 0 if there is none.
    var instances: Int { sets.count }

    /// Sorts the fields. Nothing is read of a chain that is too long.
    init(_ header: HeaderSection) {
        self.header = header
        let positions = ARCFieldName.allCases.map { ($0, header.positions(named: $0.rawValue)) }
        isEmpty = positions.allSatisfy { $0.1.isEmpty }
        // RFC 8617 §5.2 step 1: at most 50 sets. More fields of one kind are more sets, or sets that have two.
        isTooLong = positions.contains { $0.1.count > ARCLimits.setsMax }
        guard !isTooLong else { return }
        for (name, positions) in positions {
            for position in positions { sort(position, name) }
        }
    }

    private mutating func sort(_ position: Int, _ name: ARCFieldName) {
        let value = header.fields[position].value
        var cursor = ByteCursor(header.bytes, in: value)
        let leading = ARCInstance.read(&cursor)
        if name == .results {
            guard let leading else { return note("an \(name.rawValue) field has no instance number in front") }
            update(leading) { $0.results.append(position) }
            return
        }
        let list: DKIMTagList
        do throws(DKIMSyntaxError) {
            list = try DKIMTagList(
                header.bytes, in: (leading == nil ? value.lowerBound : cursor.position)..<value.upperBound)
        } catch {
            // A field that has its number says at least which set is broken.
            if let leading { extend(to: leading) }
            return note("an \(name.rawValue) field cannot be read: \(error)")
        }
        let inner = list.value("i")
        guard leading == nil || inner == nil else { return note("an \(name.rawValue) field has two instance numbers") }
        guard let instance = leading ?? inner.flatMap(ARCInstance.value) else {
            return note("an \(name.rawValue) field has no instance number from 1 to \(ARCLimits.setsMax)")
        }
        let field = TagField(position: position, tags: list)
        update(instance) {
            if name == .seal { $0.seals.append(field) } else { $0.messageSignatures.append(field) }
        }
    }

    private mutating func note(_ defect: String) { malformed = malformed ?? defect }

    private mutating func extend(to instance: Int) {
        while sets.count < instance { sets.append(Fields()) }
    }

    private mutating func update(_ instance: Int, _ change: (inout Fields) -> Void) {
        extend(to: instance)
        change(&sets[instance - 1])
    }

    /// Whether the newest seal says that the chain is broken: RFC 8617 §5.2, step 2.
    var isDeclaredBroken: Bool {
        sets.last.map { $0.seals.contains { ARCSeal.status($0.tags) == .fail } } ?? false
    }

    /// What is wrong with the structure, RFC 8617 §5.2 step 3; nil if nothing is.
    var defect: String? {
        if let malformed { return malformed }
        for (index, set) in sets.enumerated() {
            let instance = index + 1
            // Step 3.A and 3.B: exactly one of each, for each number.
            if let defect = Self.count(set.results.count, .results, instance)
                ?? Self.count(set.messageSignatures.count, .messageSignature, instance)
                ?? Self.count(set.seals.count, .seal, instance)
            {
                return defect
            }
            // Step 3.C: "none" in the first, "pass" in the others.
            let wanted: ARCResult = instance == 1 ? .none : .pass
            guard let seal = set.seals.first, ARCSeal.status(seal.tags) == wanted else {
                return "the seal of set \(instance) does not say cv=\(wanted.rawValue)"
            }
        }
        return nil
    }

    private static func count(_ count: Int, _ name: ARCFieldName, _ instance: Int) -> String? {
        switch count {
        case 1: nil
        case 0: "set \(instance) has no \(name.rawValue)"
        default: "set \(instance) has \(count) \(name.rawValue) fields"
        }
    }

    /// The sets as far as they can be read, for the outcome.
    var summary: [ARCSet] {
        sets.enumerated().map { index, fields in
            var set = ARCSet(instance: index + 1)
            if let seal = fields.seals.first {
                set.sealer = try? seal.tags.domain()
                set.status = ARCSeal.status(seal.tags)
            }
            if let signature = fields.messageSignatures.first {
                set.signer = try? signature.tags.domain()
                set.signedFieldNames = Self.names(signature.tags)
            }
            set.results = fields.results.first.flatMap(results)
            return set
        }
    }

    private static func names(_ tags: DKIMTagList) -> [String] {
        guard let list = tags.value("h") else { return [] }
        return list.split(separator: UInt8(ascii: ":")).prefix(DKIMLimits.fieldNamesMax)
            .map { String(lossy: $0.trimmingWhitespace.map(\.asciiLowercased)) }
    }

    /// What an ARC-Authentication-Results field says behind its number: RFC 8617 §4.1.1.
    private func results(at position: Int) -> AuthenticationResultsField? {
        var cursor = ByteCursor(header.bytes, in: header.fields[position].value)
        guard ARCInstance.read(&cursor) != nil else { return nil }
        return try? AuthenticationResultsField(parsing: cursor, .tolerant)
    }
}
