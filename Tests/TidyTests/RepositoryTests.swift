import Foundation
import Testing

/// The rules of the house, held over the whole repository. Each rule is a function over text, in a file of its own.
@Suite("The repository")
struct RepositoryTests {
    private func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
        let list = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\n\(list)\n", sourceLocation: sourceLocation)
    }

    /// Holds a rule over files. On a thread of its own: it takes long, and tests of servers that wait for one of the
    /// few threads that all share would take it for a silent peer.
    private func expectNone(
        _ rule: @escaping @Sendable () -> [Finding], sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let findings = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: rule()) }
        }
        expectNone(findings, sourceLocation: sourceLocation)
    }

    @Test("is read at all")
    func isRead() async {
        await expectNone {
            guard SourceTree.sources.count > 100, SourceTree.paths.contains("Package.swift") else {
                return [Finding(path: "Sources", line: 0, text: "is not found")]
            }
            return []
        }
    }

    @Test("Modules import only floors below their own")
    func imports() async {
        await expectNone {
            let check = ImportCheck(paths: SourceTree.paths)
            return SourceTree.sources.flatMap(check.findings)
        }
    }

    @Test("Nothing below App can trap by a word, or start a task that nobody waits for")
    func traps() async {
        await expectNone {
            SourceTree.sources.filter { !$0.path.hasPrefix("Sources/App/") }.flatMap(TrapCheck.findings)
        }
        // A reason for a file that is gone is a reason for nothing.
        expectNone(
            TrapCheck.unchecked.keys.filter { !SourceTree.paths.contains($0) }
                .map { Finding(path: $0, line: 0, text: "is in TrapCheck.unchecked and not there") })
    }

    @Test("docs/rfc.md and the sources name the same RFCs")
    func citations() async throws {
        let table = try #require(SourceTree.text("docs/rfc.md"))
        let check = CitationCheck(path: "docs/rfc.md", table: table)
        #expect(check.rows.count > 20)
        await expectNone { check.findings(SourceTree.sources) }
    }

    @Test("Public declarations are documented")
    func documentation() async { await expectNone { SourceTree.sources.flatMap(DocumentationCheck.findings) } }

    @Test("Files, functions and lines are of a size that people can read")
    func sizes() async { await expectNone { SourceTree.all.flatMap(SizeCheck.findings) } }

    @Test("Nothing is left for later without the number of an issue, and no machine is named")
    func words() async {
        await expectNone {
            let texts = SourceTree.paths.filter { !$0.hasPrefix("Examples/samples/") && !$0.hasPrefix("Fuzz/") }
            return texts.flatMap { path -> [Finding] in
                guard let text = SourceTree.text(path) else { return [] }
                let lines = SwiftText.lines(Array(text.utf8))
                return WordCheck.unfinished(path: path, lines) + WordCheck.machinePaths(path: path, lines)
                    + WordCheck.packageHosts(path: path, lines)
            }
        }
    }

    @Test("Tests never sleep")
    func sleeping() async {
        await expectNone { SourceTree.all.filter { $0.path.hasPrefix("Tests/") }.flatMap(WordCheck.sleeping) }
    }

    @Test("No module has a type of its own name")
    func names() async { await expectNone { SourceTree.sources.flatMap(NameCheck.findings) } }

    @Test("Each fuzz target has seeds, and each folder of seeds a target")
    func fuzzing() async throws {
        let path = "Fuzz/Sources/FuzzTargets/FuzzTarget.swift"
        let table = SwiftText(path: path, try #require(SourceTree.text(path)))
        await expectNone {
            PlaceCheck.seeds(table: table, paths: SourceTree.paths)
                + PlaceCheck.orphans(table: table, paths: SourceTree.paths)
        }
    }

    @Test("What is to be run can be run")
    func executables() async {
        await expectNone {
            let scripts = SourceTree.paths.filter { path in
                path == ".ci/run" || path.hasPrefix("scripts/") && path.hasSuffix(".sh")
                    || path.hasPrefix("Integration/") && path.hasSuffix("/run")
            }
            guard scripts.contains(".ci/run") else { return [Finding(path: ".ci/run", line: 0, text: "is not there")] }
            return scripts.filter { !SourceTree.isExecutable($0) }
                .map { Finding(path: $0, line: 0, text: "is not executable") }
        }
    }

    @Test("Documents name files that are there")
    func documents() async {
        await expectNone {
            SourceTree.paths.filter { $0.hasSuffix(".md") }.flatMap { path in
                PlaceCheck.mentions(
                    path: path, SwiftText.lines(Array((SourceTree.text(path) ?? "").utf8)), paths: SourceTree.paths)
            }
        }
    }
}
