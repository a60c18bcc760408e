public import Foundation
public import MailBytes

/// The public conformance data, which lies outside the repository.
public enum Suites {
    /// Where the suites are: `POSTSEAL_SUITES`, else `../shared/suites` beside the repository.
    public static var directory: URL {
        if let path = ProcessInfo.processInfo.environment["POSTSEAL_SUITES"] { return URL(filePath: path) }
        return repository.appending(path: "../shared/suites").standardized
    }

    /// The repository's root.
    public static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Whether this run must not do without the data.
    public static var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] == "true" }

    /// A folder of the suites; nil, with a line that says so, if it is absent and not required.
    ///
    /// - Throws: ``SuiteAbsent`` if it is absent and required.
    public static func folder(_ name: String) throws -> URL? {
        let url = directory.appending(path: name)
        if FileManager.default.fileExists(atPath: url.path) { return url }
        if isRequired { throw SuiteAbsent(name: name, path: url.path) }
        print("not run: suite \(name) is not at \(url.path); set POSTSEAL_SUITES to the folder of the suites")
        return nil
    }

    /// The octets of a file.
    public static func bytes(_ url: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: url)) }

    /// A JSON file.
    public static func json(_ url: URL) throws -> JSONValue { try JSONValue(parsing: bytes(url)) }
}

/// Required conformance data is missing.
public struct SuiteAbsent: Error, CustomStringConvertible {
    public var name: String
    public var path: String
    public var description: String { "suite \(name) is required and not at \(path)" }
}
