import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import PostsealCommand

/// The arguments and the printed pages; what the built command does is in Integration/command.
@Suite struct CommandTests {
    @Test(arguments: [
        (["verify", "--dsn", "x", "m.eml"], "Did you mean '--dns'"),
        (["verify", "--explian", "m.eml"], "Did you mean '--explain'"),
        (["spf", "--ip", "192.0.2.1", "--helo", "h", "--mailfrom", "a@b"], "Did you mean '--mail-from'"),
        (["verify", "--dns", "a", "--resolver", "b", "m.eml"], "give one of them"),
        (["verify", "--at", "noon", "m.eml"], "RFC 3339"),
        (["verify", "--ip", "1.2.3", "m.eml"], "no IP address"),
        (["verify", "-", "-"], "only once"),
        (
            ["sign", "--domain", "d", "--selector", "a", "--selector", "A", "--key", "k", "--key", "l", "m"],
            "given twice"
        ),
        (["dkim", "key", "--domain", "d", "--selector", "s", "--bits", "1024"], "2048 to 4096"),
    ])
    func wrongUseIsSaidWithWhatToDo(_ arguments: [String], _ sentence: String) throws {
        let error = #expect(throws: (any Error).self) { try Postseal.parseAsRoot(arguments) }
        #expect(Postseal.message(for: try #require(error)).contains(sentence))
    }

    @Test func theManualPageInTheRepositoryIsTheOneThatIsPrinted() throws {
        let roff = try ManualPage(help: Postseal._dumpHelp()).roff + "\n"
        let url = Suites.repository.appending(path: "docs/postseal.1")
        if ProcessInfo.processInfo.environment["POSTSEAL_WRITE_DOCS"] != nil { try Data(roff.utf8).write(to: url) }
        #expect(try String(decoding: Suites.bytes(url), as: UTF8.self) == roff, "run 'make docs'")
    }

    @Test func lineEndsOfAMessageFileAreKept() {
        let output = SignedOutput(original: Array("From: a@b\nTo: c@d\n\nx\n".utf8))
        #expect(output.prepending(Array("X: y\r\n z\r\n".utf8)) == Array("X: y\n z\nFrom: a@b\nTo: c@d\n\nx\n".utf8))
        let network = SignedOutput(original: Array("From: a@b\r\n\r\nx\r\n".utf8))
        #expect(network.prepending(Array("X: y\r\n".utf8)) == Array("X: y\r\nFrom: a@b\r\n\r\nx\r\n".utf8))
    }

    @Test func fieldsGoBehindAnMboxLine() {
        let output = SignedOutput(original: Array("From a Mon\r\nFrom: a@b\r\n\r\n".utf8))
        #expect(output.prepending(Array("X: y\r\n".utf8)) == Array("From a Mon\r\nX: y\r\nFrom: a@b\r\n\r\n".utf8))
    }
}
