import Foundation
import TestSupport
import Testing

/// `docs/conformance.md`, made from the tallies of all suites.
enum ConformancePage {
    static let path = Suites.repository.appending(path: "docs/conformance.md")

    /// Runs every suite; nil if the data of any is absent.
    static func tallies() async throws -> [SuiteTally]? {
        let runs: [() async throws -> [SuiteTally]?] = [
            SPFSuite.run, DKIMSuite.run, ARCSuite.run, DMARCSuite.run, AuthenticationResultsSuite.run, MIMESuite.run,
            MilterSuite.run, MTASTSSuite.run, TLSRPTSuite.run, DMARCReportSuite.run, FeedbackSuite.run,
        ]
        var tallies: [SuiteTally] = []
        for run in runs {
            guard let part = try await run() else { return nil }
            tallies += part
        }
        return tallies
    }

    static func text(_ tallies: [SuiteTally]) -> String {
        var lines = [
            "# Conformance", "",
            "Made by the conformance tests from a run of every public suite; a test fails when this page and the run",
            "differ. Write it anew with `make conformance`.", "",
            "| suite | standard | ran | agree | differ by decision | no expectation |", "|---|---|---:|---:|---:|---:|",
        ]
        for tally in tallies {
            lines.append(
                "| \(tally.suite) | \(tally.standard) | \(tally.ran) | \(tally.agreed) | \(tally.decided.count) "
                    + "| \(tally.withoutExpectation) |")
        }
        lines += ["", "## Differences, each decided", ""]
        for tally in tallies where !tally.decided.isEmpty {
            lines += ["### \(tally.suite)", "", "| case | published | Postseal | why |", "|---|---|---|---|"]
            lines += tally.decided.map {
                "| \(cell($0.name)) | \(cell($0.published)) | \(cell($0.ours)) | \(cell($0.reason)) |"
            }
            lines.append("")
        }
        return lines.joined(separator: "\n").trimmingCharacters(in: .newlines) + "\n"
    }

    private static func cell(_ text: String) -> String {
        let oneLine = text.replacing("\r\n", with: "⏎").replacing("\n", with: "⏎").replacing("|", with: "\\|")
        return oneLine.count > 120 ? oneLine.prefix(117) + "…" : oneLine
    }
}

@Suite struct ConformancePageTests {
    @Test func thePageIsWhatTheRunSays() async throws {
        guard let tallies = try await ConformancePage.tallies() else { return }
        let text = ConformancePage.text(tallies)
        if ProcessInfo.processInfo.environment["POSTSEAL_WRITE_DOCS"] != nil {
            try Data(text.utf8).write(to: ConformancePage.path)
        }
        let page = try String(decoding: Suites.bytes(ConformancePage.path), as: UTF8.self)
        #expect(page == text, "docs/conformance.md is out of date: run 'make conformance'")
        let total = tallies.map(\.ran).reduce(0, +)
        print("conformance: \(total) cases of \(tallies.count) suites ran, none was skipped")
    }
}
