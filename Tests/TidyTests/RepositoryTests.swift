import Testing

/// The rules of the house, held over the whole repository. Each rule is a function over text, in a file of its own.
@Suite("The repository")
struct RepositoryTests {
    private func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
        let list = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\n\(list)\n", sourceLocation: sourceLocation)
    }

    @Test("is read at all")
    func isRead() {
        #expect(SourceTree.sources.count > 100)
        #expect(SourceTree.paths.contains("Package.swift"))
    }

    @Test("Modules import only floors below their own")
    func imports() {
        let check = ImportCheck(paths: SourceTree.paths)
        expectNone(SourceTree.sources.flatMap(check.findings))
    }

    @Test("Nothing below App can trap by a word, or start a task that nobody waits for")
    func traps() {
        expectNone(SourceTree.sources.filter { !$0.path.hasPrefix("Sources/App/") }.flatMap(TrapCheck.findings))
        // A reason for a file that is gone is a reason for nothing.
        expectNone(
            TrapCheck.unchecked.keys.filter { !SourceTree.paths.contains($0) }
                .map { Finding(path: $0, line: 0, text: "is in TrapCheck.unchecked and not there") })
    }

    @Test("docs/rfc.md and the sources name the same RFCs")
    func citations() throws {
        let table = try #require(SourceTree.text("docs/rfc.md"))
        let check = CitationCheck(path: "docs/rfc.md", table: table)
        #expect(check.rows.count > 20)
        expectNone(check.findings(SourceTree.sources))
    }

    @Test("Public declarations are documented")
    func documentation() { expectNone(SourceTree.sources.flatMap(DocumentationCheck.findings)) }

    @Test("Files, functions and lines are of a size that people can read")
    func sizes() { expectNone(SourceTree.all.flatMap(SizeCheck.findings)) }

    @Test("Nothing is left for later without the number of an issue, and no machine is named")
    func words() {
        var findings: [Finding] = []
        for path in SourceTree.paths where !path.hasPrefix("Examples/samples/") && !path.hasPrefix("Fuzz/") {
            guard let text = SourceTree.text(path) else { continue }
            let lines = SwiftText.lines(Array(text.utf8))
            findings += WordCheck.unfinished(path: path, lines)
            findings += WordCheck.machinePaths(path: path, lines)
            findings += WordCheck.packageHosts(path: path, lines)
        }
        expectNone(findings)
    }

    @Test("Tests never sleep")
    func sleeping() { expectNone(SourceTree.swift(below: "Tests").flatMap(WordCheck.sleeping)) }

    @Test("No module has a type of its own name")
    func names() { expectNone(SourceTree.sources.flatMap(NameCheck.findings)) }

    @Test("Each fuzz target has seeds, and each folder of seeds a target")
    func fuzzing() throws {
        let path = "Fuzz/Sources/FuzzTargets/FuzzTarget.swift"
        let table = SwiftText(path: path, try #require(SourceTree.text(path)))
        expectNone(PlaceCheck.seeds(table: table, paths: SourceTree.paths))
        expectNone(PlaceCheck.orphans(table: table, paths: SourceTree.paths))
    }

    @Test("What is to be run can be run")
    func executables() {
        let scripts = SourceTree.paths.filter { path in
            path == ".ci/run" || path.hasPrefix("scripts/") && path.hasSuffix(".sh")
                || path.hasPrefix("Integration/") && path.hasSuffix("/run")
        }
        #expect(scripts.contains(".ci/run"))
        expectNone(
            scripts.filter { !SourceTree.isExecutable($0) }
                .map { Finding(path: $0, line: 0, text: "is not executable") })
    }

    @Test("Documents name files that are there")
    func documents() {
        expectNone(
            SourceTree.paths.filter { $0.hasSuffix(".md") }.flatMap { path in
                PlaceCheck.mentions(
                    path: path, SwiftText.lines(Array((SourceTree.text(path) ?? "").utf8)), paths: SourceTree.paths)
            })
    }
}
