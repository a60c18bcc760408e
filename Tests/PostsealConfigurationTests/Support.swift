import MailCrypto
import PostsealConfiguration

/// Files that are nowhere but here.
struct StubFiles: ConfigurationFiles {
    var files: [String: FileContent] = [:]
    var hostName = "mx.example.org"

    init(_ texts: [String: String] = [:]) {
        for (path, text) in texts { files[path] = FileContent(octets: Array(text.utf8), mode: 0o600) }
    }

    func read(_ path: String, octetsMax: Int) throws(FileError) -> FileContent {
        guard let file = files[path] else { throw FileError("no such file or directory", isAbsent: true) }
        guard file.octets.count <= octetsMax else { throw FileError("it is longer than \(octetsMax) octets") }
        return file
    }

    func userID(named name: String) -> UInt32? { ["postseal": 991, "root": 0][name] }
    func groupID(named name: String) -> UInt32? { ["postfix": 115][name] }

    /// With private keys where the examples have them.
    static let withKeys: StubFiles = {
        var stub = StubFiles([
            "/etc/postseal/keys/rsa.pem": TestKeyTexts.rsa, "/etc/postseal/keys/short.pem": TestKeyTexts.shortRSA,
            "/etc/postseal/keys/ed.pem": TestKeyTexts.ed25519, "/etc/postseal/keys/public.pem": TestKeyTexts.publicKey,
            "/etc/postseal/answers.json": "[]", "/etc/postseal/broken.json": "[",
            "/etc/postseal/root.key":
                ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n",
            "/etc/postseal/empty.key": "; nothing\n",
        ])
        for (path, mode) in [("all", 0o644), ("group", 0o660), ("groupread", 0o640)] as [(String, UInt16)] {
            stub.files["/etc/postseal/keys/\(path).pem"] = FileContent(octets: Array(TestKeyTexts.rsa.utf8), mode: mode)
        }
        return stub
    }()
}

/// Reads a configuration as it would stand in /etc/postseal.
func load(
    _ text: String, files: StubFiles = .withKeys, environment: [String: String] = [:]
) throws(ConfigurationFailure) -> LoadedConfiguration {
    try ConfigurationLoader(files: files, environment: environment)
        .load(octets: Array(text.utf8), named: "/etc/postseal/postseal.yaml")
}

/// The errors of a configuration, without the folder in front; empty for a good one.
func errors(_ text: String, files: StubFiles = .withKeys, environment: [String: String] = [:]) -> [String] {
    do throws(ConfigurationFailure) {
        _ = try load(text, files: files, environment: environment)
        return []
    } catch {
        return error.errors.map(\.shortened)
    }
}

extension ConfigurationProblem {
    var shortened: String {
        let text = description
        let folder = "/etc/postseal/"
        return text.hasPrefix(folder) ? String(text.dropFirst(folder.count)) : text
    }
}

/// A configuration with one listener, and these lines besides.
func withListener(_ lines: String) -> String { "milter: {listen: \"tcp:127.0.0.1:8891\"}\n\(lines)\n" }
