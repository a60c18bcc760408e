import Testing

/// Each rule can fail: a check that finds nothing in what breaks it holds nothing.
@Suite("The checks themselves")
struct CheckTests {
    static let paths = [
        "Sources/Base/DNS/A.swift", "Sources/Base/MailBytes/A.swift", "Sources/Base/CIDN2/shim.h",
        "Sources/Standards/SPF/A.swift", "Sources/Standards/DKIM/A.swift", "Sources/Standards/ARC/A.swift",
        "Sources/Engine/Inspection/A.swift", "Sources/Wire/Resolver/A.swift", "Sources/App/Command/A.swift",
    ]

    static let imports: [(path: String, line: String, isAllowed: Bool)] = [
        ("Sources/Base/DNS/A.swift", "public import MailBytes", true),
        ("Sources/Base/DNS/A.swift", "internal import Crypto", true),
        ("Sources/Base/DNS/A.swift", "internal import CIDN2", true),
        ("Sources/Base/DNS/A.swift", "import Foundation", false),
        ("Sources/Base/DNS/A.swift", "internal import FoundationEssentials", false),
        ("Sources/Base/MailCrypto/A.swift", "internal import FoundationEssentials", true),
        ("Sources/Base/MailCrypto/A.swift", "internal import Foundation", false),
        ("Sources/Base/DNS/A.swift", "internal import Glibc", false),
        ("Sources/Base/DNS/A.swift", "import SPF", false),
        ("Sources/Base/DNS/A.swift", "// import SPF", true),
        ("Sources/Base/DNS/A.swift", "let import_ = \"import SPF\"", true),
        ("Sources/Standards/SPF/A.swift", "public import DNS", true),
        ("Sources/Standards/SPF/A.swift", "private import struct DKIM.Signature", false),
        ("Sources/Standards/SPF/A.swift", "@preconcurrency import NIOCore", false),
        ("Sources/Standards/ARC/A.swift", "public import DKIM", true),
        ("Sources/Standards/DKIM/A.swift", "public import ARC", false),
        ("Sources/Standards/ARC/A.swift", "public import SPF", false),
        ("Sources/Standards/ARC/A.swift", "internal import Inspection", false),
        ("Sources/Engine/Inspection/A.swift", "public import ARC", true),
        ("Sources/Engine/Inspection/A.swift", "internal import Resolver", false),
        ("Sources/Engine/Inspection/A.swift", "internal import NIOPosix", false),
        ("Sources/Wire/Resolver/A.swift", "internal import Glibc", true),
        ("Sources/Wire/Resolver/A.swift", "internal import SPF", true),
        ("Sources/Wire/Resolver/A.swift", "internal import Inspection", false),
        ("Sources/Wire/Resolver/A.swift", "internal import Dispatch", false),
        ("Sources/App/Command/A.swift", "internal import Resolver", true),
        ("Sources/App/Command/A.swift", "internal import FuzzTargets", false),
        ("Sources/Cellar/Command/A.swift", "", false),
    ]

    @Test("Imports go down", arguments: imports)
    func importsGoDown(_ example: (path: String, line: String, isAllowed: Bool)) {
        let file = SwiftText(path: example.path, example.line)
        #expect(ImportCheck(paths: Self.paths).findings(file).isEmpty == example.isAllowed)
    }

    static let traps: [(line: String, isFine: Bool)] = [
        ("let x = try! f()", false), ("let x = y as! Int", false), ("fatalError(\"no\")", false),
        ("x = y!", false), ("x = f()!", false), ("x = a[0]!.b", false), ("var x: Int!", false),
        ("if x! == y { }", false),
        ("x = f { $0 }!", false), ("Task { await f() }", false), ("Task.detached { }", false), ("_ = Task{ }", false),
        ("let t = Task<Void, Never> { }", false), ("Task(priority: .high) { }", false),
        ("DispatchQueue.main.async { }", false), ("final class X: @unchecked Sendable { }", false),
        ("nonisolated(unsafe) var x = 1", false), ("let s = \"\\(x!)\"", false),
        ("if x != y { }", true), ("if !x { }", true), ("guard a, !b else { }", true), ("x ? !y : !z", true),
        ("// try! f()", true), ("/* x! */ let a = 1", true), ("let s = \"try! x! fatalError(\"", true),
        ("let s = \"\"\"\n    x!\n    \"\"\"", true), ("let s = #\"x! \"# ", true),
        ("group.addTask { await f() }", true),
        ("struct SubTask { }", true), ("let myFatalError = 1", true), ("f(UInt8(ascii: \"!\"))", true),
    ]

