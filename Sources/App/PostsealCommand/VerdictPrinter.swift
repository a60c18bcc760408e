internal import DKIM
internal import DMARC
internal import MailBytes
internal import PostsealEngine
internal import Rendering
internal import SPF

/// Prints what became of the files, one after the other: JSON lines, a table for several, a page for one.
struct VerdictPrinter {
    private let output: OutputOptions
    private let table: VerdictTable
    private let isSingle: Bool
    private let total: Int
    private var printed = 0
    private var counts: [Disposition: Int] = [:]
    private var unreadable = 0
    private(set) var worst = Verdict.good

    init(paths: [String], output: OutputOptions) {
        self.output = output
        table = VerdictTable(names: paths, hasColours: Console.hasColours)
        isSingle = paths.count == 1
        total = paths.count
        if !output.json, !isSingle, !output.explain { Console.print(table.heading) }
    }

    mutating func print(_ file: CheckedFile) {
        if showsProgress { Console.progress("") }
        switch file {
        case .unreadable(let path, let sentence):
            unreadable += 1
            worst = max(worst, .unknown)
            Console.complain(sentence)
            if output.json {
                Console.write(
                    Array(
                        (JSONValue.object([
                            JSONMember("file", .string(path)), JSONMember("error", .string(sentence)),
                        ]).text + "\n").utf8))
            }
        case .message(let report):
            counts[report.decision.disposition, default: 0] += 1
            worst = max(worst, report.verdict)
            if output.json {
                Console.write(Array((report.json(explaining: output.explain).text + "\n").utf8))
            } else if isSingle || output.explain {
                Console.print(report.page(explaining: output.explain, hasColours: Console.hasColours))
            } else {
                Console.print(table.row(report))
            }
        }
        printed += 1
        if showsProgress, printed < total { Console.progress("\(printed) of \(total) messages") }
    }

    /// Prints the closing line of a table.
    mutating func finish() {
        guard !output.json, !isSingle else { return }
        var parts = [Disposition.accept, .quarantine, .reject, .tempfail].compactMap { disposition in
            counts[disposition].map { "\($0) \(disposition.rawValue)" }
        }
        if unreadable > 0 { parts.append("\(unreadable) not readable") }
        Console.print("\(total) files: \(parts.joined(separator: ", "))")
    }

    /// Progress is worth a line only where there is much to do and the results do not run over the same screen.
    private var showsProgress: Bool { total > 20 && Console.showsProgress && !Console.isTerminal }
}

extension MessageReport {
    /// The exit status that the message alone would give.
    var verdict: Verdict {
        if decision.disposition == .tempfail { return .unknown }
        if decision.disposition != .accept { return .bad }
        guard let dmarc = findings.dmarc else { return .unknown }
        switch dmarc.result {
        case .pass: return .good
        case .fail: return .bad
        case .temperror, .permerror: return .unknown
        case .none:
            return unprotected
        }
    }

    /// Without a policy: good if anything vouches for the message; bad if something that should have does not; not to
    /// be told if something that could have was not to be had.
    private var unprotected: Verdict {
        let signatures = findings.dkim.outcomes.map(\.result)
        if findings.spf?.result == .pass || signatures.contains(.pass) { return .good }
        let fails = findings.spf?.result == .fail || signatures.contains { [.fail, .policy, .permerror].contains($0) }
        if fails { return .bad }
        return findings.spf?.result == .temperror || signatures.contains(.temperror) ? .unknown : .good
    }
}
