/// A piece of the configuration as it was written, from the file or the environment.
struct ConfigurationNode: Sendable, Hashable {
    /// A key and what stands under it.
    struct Entry: Sendable, Hashable {
        var key: String
        /// Where the key stands.
        var place: ConfigurationProblem.Place
        var value: ConfigurationNode
    }

    indirect enum Content: Sendable, Hashable {
        /// A word; `isPlain`: without quotes.
        case scalar(String, isPlain: Bool)
        case list([ConfigurationNode])
        case section([Entry])
    }

    var content: Content
    var place: ConfigurationProblem.Place

    init(_ content: Content, at place: ConfigurationProblem.Place) {
        self.content = content
        self.place = place
    }

    /// Whether nothing stands behind the key.
    var isEmpty: Bool {
        if case .scalar(let text, isPlain: true) = content { return text.isEmpty || text == "~" || text == "null" }
        return false
    }

    /// What it is, for errors.
    var kind: String {
        switch content {
        case .scalar: isEmpty ? "nothing" : "a single value"
        case .list: "a list"
        case .section: "a section"
        }
    }

    /// Sets what stands under a path of keys, in place of what the file says.
    mutating func set(_ path: ArraySlice<String>, _ value: ConfigurationNode) {
        guard let key = path.first else {
            self = value
            return
        }
        var entries: [Entry] = []
        switch content {
        case .section(let found): entries = found
        case .scalar where isEmpty: break
        // What the file has is wrong; to be complained of as it stands.
        case .scalar, .list: return
        }
        let empty = ConfigurationNode(.section([]), at: value.place)
        let index = entries.firstIndex { $0.key == key }
        var entry = index.map { entries[$0] } ?? Entry(key: key, place: value.place, value: empty)
        entry.value.set(path.dropFirst(), value)
        if path.count == 1 { entry.place = value.place }
        if let index { entries[index] = entry } else { entries.append(entry) }
        content = .section(entries)
    }
}
