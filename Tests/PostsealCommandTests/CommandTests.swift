import ArgumentParser
import DNS
import Foundation
import MailNames
import TestSupport
import Testing
import UnboundResolver

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
        (["config", "chekc"], "Unexpected argument 'chekc'"),
        (["config", "check", "a", "b"], "Unexpected argument 'b'"),
        (["dkim", "key", "--domain", "d", "--selector", "s", "--bits", "1024"], "2048 to 4096"),
    ])
    func wrongUseIsSaidWithWhatToDo(_ arguments: [String], _ sentence: String) throws {
        let error = #expect(throws: (any Error).self) { try Postseal.parseAsRoot(arguments) }
        #expect(Postseal.message(for: try #require(error)).contains(sentence))
    }

    @Test(arguments: [
        ("192.0.2.1", "an address"), ("[192.0.2.1]", "an address"), ("2001:db8::1", "an address"),
        ("[IPv6:2001:db8::1]", "an address"), ("user@example.com", "character that no domain name has"),
        ("a/b.example", "character"), ("", "empty label"), (".", "empty label"), ("a..example", "empty label"),
    ])
    func whatIsNoDomainIsNotAskedFor(_ argument: String, _ reason: String) {
        let failure = #expect(throws: CommandFailure.self) { try DMARCCommand.name(argument) }
        #expect(failure?.sentence.contains(reason) == true)
    }

    @Test func domainsAreTakenAsPeopleWriteThem() throws {
        for argument in ["BÜCHER.example.", "xn--bcher-kva.example"] {
            #expect(try DMARCCommand.name(argument).text == "xn--bcher-kva.example")
        }
        #expect(try DMARCCommand.name("_spf.Example.COM").text == "_spf.example.com")
        #expect(try DMARCCommand.name("com").text == "com")
    }

    /// As a message's page of the dashboard writes it.
    @Test func valuesBehindAnEqualsSignBeginWithAnything() throws {
        let words = ["--ip", "192.0.2.1", "--helo=-oops", "--mail-from=-a@b.example", "--rcpt=-c@d.example", "m.eml"]
        let command = try #require(try Postseal.parseAsRoot(["verify"] + words) as? VerifyCommand)
        let envelope = command.envelope
        #expect(envelope.helo == "-oops" && envelope.mailFrom == "-a@b.example")
        #expect(envelope.recipients == ["-c@d.example"])
    }

    @Test func whatTheBudgetRefusesIsRecorded() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "answers-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let session = DNSSession(source: .recorded(Zone(["a.example TXT x"]).answers), recordFile: file.path)
        let budgeted = BudgetedSession(session, BudgetedResolver(session, questionsMax: 1))
        let names = try ["a.example", "b.example"].map { try DomainName($0) }
        for name in names { _ = await budgeted.answer(DNSQuestion(name, .txt)) }
        try session.finish()
        let replayed = try RecordedAnswers(parsing: Suites.bytes(file))
        #expect(replayed.lookUp(DNSQuestion(names[0], .txt)).texts == [Array("x".utf8)])
        #expect(replayed.lookUp(DNSQuestion(names[1], .txt)).status == .budgetSpent)
    }

    @Test func theManualPageInTheRepositoryIsTheOneThatIsPrinted() throws {
        let roff = try ManualPage(help: Postseal._dumpHelp()).roff + "\n"
        let url = Suites.repository.appending(path: "docs/postseal.1")
        if ProcessInfo.processInfo.environment["POSTSEAL_WRITE_DOCS"] != nil { try Data(roff.utf8).write(to: url) }
        #expect(try String(decoding: Suites.bytes(url), as: UTF8.self) == roff, "run 'make docs'")
    }

    @Test(arguments: [
        (["mta-sts", "match", "a.example"], "Missing expected argument"),
        (["mta-sts", "prase"], "Unexpected argument"),
        (["report", "read"], "Missing expected argument"),
    ])
    func wrongUseOfTheTransportCommandsIsSaid(_ arguments: [String], _ sentence: String) throws {
        let error = #expect(throws: (any Error).self) { try Postseal.parseAsRoot(arguments) }
        #expect(Postseal.message(for: try #require(error)).contains(sentence))
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
        let lines = SignedOutput(original: Array("From a Mon\nFrom: a@b\n\n".utf8))
        #expect(lines.prepending(Array("X: y\r\n".utf8)) == Array("From a Mon\nX: y\nFrom: a@b\n\n".utf8))
    }

    @Test(arguments: [
        // What was there, and what is there with a field on top.
        ("\nbody\n", "X: y\n\nbody\n"), ("\r\nbody", "X: y\r\n\r\nbody"), ("", "X: y\r\n"),
        ("From: a@b", "X: y\r\nFrom: a@b"), ("a: b\n\nx\ry\n", "X: y\na: b\n\nx\ry\n"),
        // Both kinds of line end: what goes out has the one that was signed.
        ("a: b\r\n\nx\n", "X: y\r\na: b\r\n\r\nx\r\n"),
    ])
    func fieldsGoOnTopOfWhateverThereIs(_ original: String, _ printed: String) {
        let output = SignedOutput(original: Array(original.utf8))
        #expect(output.prepending(Array("X: y\r\n".utf8)) == Array(printed.utf8))
    }

    @Test(arguments: ["a;l=0", "*", "a b", "."]) func namesThatNoTagHoldsAreNoSelectors(_ text: String) {
        #expect(throws: CommandFailure.self) { try SigningOptions.selector(text) }
    }

    @Test(arguments: ["org", "[192.0.2.1]", "*.example.org", "a;b.org"])
    func namesThatNoTagHoldsAreNoSigningDomains(_ text: String) {
        #expect(throws: CommandFailure.self) { try SigningOptions.domain(text) }
        #expect(throws: Never.self) { try SigningOptions.domain("BÜCHER.example") }
    }

    @Test func aSessionMayBeKnownInPart() throws {
        #expect(throws: Never.self) { try Postseal.parseAsRoot(["verify", "--mail-from", "a@b.example", "m.eml"]) }
        #expect(throws: Never.self) { try Postseal.parseAsRoot(["verify", "--helo", "b.example", "m.eml"]) }
        let sealing = ["arc", "seal", "--domain", "d.example", "--selector", "s", "--key", "k"]
        #expect(throws: (any Error).self) { try Postseal.parseAsRoot(sealing + ["--helo", "b.example", "m.eml"]) }
    }

    @Test func directoriesAreAllFilesBelowThemButHiddenOnes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["b/2.eml", "b/.hidden", "a.eml", ".git/x"] {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
        }
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "b/round"), withDestinationURL: folder)
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link.eml"), withDestinationURL: folder.appending(path: "a.eml"))
        let path = folder.path(percentEncoded: false)
        #expect(
            InputFolder.expand([path, "-", "absent"]).map(\.description)
                == ["a.eml", "b/2.eml", "link.eml"].map { path + "/" + $0 } + ["-", "absent"])
    }
}
