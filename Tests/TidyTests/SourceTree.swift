import Foundation
import TestSupport

/// The files of the repository that people wrote.
enum SourceTree {
    /// Folders that are made by building or belong to tools.
    private static let skipped: Set<String> = [".git", ".build", ".swiftpm", "tmp", "__pycache__", "node_modules"]

    /// What is looked at on top, with documents and manifests: not the notes and logs of whoever works here.
    private static let top: Set<String> = [
        ".ci", "Sources", "Tests", "Fuzz", "Benchmarks", "Examples", "Integration", "docs", "scripts", "Makefile",
    ]

    private static func belongs(_ name: String, in folder: String) -> Bool {
        if skipped.contains(name) || name.hasPrefix(".build") { return false }
        return !folder.isEmpty || top.contains(name) || name.hasSuffix(".md") || name.hasSuffix(".swift")
    }

    /// Paths relative to the repository, sorted.
    static let paths: [String] = {
        let root = Suites.repository
        var paths: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            let url = folder.isEmpty ? root : root.appending(path: folder)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            for name in names where belongs(name, in: folder) {
                let path = folder.isEmpty ? name : folder + "/" + name
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isFolder)
                if isFolder.boolValue { folders.append(path) } else { paths.append(path) }
            }
        }
        return paths.sorted()
    }()

    /// The text of a file; nil if it is not UTF-8, as some mail is not.
    static func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: Suites.repository.appending(path: path).path) else {
            return nil
        }
        return String(validating: data, as: UTF8.self)
    }

    /// Swift files below a folder, cut into lines.
    static func swift(below folder: String) -> [SwiftText] {
        paths.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".swift") }.compactMap { path in
            text(path).map { SwiftText(path: path, $0) }
        }
    }

    static let sources = swift(below: "Sources")
    static let all = sources + ["Tests", "Fuzz", "Benchmarks", "Examples", "Integration"].flatMap(swift)

    static func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: Suites.repository.appending(path: path).path)
    }
}
