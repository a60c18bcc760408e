internal import Foundation

/// The certificates of `Tests/Fixtures/certificates`.
public enum CertificateFixtures {
    /// The name of the server whose certificates they are.
    public static let host = "mx.example.org"

    /// The middle of 2030, in Unix seconds: within the validity of all that is not made to be expired.
    public static let timeSeconds: Int64 = 1_909_000_000

    /// A file of PEM text.
    public static func pem(_ name: String) throws -> [UInt8] {
        try Suites.bytes(url(name))
    }

    /// Where a file is.
    public static func path(_ name: String) -> String { url(name).path }

    private static func url(_ name: String) -> URL {
        Suites.repository.appending(path: "Tests/Fixtures/certificates/\(name).pem")
    }

    /// The folder of the files.
    public static var folder: String { Suites.repository.appending(path: "Tests/Fixtures/certificates").path }
}
