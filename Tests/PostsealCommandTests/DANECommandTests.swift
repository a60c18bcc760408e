import ArgumentParser
import Certificates
import DANE
import DNS
import Foundation
import MailNames
import TestSupport
import Testing

@testable import PostsealCommand

@Suite struct DANECommandTests {
    @Test(arguments: [
        ("3 1 1", "3 1 1"), ("311", "3 1 1"), ("2,0,2", "2 0 2"), (" 2 1 0 ", "2 1 0"),
    ])
    func formsAreReadAsPeopleWriteThem(_ text: String, _ form: String) throws {
        let read = try TLSAForm(text)
        #expect("\(read.usage.rawValue) \(read.selector.rawValue) \(read.matchingType.rawValue)" == form)
    }

    @Test(arguments: [
        ("1 1 1", "take no notice"), ("3 2 1", "selector"), ("3 1 3", "matching type"), ("31", "three digits"),
        ("3 1 1 x", "three digits"), ("", "three digits"), ("3333", "three digits"),
    ])
    func formsThatAreOfNoUseAreRefused(_ text: String, _ clause: String) {
        let failure = #expect(throws: CommandFailure.self) { try TLSAForm(text) }
        #expect(failure?.sentence.contains(clause) == true)
        let words = ["dane", "record", "x.pem", "--host", "mx.example.org", "--form", text]
        #expect(throws: (any Error).self) { try Postseal.parseAsRoot(words) }
    }

    /// What is made of a file without a form, and with one.
    @Test(arguments: [
        ("good", nil, "3 1 1 good:0"), ("root", nil, "2 1 1 root:0"), ("self-signed", nil, "3 1 1 self-signed:0"),
        ("key-ec", nil, "3 1 1 key-ec-certificate:0"), ("key-ec-public", nil, "3 1 1 key-ec-certificate:0"),
        ("key-ec-old-form", nil, "3 1 1 key-ec-certificate:0"), ("good", "2 0 1", "2 0 1 good:2"),
        ("good", "3 0 2", "3 0 2 good:0"), ("key-ec", "3 1 2", "3 1 2 key-ec-certificate:0"),
    ])
    func whatIsMadeOfAFile(_ file: String, _ form: String?, _ expected: String) throws {
        let source = try TLSASource(path: CertificateFixtures.path(file))
        let made = try source.record(form.map { try TLSAForm($0) } ?? source.standardForm)
        let parts = expected.split(separator: " ").map(String.init)
        let place = parts[3].split(separator: ":").map(String.init)
        let certificate = try Certificate.list(pem: CertificateFixtures.pem(place[0]))[Int(place[1]) ?? 0]
        let wanted = try TLSAForm(parts[0...2].joined())
        #expect(
            made
                == TLSARecord(
                    naming: certificate, usage: wanted.usage, selector: wanted.selector,
                    matchingType: wanted.matchingType))
        #expect(made.defect() == nil)
    }

    @Test(arguments: [
        ("key-ec", "3 0 1", "selector 0 needs the certificate"),
        ("self-signed", "2 1 1", "holds no authority's certificate"),
        ("absent", nil, "cannot read"), ("README", nil, "cannot read"),
    ])
    func whatCannotBeMadeIsSaid(_ file: String, _ form: String?, _ clause: String) throws {
        let failure = #expect(throws: CommandFailure.self) {
            let source = try TLSASource(path: CertificateFixtures.path(file))
            _ = try source.record(form.map { try TLSAForm($0) } ?? source.standardForm)
        }
        #expect(failure?.sentence.contains(clause) == true, "\(failure?.sentence ?? "")")
    }

    @Test func aCertificateInDERIsReadToo() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).der")
        defer { try? FileManager.default.removeItem(at: file) }
        let leaf = try Certificate.list(pem: CertificateFixtures.pem("good"))[0]
        try Data(leaf.derOctets).write(to: file)
        #expect(try TLSASource(path: file.path).serverCertificate == leaf)
    }

    @Test func adviceFitsWhatWasMade() throws {
        func advice(_ file: String, _ forms: [String], files: Int = 1) throws -> String {
            let source = try TLSASource(path: CertificateFixtures.path(file))
            let made = try forms.map { MadeRecord(record: try source.record(TLSAForm($0)), source: source) }
            let host = try DomainName(CertificateFixtures.host)
            return TLSAAdvice(host: host, made: made, fileCount: files).sentences.joined(separator: "\n")
        }
        #expect(try advice("good", ["311"]).contains("--reuse-key"))
        #expect(try advice("good", ["301"]).contains("changes with every renewal"))
        #expect(try advice("good", ["201"]).contains("in its chain"))
        #expect(!(try advice("good", ["201"]).contains("Warning")))
        #expect(try advice("other-name", ["201"]).contains("Warning: the certificate is for mx.example.net"))
        #expect(try advice("good", ["310"]).contains("in full"))
        #expect(try advice("good", ["312"]).contains("Not every server knows SHA-512"))
        #expect(!(try advice("good", ["312", "311"]).contains("SHA-512")))
        #expect(try advice("good", ["311"]).contains("Before the server gets another key"))
        #expect(try advice("good", ["311"], files: 2).contains("Publish all of them"))
    }
}
