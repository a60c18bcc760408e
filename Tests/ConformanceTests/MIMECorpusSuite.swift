import Foundation
import MailBytes
import MailFormat
import TestSupport
import Testing

/// The public corpus of the SpamAssassin project: 6,046 messages of 2002 to 2005. It has no results; what is kept here
/// is which doubts about the author they raise, so that a change that raises more on ordinary mail is seen.
enum MIMECorpusSuite {
    struct Counts: Equatable {
        var messages = 0
        var ambiguous = 0
        var ambiguities: [String: Int] = [:]
    }

    /// The good mail: each doubt is about a remailer that puts the address of another domain into the name.
    static let ham = Counts(messages: 4150, ambiguous: 2, ambiguities: ["address-in-name": 2])
    static let spam = Counts(
        messages: 1896, ambiguous: 26,
        ambiguities: [
            "address-in-local-part": 4, "address-in-name": 4, "encoded-word-in-address": 4, "group": 2,
            "incomplete-address": 2, "no-address": 3, "no-domain": 2, "not-utf8": 5, "several-at": 1,
            "several-mailboxes": 7, "special-in-address": 2,
        ])

    /// Counts over the folders whose names hold a word; nil if the corpus is absent.
    static func run() throws -> (ham: Counts, spam: Counts, problems: [String])? {
        guard let folder = try Suites.folder("corpus-spamassassin"), let unpacked = try unpack(folder) else {
            return nil
        }
        defer { try? FileManager.default.removeItem(at: unpacked) }
        var ham = Counts()
        var spam = Counts()
        var problems: [String] = []
        for path in FileManager.default.subpaths(atPath: unpacked.path) ?? [] where path.hasSuffix(".txt") {
            let bytes = MailMessage.withNetworkLineEndings(try Suites.bytes(unpacked.appending(path: path)))
            let message = MailMessage(parsing: bytes)
            problems += (MIMERanges.problems(message) + MIMERanges.problems(MIMETree(parsing: message))).map {
                "\(path): \($0)"
            }
            if path.contains("ham") { add(message, to: &ham) } else { add(message, to: &spam) }
        }
        return (ham, spam, problems)
    }

    private static func add(_ message: MailMessage, to counts: inout Counts) {
        let authors = AuthorField.read(message)
        counts.messages += 1
        if !authors.ambiguities.isEmpty { counts.ambiguous += 1 }
        for ambiguity in authors.ambiguities { counts.ambiguities[ambiguity.rawValue, default: 0] += 1 }
    }

    private static func unpack(_ folder: URL) throws -> URL? {
        let target = FileManager.default.temporaryDirectory.appending(path: "postseal-corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = [
            "tar", "xJf", folder.appending(path: "spamassassin-public-corpus.tar.xz").path, "-C", target.path,
        ]
        try tar.run()
        tar.waitUntilExit()
        if tar.terminationStatus == 0 { return target }
        if Suites.isRequired { throw CocoaError(.fileReadCorruptFile) }
        print("not run: suite corpus-spamassassin cannot be unpacked with tar and xz")
        return nil
    }
}

@Suite struct MIMECorpus {
    @Test func `ordinary mail has one author beyond doubt, and every octet of every message is accounted for`() throws {
        guard let (ham, spam, problems) = try MIMECorpusSuite.run() else { return }
        print(
            "corpus-spamassassin: \(ham.messages) good messages, \(ham.ambiguous) with doubts about the author;",
            "\(spam.messages) bad ones, \(spam.ambiguous) with doubts")
        #expect(problems == [])
        #expect(ham == MIMECorpusSuite.ham)
        #expect(spam == MIMECorpusSuite.spam)
    }
}
