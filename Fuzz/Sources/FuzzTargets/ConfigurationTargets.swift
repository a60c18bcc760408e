import PostsealConfiguration

/// A configuration: it is read or refused with a reason, the same each time; what it names is never looked for on disk.
let fuzzConfiguration: PlainBody = { bytes in
    let files = FuzzFiles(content: bytes)
    let loader = ConfigurationLoader(files: files)
    func outcome() -> (configuration: DaemonConfiguration?, problems: [ConfigurationProblem]) {
        do throws(ConfigurationFailure) {
            let loaded = try loader.load(octets: bytes, named: "/etc/postseal/postseal.yaml")
            return (loaded.configuration, loaded.warnings)
        } catch {
            return (nil, error.problems)
        }
    }
    let (configuration, problems) = outcome()
    precondition(problems.count <= 101, "more problems than anybody reads")
    precondition(outcome().problems == problems, "the same file has other problems")
    precondition(
        configuration == nil
            ? problems.contains { $0.severity == .error } : problems.allSatisfy { $0.severity == .warning },
        "a refusal without an error, or an error without a refusal")
    for problem in problems {
        let text = problem.description
        precondition(text.utf8.count <= 2_000 + 8 * FuzzFiles.pathOctetsMax, "a problem of any length")
        precondition(
            text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "control characters shown")
        if case .line(let line, let column) = problem.place {
            precondition(line >= 1 && column >= 1, "a place outside of the file")
            precondition(line <= bytes.count { $0 == 0x0A } + 2, "a line behind the end of the file")
        }
    }
    guard let configuration else { return }
    precondition(
        !configuration.milter.listeners.isEmpty || !configuration.http.listeners.isEmpty, "nothing to listen on")
    precondition(configuration.dns.questionsMax > 0 && configuration.dns.budget > .zero, "no DNS at all")
    precondition(!configuration.summary.isEmpty)
}

/// Files by their names alone: keys that are good, keys that are none, and nothing.
private struct FuzzFiles: ConfigurationFiles {
    static let pathOctetsMax = 4096

    let content: [UInt8]
    var hostName: String { "mx.example.org" }

    func read(_ path: String, octetsMax: Int) throws(FileError) -> FileContent {
        precondition(path.utf8.count <= 2 * Self.pathOctetsMax, "a path of any length")
        if path.hasSuffix("none") { throw FileError("no such file or directory", isAbsent: true) }
        if path.hasSuffix("key") { return FileContent(octets: Array(Self.key.utf8), mode: 0o600) }
        if path.hasSuffix("open") { return FileContent(octets: Array(Self.key.utf8), mode: 0o644) }
        // The file itself, as a key, as an anchor and as recorded answers.
        return FileContent(octets: Array(content.prefix(octetsMax)), mode: 0o600)
    }

    func userID(named name: String) -> UInt32? { name == "postseal" ? 991 : nil }
    func groupID(named name: String) -> UInt32? { name == "postfix" ? 115 : nil }

    /// An Ed25519 key made for this.
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJdkhlfvbAhF17MCKUStH7Q3gCaUdZ340zVTfqQRr9NU
        -----END PRIVATE KEY-----
        """
}
