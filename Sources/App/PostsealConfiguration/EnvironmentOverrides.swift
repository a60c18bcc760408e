/// Settings from the environment: `POSTSEAL_` and the path of the key in capitals, `POSTSEAL_LOG_LEVEL=debug`.
enum EnvironmentOverrides {
    static let prefix = "POSTSEAL_"

    /// The variable that sets a key.
    static func variable(for path: String) -> String {
        prefix + path.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    /// Puts what the environment says in place of what the file says.
    static func apply(
        _ environment: [String: String], to root: inout ConfigurationNode, keys: [KeyInfo], _ reading: inout Reading
    ) {
        let known = Declarations.paths(keys, below: "")
        let sections = known.filter { $0.info.kind == .section }.map { variable(for: $0.path) + "_" }
        let variables = Dictionary(known.map { (variable(for: $0.path), $0) }) { first, _ in first }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            guard let (path, info) = variables[name] else {
                warn(
                    name, variables.values.filter { $0.info.kind != .section }.map { variable(for: $0.path) }, sections,
                    &reading)
                continue
            }
            let place = ConfigurationProblem.Place.variable(name)
            guard let node = node(value, info, place) else {
                reading.error("has parts of its own, which only the file can set", at: place, key: path)
                continue
            }
            root.set(path.split(separator: ".").map(String.init)[...], node)
        }
    }

    private static func node(
        _ value: String, _ info: KeyInfo, _ place: ConfigurationProblem.Place
    ) -> ConfigurationNode? {
        switch info.kind {
        case .section: return nil
        // Quoted: what is empty is an empty text.
        case .value: return ConfigurationNode(.scalar(value, isPlain: false), at: place)
        case .list, .records:
            guard info.kind == .list || info.hasShortForm else { return nil }
            let parts = value.split(separator: ",").map { $0.trimmingBlanks }.filter { !$0.isEmpty }
            return ConfigurationNode(
                .list(parts.map { ConfigurationNode(.scalar(String($0), isPlain: false), at: place) }), at: place)
        }
    }

    /// A variable that is nearly a key's, or has a section's name in front, was meant for one. Others are none of ours:
    /// scripts and tests have variables of their own.
    private static func warn(_ name: String, _ known: [String], _ sections: [String], _ reading: inout Reading) {
        let nearest = EditDistance.nearest(to: name.lowercased(), among: known.map { $0.lowercased() })?.uppercased()
        guard nearest != nil || sections.contains(where: name.hasPrefix) else { return }
        reading.warning(
            "sets no key" + (nearest.map { "; did you mean \($0)?" } ?? ""), at: .variable(name))
    }
}

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
