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

    /// More than are read together, by more workers than one, in the order in which they lie there.
    @Test func messagesComeInTheirOrder() async throws {
        try await withFolder { folder in
            let box = (0..<150).map { "From a\nSubject: \($0)\n\nx\n\n" }.joined()
            try Data(box.utf8).write(to: URL(fileURLWithPath: "\(folder)/a"))
            try Data("Subject: last\n\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/c"))
            var reader = MailboxReader(
                files: ["\(folder)/a", "\(folder)/b", "\(folder)/c"], received: UnixTime(seconds: 0))
            var found: [String] = []
            while case let pieces = await reader.next(), !pieces.isEmpty {
                for piece in pieces {
                    switch piece.outcome {
                    case .success(let arrival): found.append(String(decoding: arrival.octets, as: UTF8.self))
                    case .failure(let failure): found.append(failure.reason)
                    }
                }
            }
            let expected = (0..<150).map { "Subject: \($0)\n\nx\n\n" } + ["unreadable", "Subject: last\n\n"]
            #expect(found == expected)
            #expect(reader.filesBehind == 3)
        }
    }
}
