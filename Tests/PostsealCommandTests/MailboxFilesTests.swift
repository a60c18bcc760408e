import Foundation
import MailBytes
import PostsealReports
import TestSupport
import Testing

@testable import PostsealCommand

@Suite struct MailboxFilesTests {
    @Test(arguments: [
        ("", [""]), ("Subject: x\n\nFrom me\n", ["Subject: x\n\nFrom me\n"]),
        ("From a Fri Nov 20 2026\nA: 1\n\nx\n", ["A: 1\n\nx\n"]),
        ("From a\nA: 1\n\nx\n\nFrom b\nB: 2\n\ny\n", ["A: 1\n\nx\n\n", "B: 2\n\ny\n"]),
        // Not behind an empty line, and not at the beginning of one.
        ("From a\nA: 1\n\nx\nFrom here\n\n>From b\n From c\n", ["A: 1\n\nx\nFrom here\n\n>From b\n From c\n"]),
        ("From a\r\nA: 1\r\n\r\nx\r\n\r\nFrom b\r\nB: 2\r\n", ["A: 1\r\n\r\nx\r\n\r\n", "B: 2\r\n"]),
        ("From a\n\nFrom b\n\nFrom c", ["\n", "\n"]), ("From ", []),
    ])
    func messagesOfAnMbox(_ text: String, _ expected: [String]) {
        #expect(MailboxFiles.messages(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test func whatAMaildirIsStillTakingInIsLeft() async throws {
        try await withFolder { folder in
            for path in ["box/cur/1", "box/new/2", "box/tmp/3", "other/tmp/4"] {
                let url = URL(fileURLWithPath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("x".utf8).write(to: url)
            }
            let found = MailboxFiles.expand([folder]).map { String($0.dropFirst(folder.count + 1)) }
            #expect(found == ["box/cur/1", "box/new/2", "other/tmp/4"])
            #expect(MailboxFiles.expand(["\(folder)/box/tmp/3"]) == ["\(folder)/box/tmp/3"])
        }
    }

    /// More than are read together, by more workers than one, in the order in which they lie there; what is large is
    /// read by itself.
    @Test func messagesComeInTheirOrder() async throws {
        try await withFolder { folder in
            let box = (0..<150).map { number in
                "From a\nSubject: \(number)\n\n" + String(repeating: "x", count: number) + "\n\n"
            }.joined()
            try Data(box.utf8).write(to: URL(fileURLWithPath: "\(folder)/a"))
            let large = "Subject: large\n\n" + String(repeating: "y", count: MailboxReader.togetherOctetsMax)
            try Data(large.utf8).write(to: URL(fileURLWithPath: "\(folder)/c"))
            try Data("Subject: last\n\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/d"))
            try Data().write(to: URL(fileURLWithPath: "\(folder)/e"))
            let names = ["a", "b", "c", "d", "e"]
            let mailboxes = MailboxReader(files: names.map { "\(folder)/\($0)" }, received: UnixTime(seconds: 0))
            var pipeline = MailboxPipeline(mailboxes, into: try SQLReportStore(path: "\(folder)/store"))
            var found: [Int] = []
            var refused: [String] = []
            try await pipeline.run { _, failure in
                refused.append(failure.reason)
            } stored: { batch, intakes, _ in
                #expect(batch.count == intakes.count)
                found += batch.map(\.arrival.length)
            }
            let expected = (0..<150).map { "Subject: \($0)\n\n\n\n".utf8.count + $0 } + [large.utf8.count, 15, 0]
            #expect(found == expected)
            #expect(refused == ["unreadable"])
            #expect(pipeline.mailboxes.filesBehind == 5)
        }
    }

    /// What is too large does not keep what is behind it from being read, in the same mailbox or another.
    @Test func whatIsTooLargeIsNamedAndLeftOut() async throws {
        let limit = 1 << 20
        let (fits, large) = (String(repeating: "x", count: limit), String(repeating: "x", count: limit + 1))
        try await withFolder { folder in
            for (name, text) in [
                ("a", large), ("b", fits), ("c", "From a\nA: 1\n\nFrom b\n\(large)\n\nFrom c\nC: 3\n"),
                ("d", "D: 4\n"),
            ] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            var reader = MailboxReader(
                files: ["a", "b", "c", "d"].map { "\(folder)/\($0)" }, received: UnixTime(seconds: 0), octetsMax: limit)
            var found: [String] = []
            while let messages = reader.take() {
                for piece in reader.read(messages) {
                    let name = piece.file.dropFirst(folder.count + 1)
                    switch piece.outcome {
                    case .success(let arrival): found.append("\(name) \(arrival.length)")
                    case .failure(let failure): found.append("\(name) \(failure.reason), \(failure.sentence)")
                    }
                }
            }
            let refusal = "too-large, larger than 1 MB"
            #expect(found == ["a \(refusal)", "b \(limit)", "c 6", "c \(refusal)", "c 5", "d 5"])
        }
    }

    @Test func byDefaultNoMessageIsLargerThanAReportMayBe() async throws {
        try await withFolder { folder in
            // Nothing of it is on the disk.
            #expect(FileManager.default.createFile(atPath: "\(folder)/a", contents: nil))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/a"))
            try file.truncate(atOffset: UInt64(ReportArrival.octetsMax + 1))
            try file.close()
            var reader = MailboxReader(files: ["\(folder)/a"], received: UnixTime(seconds: 0))
            let messages = reader.take()
            guard case .failure(let failure)? = messages.flatMap({ reader.read($0).first })?.outcome else {
                Issue.record("it is taken")
                return
            }
            #expect(failure.reason == "too-large" && failure.sentence == "larger than 64 MB")
        }
    }
}
