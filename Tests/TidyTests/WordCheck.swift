/// Words that must not stand in the repository.
enum WordCheck {
    // Put together here, so that this file passes its own checks.
    private static let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    private static let machine = ["work", "home", "root", "opt", "Users", "farm", "mnt"].map { "/\($0)/" }
    private static let hosts: Set<String> = ["github.com"]

    /// What somebody wanted to come back to, without the number of an issue: `(#12)` behind the word.
    static func unfinished(path: String, _ lines: [String]) -> [Finding] {
        lines.enumerated().compactMap { index, line in
            let words = SwiftText.words(line)
            guard let word = unfinished.first(where: words.contains), !line.contains("\(word)(#"),
                !line.contains("\(word) (#")
            else { return nil }
            return Finding(path: path, line: index + 1, text: "\(word) without the number of an issue")
        }
    }

    /// Folders of a machine that somebody built on.
    static func machinePaths(path: String, _ lines: [String]) -> [Finding] {
        lines.enumerated().compactMap { index, line in
            guard let folder = machine.first(where: { isAbsolute($0, in: line) }) else { return nil }
            return Finding(path: path, line: index + 1, text: "path of a build machine: \(folder)…")
        }
    }

    /// Whether a line has a path that begins with this folder, and not one with it in the middle.
    private static func isAbsolute(_ folder: String, in line: String) -> Bool {
        var rest = line[...]
        while let range = rest.firstRange(of: folder) {
            let before = rest[..<range.lowerBound].last
            let isInside = before.map { $0.isLetter || $0.isNumber || "._-/}~*".contains($0) } ?? false
            if !isInside { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    /// Hosts in package manifests and lock files from which packages would come, other than the public one.
    static func packageHosts(path: String, _ lines: [String]) -> [Finding] {
        guard path.hasSuffix("Package.swift") || path.hasSuffix("Package.resolved") else { return [] }
        return lines.enumerated().compactMap { index, line in
            guard let range = line.firstRange(of: "://") else { return nil }
            let host = String(line[range.upperBound...].prefix { $0 != "/" && $0 != "\"" && $0 != ":" })
            guard !hosts.contains(host) || !line.contains("https://") else { return nil }
            return Finding(path: path, line: index + 1, text: "package from \(host)")
        }
    }

    private static let sleeps = [
        "Task.sleep", "Thread.sleep", "usleep(", "nanosleep(", "sleep(for:", "sleep(until:", "sleep(",
    ]

    /// Tests wait for things, never for time.
    static func sleeping(_ file: SwiftText) -> [Finding] {
        file.code.enumerated().compactMap { index, line in
            guard let word = sleeps.first(where: { TrapCheck.contains(line, $0) }) else { return nil }
            return Finding(path: file.path, line: index + 1, text: "a test sleeps: \(word)")
        }
    }
}
