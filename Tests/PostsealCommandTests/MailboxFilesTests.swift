import ArgumentParser
import Foundation
import Glibc
import MailBytes
import PostsealReports
import TestSupport
import Testing

@testable import PostsealCommand

@Suite struct MailboxFilesTests {
    @Test func whatAMaildirIsStillTakingInIsLeft() async throws {
        try await withFolder { folder in
            for path in ["box/cur/1", "box/new/2", "box/tmp/3", "other/tmp/4"] {
                let url = URL(fileURLWithPath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("x".utf8).write(to: url)
            }
            #expect(Self.expand(folder) == ["box/cur/1", "box/new/2", "other/tmp/4"])
            let parts = ["cur", "new", "tmp"].map { "\(folder)/box/\($0)" }
            #expect(MailboxFiles.expand(parts).map(\.name) == ["1", "2"])
            #expect(MailboxFiles.expand(["\(folder)/box/tmp/3"]) == [InputPath("\(folder)/box/tmp/3")])
        }
    }

    /// What is below a folder, without the folder.
    private static func expand(_ folder: String) -> [String] {
        MailboxFiles.expand([folder]).map { String($0.description.dropFirst(folder.utf8.count + 1)) }
    }

    private static func write(_ octets: [UInt8], _ name: [UInt8], in folder: String) throws {
        let path = Array(folder.utf8) + [UInt8(ascii: "/")] + name + [0]
        let descriptor = open(path.map { CChar(bitPattern: $0) }, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(octets.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == octets.count)
    }

    /// Maildir++: subfolders are hidden Maildirs beside `cur` and `new`.
    @Test func subfoldersOfAMaildirAreReadAndOtherHiddenOnesAreNot() async throws {
        try await withFolder { folder in
            for path in [
                "box/cur/1", "box/new/2", "box/.DMARC/cur/3", "box/.DMARC/new/4", "box/.DMARC/tmp/5",
                "box/.DMARC.2026/cur/6", "box/.DMARC.2026/new/.hidden", "box/.index/cur/7", "box/.git/8", "box/.hidden",
                "plain/.DMARC/cur/9", "plain/.DMARC/new/9",
            ] {
                let url = URL(fileURLWithPath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("x".utf8).write(to: url)
            }
            #expect(
                Self.expand("\(folder)/box")
                    == [".DMARC.2026/cur/6", ".DMARC/cur/3", ".DMARC/new/4", "cur/1", "new/2"])
            #expect(Self.expand("\(folder)/plain").isEmpty)
            #expect(InputFolder.expand(["\(folder)/box"]).map(\.name) == ["1", "2"])
        }
    }

    @Test func filesWhoseNamesAreNotUTF8AreRead() async throws {
        try await withFolder { folder in
            try Self.write(Array("A: 1\n".utf8), Array("b\u{FC}".unicodeScalars.map { UInt8($0.value) }), in: folder)
            try Self.write(Array("B: 2\n".utf8), Array("b\u{FC}".utf8), in: folder)
            mkdir("\(folder)/\u{FC}", 0o700)
            try Self.write(Array("C: 3\n".utf8), [0xFF], in: "\(folder)/\u{FC}")
            let files = MailboxFiles.expand([folder])
            // In the order of their octets.
            #expect(files.map(\.name) == ["b\u{FC}", "b\u{FFFD}", "\u{FFFD}"])
            #expect(
                try files.map { String(decoding: try FileInput.read($0), as: UTF8.self) } == [
                    "B: 2\n", "A: 1\n", "C: 3\n",
                ])
            #expect(files.last?.description == "\(folder)/\u{FC}/\u{FFFD}")
        }
    }

    @Test func whereThereIsNoFileItIsSaid() async throws {
        try await withFolder { folder in
            for name in ["", "/box", "/box/cur", "/box/new", "/empty"] { mkdir(folder + name, 0o700) }
            // A mailbox that everything was taken out of is no mistake.
            #expect(MailboxFiles.complaint(ofNothingIn: ["\(folder)/box"]) == nil)
            let others = ["\(folder)/box", "\(folder)/empty"]
            let complaint = "there are no files in \(folder)/box, \(folder)/empty"
            #expect(MailboxFiles.complaint(ofNothingIn: others) == complaint)
            for arguments in [["report", "import", "--store", "\(folder)/store"], ["report", "read"]] {
                func run(_ paths: [String]) async throws {
                    var command = try Postseal.parseAsRoot(arguments + paths)
                    if var command = command as? any AsyncParsableCommand {
                        try await command.run()
                    } else {
                        try command.run()
                    }
                }
                let failure = await #expect(throws: CommandFailure.self) { try await run(others) }
                #expect(failure?.sentence == complaint)
                try await run(["\(folder)/box"])
            }
        }
    }

    @Test func eachMessageOfAnMboxIsReadByReportRead() async throws {
        try await withFolder { folder in
            let report =
                #"{"organization-name":"R","date-range":{"start-datetime":"2026-11-20T00:00:00Z","#
                + #""end-datetime":"2026-11-20T23:59:59Z"},"contact-info":"r","report-id":"1","policies":[]}"#
            let top = "From a Fri Nov 20 01:02:03 2026\nFrom: a@x.example\n\n"
            let good = "\(top)\(report)\n"
            for (name, text) in [("good", good + good), ("bad", good + top + "x\n")] {
                try Self.write(Array(text.utf8), Array(name.utf8), in: folder)
            }
            try ReportReadCommand.parse(["\(folder)/good"]).run()
            #expect(throws: Verdict.unknown) { try ReportReadCommand.parse(["\(folder)/bad"]).run() }
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
            let mailboxes = MailboxReader(
                files: names.map { InputPath("\(folder)/\($0)") }, received: UnixTime(seconds: 0))
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
                ("a", large), ("b", fits), ("c", "From a\nA: 1\n\nFrom b\nB: \(large)\n\nFrom c\nC: 3\n"),
                ("d", "D: 4\n"),
            ] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            var reader = MailboxReader(
                files: ["a", "b", "c", "d"].map { InputPath("\(folder)/\($0)") }, received: UnixTime(seconds: 0),
                octetsMax: limit)
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
            var reader = MailboxReader(files: [InputPath("\(folder)/a")], received: UnixTime(seconds: 0))
            let messages = reader.take()
            guard case .failure(let failure)? = messages.flatMap({ reader.read($0).first })?.outcome else {
                Issue.record("it is taken")
                return
            }
            #expect(failure.reason == "too-large" && failure.sentence == "larger than 64 MB")
        }
    }
}
