internal import MailBytes

/// A configuration that can be used, and what is worth a second look in it.
public struct LoadedConfiguration: Sendable {
    public var configuration: DaemonConfiguration
    /// In the order of the file; for people alone.
    public var warnings: [ConfigurationProblem]

    public init(configuration: DaemonConfiguration, warnings: [ConfigurationProblem]) {
        self.configuration = configuration
        self.warnings = warnings
    }
}

/// Reads the configuration: the file, what the environment sets instead, and the files that it names.
///
/// All errors are found at once, and nothing is taken over if there is one.
public struct ConfigurationLoader: Sendable {
    /// Where the file is if nobody says.
    public static let standardPath = "/etc/postseal/postseal.yaml"

    private let files: any ConfigurationFiles
    private let environment: [String: String]

    /// - Parameters:
    ///   - files: who reads; tests and fuzzing have none.
    ///   - environment: the variables of the process.
    public init(files: any ConfigurationFiles = SystemFiles(), environment: [String: String] = [:]) {
        self.files = files
        self.environment = environment
    }

    /// Reads a file; without a name the one at ``standardPath``.
    ///
    /// - Throws: every reason why it cannot be used. A configuration that is not there is never replaced by defaults.
    public func load(_ path: String? = nil) throws(ConfigurationFailure) -> LoadedConfiguration {
        let name = path ?? Self.standardPath
        let content: FileContent
        do throws(FileError) {
            content = try files.read(name, octetsMax: YAMLSubset.octetsMax)
        } catch {
            let isForgotten = path == nil && error.isAbsent
            throw ConfigurationFailure([
                ConfigurationProblem(
                    .error, file: nil, place: .whole, key: nil,
                    text: isForgotten
                        ? "there is no configuration at \(name): write one with 'postseal config sample > \(name)', or "
                            + "name another file"
                        : "cannot read \(name): \(error.description)")
            ])
        }
        return try load(octets: content.octets, named: name)
    }

    /// Reads the text of a file.
    ///
    /// - Parameter name: the name of the file, for errors, and for what relative names in it are relative to.
    public func load(octets: [UInt8], named name: String) throws(ConfigurationFailure) -> LoadedConfiguration {
        var reading = Reading(file: name, folder: FileName.folder(of: name))
        var root: ConfigurationNode
        do throws(YAMLDocument.Failure) {
            root = try YAMLDocument.read(octets)
        } catch {
            reading.error(error.text, at: error.place, key: error.key)
            throw ConfigurationFailure(reading.sortedProblems)
        }
        if root.isEmpty { root = ConfigurationNode(.section([]), at: .whole) }
        let keys = Declarations.all
        EnvironmentOverrides.apply(environment, to: &root, keys: keys.map(\.info), &reading)
        var draft = Draft()
        reading.read(root, keys, into: &draft, wanted: "sections such as 'milter:' and 'incoming:'")
        guard case .section = root.content else { throw ConfigurationFailure(reading.sortedProblems) }
        var completion = Completion(draft, files: files, reading: reading)
        let configuration = completion.configuration()
        let problems = completion.reading.sortedProblems
        guard !completion.reading.hasErrors else { throw ConfigurationFailure(problems) }
        return LoadedConfiguration(configuration: configuration, warnings: problems)
    }
}
