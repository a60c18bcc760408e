import Foundation
import FuzzTargets
import TestSupport
import Testing

/// What is known goes through the fuzz targets on every run, with all checks that a debug build has; `make fuzz` looks
/// for what is not.
@Suite("Fuzz targets")
struct ReplayTests {
    /// Seeds, and what was found by them and mended.
    private static let folders = ["Corpus", "FailCases"]

    private static func names(in path: String) -> [String] {
        let url = Suites.repository.appending(path: path)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    @Test("A target bears its seeds and all that was ever found", arguments: fuzzTargets.keys.sorted())
    func replay(name: String) async throws {
        let target = try #require(fuzzTargets[name])
        await target.run([])
        for folder in Self.folders.map({ "Fuzz/\($0)/\(name)" }) {
            let files = Self.names(in: folder)
            #expect(!files.isEmpty || !folder.hasPrefix("Fuzz/Corpus/"), "no seeds in \(folder)")
            for file in files {
                await target.run(try Suites.bytes(Suites.repository.appending(path: "\(folder)/\(file)")))
            }
        }
    }

    @Test("Each folder of inputs has a target", arguments: folders)
    func orphans(folder: String) {
        let names = Self.names(in: "Fuzz/\(folder)")
        #expect(!names.isEmpty)
        for name in names { #expect(fuzzTargets[name] != nil, "Fuzz/\(folder)/\(name) belongs to no target") }
    }
}