    @Test("Words that trap are found in code, and in code alone", arguments: traps)
    func wordsThatTrap(_ example: (line: String, isFine: Bool)) {
        #expect(TrapCheck.findings(SwiftText(path: "Sources/Base/DNS/A.swift", example.line)).isEmpty == example.isFine)
    }

    @Test("A file with a reason may promise what the compiler cannot check")
    func unchecked() throws {
        let path = try #require(TrapCheck.unchecked.keys.first)
        #expect(TrapCheck.findings(SwiftText(path: path, "final class X: @unchecked Sendable { }")).isEmpty)
    }

    @Test("Citations and the table are held against each other")
    func citations() {
        let table = """
            | RFC | title | state | where | notes |
            |---|---|---|---|---|
            | 7208 | SPF | done | `SPF` | |
            | 6376 | DKIM | partly | `DKIM` | |
            | 9990 | reports | later | | |
            | 5322 | format | perhaps | | |
            | 9990 | reports | later | | |
            """
        let check = CitationCheck(path: "docs/rfc.md", table: table)
        #expect(check.rows.map(\.number) == [7208, 6376, 9990, 5322, 9990])
        let file = SwiftText(
            path: "Sources/A.swift", "// RFC 7208 §4.6.4 and RFC 822\ntrace.found(\"x\", .rfc(4035, \"2\")) // RFC 5322"
        )
        #expect(
            check.findings([file]).map(\.description) == [
                "Sources/A.swift:1: RFC 822 is not in docs/rfc.md", "Sources/A.swift:2: RFC 4035 is not in docs/rfc.md",
                "docs/rfc.md:4: RFC 6376 is partly, and no source cites it",
                "docs/rfc.md:6: RFC 5322 has the state 'perhaps'", "docs/rfc.md:7: RFC 9990 is there twice",
            ])
    }

    static let documentation: [(text: String, isFine: Bool)] = [
        ("public struct X { }", false), ("public func f() { }", false), ("    public var x: Int", false),
        ("    public static let x = 1", false), ("@inlinable public func f() { }", false),
        ("public private(set) var x = 1", false), ("public final class X { }", false),
        ("// no text\npublic enum X { }", false),
        ("    public init(a: Int) {\n        self.b = a + 1\n    }", false),
        ("/// Text.\n\npublic func f() { }", false),
        ("public subscript(_ x: Int) -> Int { x }", false), ("public protocol X { }", false),
        ("    public var status: String?", false), ("    public var a: AB { f() }", false),
        ("    public var status: DNSStatus", true), ("    public let findings: [DMARCFinding] = []", true),
        ("/// Text.\npublic struct X { }", true), ("/// Text.\n@frozen\npublic struct X { }", true),
        ("/// Text.\n@available(*, deprecated)\n    public func f() { }", true), ("func f() { }", true),
        ("public import DNS", true), ("    public var description: String { \"\" }", true),
        ("    public func hash(into hasher: inout Hasher) { }", true),
        ("    public static func == (a: X, b: X) -> Bool { true }", true),
        ("    public init(a: Int, b: Int) {\n        self.a = a\n        self.b = b\n    }", true),
        ("    public init(a: Int) { self.a = a }", true), ("    public init(rawValue: Int) { f() }", true),
        ("let s = \"\"\"\n    public struct X\n    \"\"\"", true),
    ]

    @Test("A public declaration without a text is found", arguments: documentation)
    func withoutText(_ example: (text: String, isFine: Bool)) {
        #expect(DocumentationCheck.findings(SwiftText(path: "A.swift", example.text)).isEmpty == example.isFine)
    }

    @Test("Long files, functions and lines are found")
    func sizes() {
        func findings(_ text: String) -> [String] {
            SizeCheck.findings(SwiftText(path: "A.swift", text)).map(\.description)
        }
        let lines = { (count: Int) in Array(repeating: "    x()\n", count: count).joined() }
        #expect(findings(lines(450)).isEmpty)
        #expect(findings(lines(451)) == ["A.swift: has 451 lines, more than 450"])
        #expect(findings(String(repeating: "é", count: 120)).isEmpty)
        #expect(findings("\n" + String(repeating: "a", count: 121)) == ["A.swift:2: has 121 columns"])
        #expect(findings("func f() {\n" + lines(78) + "}\n").isEmpty)
        #expect(findings("\nfunc f(\n    a: Int\n) {\n" + lines(77) + "}\n") == ["A.swift:2: function of 81 lines"])
        #expect(findings("init() {\n" + lines(80) + "}\n") == ["A.swift:1: function of 82 lines"])
        // Braces in strings and comments are none, and a protocol's function has no body.
        #expect(findings("func f() {\n    let s = \"{\" // {\n}\n" + lines(100)).isEmpty)
        #expect(findings("protocol P {\n    func f()\n    func g()\n}\nstruct S {\n" + lines(100) + "}\n").isEmpty)
        #expect(findings("f(self.init())\nstruct S {\n" + lines(100) + "}\n").isEmpty)
    }

    @Test("Unfinished things need an issue")
    func unfinished() {
        let word = "TO" + "DO"
        #expect(WordCheck.unfinished(path: "a", ["// \(word): later"]).count == 1)
        #expect(WordCheck.unfinished(path: "a", ["FIX" + "ME"]).count == 1)
        #expect(WordCheck.unfinished(path: "a", ["// \(word)(#12): later", "\(word)S", "// \(word) (#3)"]).isEmpty)
    }

    @Test("Paths of a machine and other hosts of packages are found")
    func machines() {
        let folder = "/" + "work/"
        #expect(
            WordCheck.machinePaths(path: "a", ["cd \(folder)main", "\"\(folder)x\"", "x=/" + "home/me/x"]).count == 3)
        #expect(WordCheck.machinePaths(path: "a", ["Frame\(folder)x", "../home/x", "$HOME/opt/x", "/usr/lib"]).isEmpty)
        func hosts(_ line: String) -> Int { WordCheck.packageHosts(path: "Package.swift", [line]).count }
        #expect(hosts(".package(url: \"https://github.com/apple/swift-crypto\", from: \"4.5.2\")") == 0)
        #expect(hosts(".package(url: \"https://packages.example/apple/swift-crypto\")") == 1)
        #expect(hosts(".package(url: \"http://github.com/apple/swift-crypto\")") == 1)
        #expect(WordCheck.packageHosts(path: "docs/a.md", ["https://rfc-editor.org"]).isEmpty)
    }

    static let sleeps: [(line: String, isFine: Bool)] = [
        ("try await Task.sleep(for: .seconds(1))", false), ("usleep(100)", false),
        ("Thread.sleep(forTimeInterval: 1)", false),
        ("try await clock.sleep(until: x)", false), ("    sleep(1)", false),
        ("// usleep(100)", true), ("let text = \"Task.sleep\"", true), ("oversleep(1)", true),
    ]

    @Test("A test that sleeps is found", arguments: sleeps)
    func sleeping(_ example: (line: String, isFine: Bool)) {
        #expect(WordCheck.sleeping(SwiftText(path: "Tests/A.swift", example.line)).isEmpty == example.isFine)
    }

    @Test("A type of its module's name is found")
    func names() {
        func count(_ text: String) -> Int {
            NameCheck.findings(SwiftText(path: "Sources/Standards/SPF/A.swift", text)).count
        }
        #expect(count("public enum SPF { }") == 1)
        #expect(count("typealias SPF = Int") == 1)
        #expect(count("public enum SPFResult { }\nextension SPF { }\n    struct SPF { }") == 0)
    }

    @Test("Fuzz targets without seeds, and seeds without a target, are found")
    func fuzzing() {
        let table = SwiftText(
            path: "FuzzTarget.swift", "let x = [\n    \"a\": .plain(fuzzA),\n    \"b-c\": .waiting(fuzzB),\n]")
        #expect(PlaceCheck.seeds(table: table, paths: ["Fuzz/Corpus/a/1"]).map(\.line) == [3])
        #expect(
            PlaceCheck.orphans(table: table, paths: ["Fuzz/Corpus/a/1", "Fuzz/FailCases/d/1", "Fuzz/Package.swift"])
                .map(\.path) == ["Fuzz/FailCases/d/1"])
    }

    @Test("Documents that name what is not there are found")
    func documents() {
        let lines = [
            "`docs/a.md`, `docs/`, `docs/b.md`", "docs/c.md, `Sources/Base`, `Sources/Cellar`",
            "`Tests/*`, `Integration/NAME/run`",
        ]
        let findings = PlaceCheck.mentions(path: "x.md", lines, paths: ["docs/a.md", "Sources/Base/A.swift"])
        #expect(
            findings.map(\.description) == [
                "x.md:1: names docs/b.md, which is not there", "x.md:2: names Sources/Cellar, which is not there",
            ])
    }
}
