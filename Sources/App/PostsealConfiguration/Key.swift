/// What a key is, for people: the sample, the reference and error texts are made of these.
struct KeyInfo: Sendable {
    enum Kind: Sendable {
        case value, list, section
        /// A list of sections.
        case records
    }

    var name: String
    var kind: Kind
    /// What its value is, as it follows "one wants": `a time such as 5s`.
    var allowed: String
    /// The words, where only some are allowed.
    var words: [String] = []
    /// The default as YAML; nil where there is none.
    var defaultText: String?
    /// The default in words, where it is no value: `the name of this machine`.
    var defaultNote: String?
    /// Lines of YAML that show a use, for keys whose default shows none.
    var example: [String] = []
    /// Further lines of the example, which only some need.
    var furtherExample: [String] = []
    /// Whether a configuration is nothing without it; the sample then has it, and not as a comment.
    var isEssential = false
    /// Whether each record must have it.
    var isRequired = false
    /// Whether a single value can stand for a section of the list.
    var hasShortForm = false
    var text: String
    var children: [KeyInfo] = []
}

/// The one declaration of a key: what it is, and where its value goes.
struct Key<Target>: Sendable {
    var info: KeyInfo
    /// Reads what stands under the key.
    var read: @Sendable (ConfigurationNode, inout Target, inout Reading) -> Void
}

extension Key {
    /// A key with one value.
    static func value<Value: Sendable>(
        _ name: String, _ form: ValueForm<Value>, _ property: any WritableKeyPath<Target, Value> & Sendable,
        default defaultValue: Value? = nil, note: String? = nil, example: String? = nil, isRequired: Bool = false,
        _ text: String
    ) -> Key {
        let info = KeyInfo(
            name: name, kind: .value, allowed: form.allowed, words: form.words,
            defaultText: defaultValue.map(form.print), defaultNote: note,
            example: example.map { ["\(name): \($0)"] } ?? [], isRequired: isRequired, text: text)
        return Key(info: info) { node, target, reading in
            if let value = form.value(of: node, &reading) { target[keyPath: property] = value }
        }
    }

    /// A key with the name of a file that each record must have; where it stands is kept, for when the file is read.
    static func file(
        _ name: String, _ property: any WritableKeyPath<Target, String> & Sendable,
        at place: any WritableKeyPath<Target, ConfigurationProblem.Place> & Sendable, _ text: String
    ) -> Key {
        var key = Key.value(name, .file, property, isRequired: true, text)
        let read = key.read
        key.read = { node, target, reading in
            target[keyPath: place] = node.place
            read(node, &target, &reading)
        }
        return key
    }

    /// A key with one value that need not be there.
    static func optional<Value: Sendable>(
        _ name: String, _ form: ValueForm<Value>, _ property: any WritableKeyPath<Target, Value?> & Sendable,
        note: String? = nil, example: String? = nil, isRequired: Bool = false, _ text: String
    ) -> Key {
        let info = KeyInfo(
            name: name, kind: .value, allowed: form.allowed, words: form.words, defaultNote: note,
            example: example.map { ["\(name): \($0)"] } ?? [], isRequired: isRequired, text: text)
        return Key(info: info) { node, target, reading in
            if let value = form.value(of: node, &reading) { target[keyPath: property] = value }
        }
    }

    /// A key with a list of values; a single one may stand for a list of one.
    static func list<Value: Sendable>(
        _ name: String, _ form: ValueForm<Value>, _ property: any WritableKeyPath<Target, [Value]> & Sendable,
        note: String? = nil, example: String, isRequired: Bool = false, _ text: String
    ) -> Key {
        let info = KeyInfo(
            name: name, kind: .list, allowed: "a list; each is \(form.allowed)", defaultText: isRequired ? nil : "[]",
            defaultNote: note, example: ["\(name): \(example)"], isRequired: isRequired, text: text)
        return Key(info: info) { node, target, reading in
            var values: [Value] = []
            let elements = reading.elements(of: node, wanted: form.allowed)
            if isRequired, elements.isEmpty, !node.isEmpty {
                reading.error("needs at least one \(form.noun)", at: node.place)
            }
            for element in elements {
                if let value = form.value(of: element, &reading) { values.append(value) }
            }
            target[keyPath: property] = values
        }
    }

