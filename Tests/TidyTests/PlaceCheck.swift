/// Things that have to be there together.
enum PlaceCheck {
    /// Fuzz targets of the table in `FuzzTarget.swift` that have no seeds in `Fuzz/Corpus`.
    static func seeds(table: SwiftText, paths: [String]) -> [Finding] {
        targets(table).compactMap { target in
            guard !paths.contains(where: { $0.hasPrefix("Fuzz/Corpus/\(target.name)/") }) else { return nil }
            return Finding(path: table.path, line: target.line, text: "fuzz target \(target.name) has no seeds")
        }
    }

    /// Folders of seeds and findings that belong to no target.
    static func orphans(table: SwiftText, paths: [String]) -> [Finding] {
        let names = Set(targets(table).map(\.name))
        return paths.compactMap { path in
            let parts = path.split(separator: "/").map(String.init)
            guard parts.count > 3, parts[0] == "Fuzz", ["Corpus", "FailCases"].contains(parts[1]),
                !names.contains(parts[2])
            else { return nil }
            return Finding(path: path, line: 0, text: "belongs to no fuzz target")
        }
    }

    private static func targets(_ table: SwiftText) -> [(name: String, line: Int)] {
        table.lines.enumerated().compactMap { index, line in
            let parts = line.split(separator: "\"")
            guard parts.count == 3, parts[2].hasPrefix(": ."), parts[2].contains("(fuzz") else { return nil }
            return (String(parts[1]), index + 1)
        }
    }

    /// Files named in a document, in backquotes and from the root of the repository, that are not there.
    static func mentions(path: String, _ lines: [String], paths: [String]) -> [Finding] {
        let roots = [
            "Sources/", "Tests/", "docs/", "scripts/", "Integration/", "Examples/", "Fuzz/", "Benchmarks/", ".ci/",
        ]
        let isThere = Set(paths)
        var findings: [Finding] = []
        for (index, line) in lines.enumerated() {
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            for (place, part) in parts.enumerated() where place % 2 == 1 {
                let name = String(part.prefix { $0 != " " && $0 != "#" })
                // Patterns and placeholders name no file: `Integration/NAME/run`, `Tests/*`.
                guard roots.contains(where: name.hasPrefix), !name.contains(where: { "*<…{$".contains($0) }),
                    !name.split(separator: "/").contains(where: { $0.count > 2 && $0.allSatisfy(\.isUppercase) })
                else { continue }
                let folder = name.hasSuffix("/") ? name : name + "/"
                guard !isThere.contains(name), !paths.contains(where: { $0.hasPrefix(folder) }) else { continue }
                findings.append(Finding(path: path, line: index + 1, text: "names \(name), which is not there"))
            }
        }
        return findings
    }
}
