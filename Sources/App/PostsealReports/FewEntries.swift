/// A table that mostly has a few entries, which are compared one by one then: that takes less than hashing.
struct FewEntries<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private static var listMax: Int { 12 }

    private var list: [(key: Key, value: Value)] = []
    /// All of them, where there are more than a few.
    private var table: [Key: Value] = [:]

    subscript(key: Key) -> Value? {
        guard table.isEmpty else { return table[key] }
        for entry in list where entry.key == key { return entry.value }
        return nil
    }

    /// Adds an entry whose key has none.
    mutating func add(_ key: Key, _ value: Value) {
        if table.isEmpty, list.count < Self.listMax {
            list.append((key, value))
            return
        }
        if table.isEmpty {
            for entry in list { table[entry.key] = entry.value }
            list = []
        }
        table[key] = value
    }
}