    /// A section with keys of its own.
    static func section(_ name: String, _ keys: [Key<Target>], _ text: String) -> Key {
        let info = KeyInfo(name: name, kind: .section, allowed: "a section", text: text, children: keys.map(\.info))
        return Key(info: info) { node, target, reading in
            // A section whose lines are all comments.
            if node.isEmpty { return }
            reading.read(node, keys, into: &target)
        }
    }

    /// A list of sections of one form. Where a single value can stand for a section, `short` reads it.
    static func records<Record: Placed>(
        _ name: String, _ fields: [Key<Record>], _ property: any WritableKeyPath<Target, [Record]> & Sendable,
        short: Key<Record>? = nil, allowed: String, example: [String], further: [String] = [],
        isEssential: Bool = false, explainsFields: Bool = true, _ text: String
    ) -> Key {
        let info = KeyInfo(
            name: name, kind: .records, allowed: allowed, defaultText: "[]", example: example, furtherExample: further,
            isEssential: isEssential,
            hasShortForm: short != nil, text: text,
            children: explainsFields ? fields.map(\.info) : [])
        return Key(info: info) { node, target, reading in
            target[keyPath: property] = reading.elements(of: node, wanted: allowed).compactMap { element in
                var record = Record()
                record.place = element.place
                if case .scalar = element.content, !element.isEmpty, let short {
                    short.read(element, &record, &reading)
                } else {
                    reading.read(element, fields, into: &record, wanted: allowed)
                }
                return record
            }
        }
    }
}

extension ValueForm {
    /// The value of a node; nil, with a complaint, if it has none.
    func value(of node: ConfigurationNode, _ reading: inout Reading) -> Value? {
        guard case .scalar(let text, _) = node.content else {
            reading.error("\(node.kind) where one value is wanted: \(allowed)", at: node.place)
            return nil
        }
        guard !node.isEmpty else {
            reading.error("has no value; wanted is \(allowed)", at: node.place)
            return nil
        }
        do throws(ValueError) {
            return try read(text, reading.folder)
        } catch {
            reading.error(error.text, at: node.place)
            return nil
        }
    }
}

extension Reading {
    /// The elements of a list; a single value or section is a list of one.
    mutating func elements(of node: ConfigurationNode, wanted: String) -> [ConfigurationNode] {
        if case .list(let elements) = node.content { return elements }
        guard !node.isEmpty else {
            error("has no value; wanted is \(wanted), or [] for none", at: node.place)
            return []
        }
        return [node]
    }

    /// Reads the keys of a section into what they are for.
    mutating func read<Target>(
        _ node: ConfigurationNode, _ keys: [Key<Target>], into target: inout Target, wanted: String = "a section"
    ) {
        guard case .section(let entries) = node.content else {
            error("\(node.kind) where there must be \(wanted)", at: node.place)
            return
        }
        for entry in entries {
            guard let key = keys.first(where: { $0.info.name == entry.key }) else {
                unknown(entry, among: keys.map(\.info.name))
                continue
            }
            within(entry.key, at: entry.place) { key.read(entry.value, &target, &$0) }
        }
        for key in keys where key.info.isRequired && !entries.contains(where: { $0.key == key.info.name }) {
            error("'\(key.info.name)' is missing; it is \(key.info.allowed)", at: node.place)
        }
    }

    private mutating func unknown(_ entry: ConfigurationNode.Entry, among names: [String]) {
        guard !isFull else {
            error("no such key", at: entry.place)
            return
        }
        let shown = Shown.quoted(entry.key)
        let owner = key.isEmpty ? "" : " in \(key)"
        if let nearest = EditDistance.nearest(to: entry.key, among: names) {
            error("there is no key \(shown)\(owner); did you mean '\(nearest)'?", at: entry.place)
        } else if let home = Declarations.section(of: entry.key), home != key {
            error(
                "there is no key \(shown)\(owner); it belongs in \(home.isEmpty ? "no section" : home)", at: entry.place
            )
        } else {
            error("there is no key \(shown)\(owner); there are \(names.joined(separator: ", "))", at: entry.place)
        }
    }
}
