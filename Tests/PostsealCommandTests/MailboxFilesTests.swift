import Foundation
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
}
